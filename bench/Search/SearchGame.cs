using AtomSets.Studies;

namespace AtomSets.Bench;

/// <summary>A search on a test function by simulated workers. A trial takes <see cref="Epochs"/> epochs; its value falls from above to the function's.</summary>
/// <param name="Trials">Most trials.</param>
/// <param name="Workers">Trials that run at once.</param>
/// <param name="Prunes">Whether trials stop at the rungs 1, 3, 9; the game then ends after <see cref="Budget"/> epochs.</param>
sealed record SearchGame(TestFunction Function, int Trials, int Workers, bool Prunes, ulong Seed)
{
    public const int Epochs = 27;

    public static readonly int[] Rungs = [1, 3, 9];

    /// <summary>Epochs that all trials may take together: thirty trials, if none is stopped.</summary>
    public long Budget => Prunes ? 30 * Epochs : long.MaxValue;

    /// <summary>After so many epochs the value is above the last by an amount that differs from trial to trial, so that early ranks mislead at times.</summary>
    public double ValueAt(double[] x, int epoch)
    {
        var last = Function.Value(x);
        if (epoch >= Epochs) return last;
        var luck = new KeyedStream(Seed, FormattableString.Invariant($"curve/{Function.Name}/{x[0]:R}/{x[^1]:R}")).Uniform(0);
        return last + ((0.5 + luck) * (1 + last) / epoch);
    }

    /// <summary>Which of the running trials is the next to move.</summary>
    public int Next(ulong move, int running) => (int)new KeyedStream(Seed, "order").Below(move, (ulong)running);
}

/// <summary>What a search came to.</summary>
/// <param name="Best">Least value of a trial that ran to its end.</param>
/// <param name="Trials">Begun.</param>
readonly record struct SearchEnd(double Best, int Trials);
