using AtomSets.Engine;
using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Studies;
using AtomSets.Tensors;

namespace AtomSets.Core.Tests.Engine;

/// <summary>An engine's surroundings in a temporary home: stores in memory, data sets without the shipped folder unless asked for.</summary>
sealed class EngineBench : IDisposable
{
    readonly ModelRegistry _models;

    public EngineBench(bool shippedData = false, ModelRegistry? models = null)
    {
        _models = models ?? ModelRegistry.Default;
        Home = Directory.CreateTempSubdirectory("atomsets-engine").FullName;
        var locations = new DataLocations(shippedData ? TestData.Root : null, Home);
        Data = new DataCache(new DataSetLoader(locations, DataSetRegistry.Shared), () => CpuKernels.Create());
        Artifacts = new ArtifactStore(Path.Combine(Home, "artifacts"));
        Ledger = new InMemoryTrialLedger(TimeProvider.System);
        Log = new InMemoryStudyLog(TimeProvider.System);
        Metrics = new InMemoryMetricSink(Ledger);
        Resolver = new StudyResolver(_models, Data, Artifacts);
    }

    public string Home { get; }
    public DataCache Data { get; }
    public ArtifactStore Artifacts { get; }
    public InMemoryTrialLedger Ledger { get; }
    public InMemoryStudyLog Log { get; }
    public InMemoryMetricSink Metrics { get; }
    public StudyResolver Resolver { get; }

    public LocalEngine Engine(int workers = 2, TimeSpan? checkpointInterval = null, string owner = "bench", Func<IKernels>? kernels = null,
        string numerics = NumericsClass.Cpu)
    {
        var context = new TrialContext(_models, Data, Artifacts, Ledger, Metrics)
        {
            CheckpointInterval = checkpointInterval ?? TimeSpan.FromSeconds(10),
            Kernels = kernels ?? (() => CpuKernels.Create()),
            Numerics = numerics,
        };
        var options = new LocalEngineOptions { Workers = workers, Owner = owner, WatchInterval = TimeSpan.FromMilliseconds(10) };
        return new LocalEngine(Log, context, options);
    }

    public ResolvedStudy Resolve(string text) => Resolver.Resolve(text, "a.yaml");

    public string Write(string name, string text)
    {
        var path = Path.Combine(Home, name);
        File.WriteAllText(path, text);
        return path;
    }

    public void Dispose()
    {
        Data.Dispose();
        Directory.Delete(Home, recursive: true);
    }
}
