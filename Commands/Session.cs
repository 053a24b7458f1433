using AtomSets.Dashboard;
using AtomSets.Engine;
using AtomSets.Storage;
using AtomSets.Studies;

namespace AtomSets.Commands;

/// <summary>What a verb asks of the executable.</summary>
/// <param name="Database">Value of <c>--db</c>, or null.</param>
/// <param name="Workers">Value of <c>--workers</c>, or null for one per core, or one on a GPU.</param>
/// <param name="Device">Value of <c>--device</c>, or null for the program's own kernels.</param>
public sealed record SessionRequest(string? Database, int? Workers = null, string? Device = null);

/// <summary>Opens the database and the engine. <c>Local</c> composes those of one machine, a cluster client those of its cluster.</summary>
public interface ISessionFactory
{
    /// <exception cref="StorageException">The database cannot be reached or started; the message says what to do.</exception>
    Task<Session> OpenAsync(SessionRequest request, CancellationToken cancellation);
}

/// <summary>An open database with the engine that writes to it. Disposing stops the engine's workers and leaves the database.</summary>
public sealed class Session(IStudyEngine engine, ITrialLedger ledger, ArtifactStore artifacts, Database database, Func<ValueTask> close)
    : IAsyncDisposable
{
    int _closed;

    public IStudyEngine Engine { get; } = engine;

    public ITrialLedger Ledger { get; } = ledger;

    /// <summary>Whether studies run on when the session is closed: a cluster's do.</summary>
    public bool GoesOn { get; init; }

    /// <summary>Whether the artifact folder belongs to this database alone, so that a running study may clean it up.</summary>
    public bool OwnsArtifacts { get; init; }

    /// <summary>What the silos of the cluster do that runs its studies; none without one.</summary>
    public Func<CancellationToken, Task<IReadOnlyList<SiloRow>>> Silos { get; init; } = _ => Task.FromResult<IReadOnlyList<SiloRow>>([]);

    public ResultQueries Results { get; } = new(database);

    public ResultAnswers Answers { get; } = new(database);

    public CostQueries Costs { get; } = new(database);

    public StudyComparison Comparison { get; } = new(database);

    /// <summary>What a study's results lack, and why.</summary>
    public Task<List<MissingSteps>> MissingAsync(string study, CancellationToken cancellation) => MissingSteps.OfAsync(database, study, cancellation);

    public ReadOnlySql Sql { get; } = new(database);

    public ModelCatalog Models { get; } = new(database);

    public ArtifactStore Artifacts { get; } = artifacts;

    /// <summary>Which of the artifacts are needed.</summary>
    public ArtifactUse ArtifactUse { get; } = new(database);

    /// <summary>What the pages and the API read.</summary>
    public DashboardSources DashboardSources(CliContext context) => new(Engine, Ledger, database, Artifacts)
    {
        Time = context.Time, OwnModels = ModelResolver.OwnFolder(context), IsCluster = GoesOn,
        Silos = async cancellation => [.. (await Silos(cancellation)).Select(silo => new SiloLine(silo.Silo, silo.State, silo.Workers, silo.Busy, silo.Doing))],
    };

    /// <summary>For people: where the rows are; without a password.</summary>
    public string DatabaseName { get; } = database.Description;

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0) return;
        await Engine.DisposeAsync();
        await close();
    }
}
