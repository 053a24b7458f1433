namespace AtomSets.Training;

/// <summary>Learning rate of each step. All state lies in <see cref="TrainState"/>.</summary>
sealed class LearningRateSchedule(TrainSettings settings, int stepsPerEpoch)
{
    /// <summary>Rate of step <paramref name="step"/> (from 0) of epoch <paramref name="epoch"/> (from 0).</summary>
    public double Rate(TrainState state, int epoch, int step)
    {
        var done = (double)epoch * stepsPerEpoch + step;
        var warmup = (double)settings.WarmupEpochs * stepsPerEpoch;
        // The first step already moves: (done + 1) / warmup reaches 1 with the last warm-up step.
        if (done < warmup) return state.NanFactor * settings.LearningRate * (done + 1) / warmup;
        return state.NanFactor * settings.Schedule switch
        {
            ScheduleKind.Cosine => Cosine((done - warmup) / Math.Max(1, (double)settings.Epochs * stepsPerEpoch - warmup)),
            ScheduleKind.Plateau => Math.Max(settings.MinLearningRate, settings.LearningRate * state.PlateauFactor),
            ScheduleKind.Step => Math.Max(settings.MinLearningRate, settings.LearningRate * Math.Pow(settings.ScheduleFactor, epoch / settings.ScheduleEvery)),
            ScheduleKind.Milestones => Math.Max(settings.MinLearningRate, settings.LearningRate * Math.Pow(settings.ScheduleFactor, settings.Milestones.CountUpTo(epoch))),
            ScheduleKind.Cyclic => settings.LearningRate * Cycle(epoch),
            _ => settings.LearningRate,
        };
    }

    /// <summary>Takes notice of an epoch's validation error.</summary>
    public void EpochEnded(TrainState state, double validationError)
    {
        if (settings.Schedule != ScheduleKind.Plateau) return;
        if (validationError < state.PlateauBest * (1 - settings.ScheduleThreshold))
        {
            state.PlateauBest = validationError;
            state.PlateauWaited = 0;
        }
        else if (++state.PlateauWaited > settings.SchedulePatience)
        {
            state.PlateauFactor *= settings.ScheduleFactor;
            state.PlateauWaited = 0;
        }
    }

    /// <summary>Factor f + (1 − f)·max(0, 1 − |2(e/P − ⌊1 + e/P⌋) + 1|) of epoch e, from 0.</summary>
    double Cycle(int epoch)
    {
        var part = (double)epoch / settings.CycleEpochs;
        return settings.CycleFloor + (1 - settings.CycleFloor) * Math.Max(0, 1 - Math.Abs(2 * (part - Math.Floor(1 + part)) + 1));
    }

    double Cosine(double part) => settings.MinLearningRate + (settings.LearningRate - settings.MinLearningRate) * 0.5 * (1 + Math.Cos(Math.PI * part));
}
