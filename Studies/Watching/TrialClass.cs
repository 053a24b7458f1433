namespace AtomSets.Studies;

/// <summary>Trials that should take about equally long: replicates of a configuration, draws of a search between the same rungs, evaluations.</summary>
/// <param name="depth">Classes of a lower depth come first; those of the same depth can run side by side.</param>
/// <param name="work">Rows × epochs, to guess from other classes before a trial of this one has ended; 0 for evaluations.</param>
/// <param name="epochs">At most; null when unknown.</param>
sealed class TrialClass(long depth, double work, int? epochs)
{
    double _sum, _squares;

    public long Depth { get; } = depth;

    public double Work { get; } = work;

    public int? Epochs { get; } = epochs;

    /// <summary>Those between rungs: they come one by one from the rung before, and do not all begin at once.</summary>
    public bool Trickles { get; init; }

    /// <summary>Known trials that have not ended.</summary>
    public int Open { get; set; }

    /// <summary>Finished ones whose seconds are known.</summary>
    public int Timed { get; private set; }

    public double Sum => _sum;

    public void Took(double seconds)
    {
        Timed++;
        _sum += seconds;
        _squares += seconds * seconds;
    }

    /// <summary>Seconds of a trial; null before one has ended.</summary>
    public TrialCost? Cost()
    {
        if (Timed == 0) return null;
        var mean = _sum / Timed;
        // One trial says little about the next: half its length either way.
        var spread = Timed == 1 ? mean / 2 : Math.Sqrt(Math.Max(0, _squares - (_sum * mean)) / (Timed - 1));
        return new TrialCost(mean, spread, Math.Max(spread / Math.Sqrt(Timed), 0.05 * mean));
    }
}

/// <summary>What a trial is expected to take, in seconds.</summary>
/// <param name="Spread">Standard deviation between trials.</param>
/// <param name="Uncertainty">Of the mean.</param>
readonly record struct TrialCost(double Mean, double Spread, double Uncertainty);

/// <summary>How much a training is, for guesses of how long it takes.</summary>
/// <param name="Rows">Training rows; 1 when unknown.</param>
/// <param name="Epochs">The cap; null when unknown.</param>
public readonly record struct TrainingSize(double Rows, int? Epochs);
