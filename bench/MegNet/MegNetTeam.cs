using AtomSets.Models.MegNet;
using AtomSets.Tensors;
using AtomSets.Training;

namespace AtomSets.Bench;

/// <summary>The step of <see cref="MegNetSide"/> as a training takes it, in logical shards on several workers: same batch, weights and targets.</summary>
sealed class MegNetTeam : IDisposable
{
    const double LearningRate = 1e-3;
    readonly CpuKernels[] _kernels;
    readonly ParameterSet _parameters;
    readonly MegNetSource _source;
    readonly TrainStep _step;
    readonly int[] _rows;
    long _steps;

    /// <param name="side">Says which batch.</param>
    /// <param name="workers">Workers, and as many shards.</param>
    public MegNetTeam(MegNetSide side, int workers)
    {
        _kernels = [.. Enumerable.Range(0, workers).Select(_ => CpuKernels.Create())];
        _parameters = new ParameterSet(_kernels[0], side.Model.Parameters);
        _parameters.Initialize(seed: 1);
        _source = new MegNetSource(side.Model.Settings, side.Graphs);
        _rows = [.. Enumerable.Range(0, side.Graphs.Count)];
        var inputs = new TrainInputs
        {
            Model = side.Model,
            Parameters = _parameters,
            Source = _source,
            Targets = [.. side.Targets.ToArray().Select(value => (double)value)],
            TrainRows = _rows,
            ValidationRows = [],
            // The peer does not clip.
            Settings = new TrainSettings { BatchSize = _rows.Length, Shards = workers, LearningRate = LearningRate, Clip = ClipKind.None },
            Seed = 1,
        };
        _step = new TrainStep(inputs, TargetScaler.Identity, _kernels[1..], time: TimeProvider.System);
    }

    /// <summary>Forward, backward, averaging, Adam.</summary>
    public void Step()
    {
        if (!double.IsFinite(_step.Run(_rows, _steps++, LearningRate))) throw new BenchException("the loss is not a number");
    }

    /// <summary>The part of a step in which the workers' gradients are added up, over so many steps.</summary>
    public double AveragingShare(int steps)
    {
        for (var i = 0; i < steps; i++) Step(); // the first ones make their memory
        var (before, began) = (_step.AveragingTime, TimeProvider.System.GetTimestamp());
        for (var i = 0; i < steps; i++) Step();
        return (_step.AveragingTime - before) / TimeProvider.System.GetElapsedTime(began);
    }

    /// <summary>Averaged over the shards, by parameter name.</summary>
    public IReadOnlyDictionary<string, float[]> ExportGradients()
    {
        _step.Gradient(_rows, _steps);
        return GradientExport.Of(_parameters);
    }

    public void Dispose()
    {
        _step.Dispose();
        _source.Dispose();
        _parameters.Dispose();
        foreach (var kernels in _kernels) kernels.Dispose();
    }
}
