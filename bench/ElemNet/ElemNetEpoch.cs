using System.Globalization;
using AtomSets.Models;
using AtomSets.Models.ElemNet;
using AtomSets.Tensors;
using AtomSets.Training;

namespace AtomSets.Bench;

/// <summary>An epoch of ElemNet-17 on 300,000 rows as a training takes it, from the time of a step, on one core or split over two; PyTorch on one core.</summary>
sealed class ElemNetEpoch(int workers) : IBenchmark
{
    const int Rows = 300_000, Batch = 32, Batches = 20;

    public string Name => string.Create(CultureInfo.InvariantCulture, $"elemnet-epoch-{workers}w");

    public string About => string.Create(CultureInfo.InvariantCulture,
        $"ElemNet-17, an epoch of 300,000 rows in batches of 32 from the time of a training step, {workers} {(workers == 1 ? "core" : "workers on two cores")}; peer: the same in eager PyTorch on one core");

    public int Cores => workers;

    public Contest Prepare()
    {
        using var side = new ElemNetSide(Batch);
        var (usual, missing) = PeerProcess.Start("elemnet.py", side.ToJson("default"));
        usual?.Check();
        var team = new Team(workers);
        team.Step();
        return new Contest(team, usual)
        {
            Unit = "s",
            Figure = seconds => seconds * (Rows + Batch - 1) / Batch,
            Peer = usual,
            Note = $"formulas of {team.What}, {Batches} batches in turn; {team.KernelName}; {missing ?? usual!.What}",
            Ours = team.Step,
        };
    }

    sealed class Team : IDisposable
    {
        readonly CpuKernels[] _kernels;
        readonly PreparedData _data;
        readonly ElemNetSource _source;
        readonly ParameterSet _parameters;
        readonly TrainStep _step;
        readonly int[] _rows;
        readonly double _rate;
        long _steps;

        public Team(int workers)
        {
            var crystals = BenchCrystals.Load(Batch * Batches);
            What = crystals.What;
            _kernels = [.. Enumerable.Range(0, workers).Select(_ => CpuKernels.Create())];
            _data = PreparedData.FromCompositions("bench", [.. crystals.Crystals.Select(crystal => crystal.Composition)], () => CpuKernels.Create());
            var model = (ElemNetModel)ModelRegistry.Default.Create(ModelRegistry.Default.Resolve("elemnet", []));
            _source = new ElemNetSource(model.Settings, _data);
            var refused = _source.Refused.Select(row => row.Row).ToHashSet();
            int[] good = [.. Enumerable.Range(0, _data.Count).Where(row => !refused.Contains(row))];
            _rows = [.. Enumerable.Range(0, Batch * Batches).Select(i => good[i % good.Length])];
            _parameters = new ParameterSet(_kernels[0], model.Parameters);
            _parameters.Initialize(seed: 1);
            var draw = KeyedRandom.For(1, "bench targets");
            var settings = TrainSettings.Resolve(
            [
                new("loss", "mae"), new("learning_rate", 1e-4), new("epsilon", 1e-7), new("batch_size", (long)Batch), new("scaling", "none"), new("clip", "none"), new("shards", (long)workers),
            ]);
            _rate = settings.LearningRate;
            _step = new TrainStep(new TrainInputs
            {
                Model = model, Parameters = _parameters, Source = _source, Targets = [.. Enumerable.Range(0, _data.Count).Select(i => draw.Uniform((ulong)i, 1, 2))],
                TrainRows = good, ValidationRows = [], Settings = settings, Seed = 1,
            }, TargetScaler.Identity, _kernels[1..]);
        }

        public string What { get; }

        public string KernelName => _kernels[0].Name;

        public void Step()
        {
            var rows = _rows.AsSpan((int)(_steps % Batches) * Batch, Batch);
            if (!double.IsFinite(_step.Run(rows, _steps++, _rate))) throw new BenchException("the loss is not a number");
        }

        public void Dispose()
        {
            _step.Dispose();
            _source.Dispose();
            _data.Dispose();
            _parameters.Dispose();
            foreach (var kernels in _kernels) kernels.Dispose();
        }
    }
}
