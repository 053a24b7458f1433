using System.Globalization;
using AtomSets.Commands;
using AtomSets.Engine;
using AtomSets.Grains.Interfaces;
using AtomSets.Materials;
using AtomSets.Storage;

namespace AtomSets.Client;

/// <summary>
/// Silos, started on this machine or reached through the cluster. Records and logs of this machine's lie in <c>cluster</c> under the program's folder.
/// </summary>
/// <param name="environment">Reads an environment variable.</param>
/// <param name="time">The clock.</param>
sealed class LocalSilos(Func<string, string?> environment, TimeProvider time) : IClusterControl
{
    static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2), StopLimit = TimeSpan.FromSeconds(90), AskLimit = TimeSpan.FromSeconds(30), PageLimit = TimeSpan.FromSeconds(3), Look = TimeSpan.FromMilliseconds(200);

    readonly string _folder = Path.Combine(DataLocations.FromEnvironment().Home, "cluster");

    /// <inheritdoc/>
    public async Task UpAsync(ClusterRequest request, Action<string> say, CancellationToken cancellation)
    {
        Directory.CreateDirectory(_folder);
        // Keeps a private server up until the silos have shares of their own.
        await using var database = await Database.OpenAsync(new DatabaseOptions(request.Database, say), cancellation);
        using var starter = new SiloStarter(_folder, environment);
        var workers = request.Workers ?? Math.Max(1, Environment.ProcessorCount / request.Silos);
        var live = Live().Select(silo => silo.Name).ToHashSet(StringComparer.Ordinal);
        var names = Enumerable.Range(1, request.Silos).Select(i => string.Create(CultureInfo.InvariantCulture, $"silo-{i}")).ToArray();
        for (var i = 0; i < names.Length; i++)
        {
            if (live.Contains(names[i])) continue;
            starter.Start(names[i], i, workers, request);
            say($"{names[i]}: started, {workers} worker{(workers == 1 ? "" : "s")}");
        }
        await WaitAsync(database, starter, names, cancellation);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SiloRow>> StatusAsync(string? database, CancellationToken cancellation)
    {
        var (known, cards) = await AskAsync(database, ((SiloWire[])[], (SiloCardWire[])[]),
            async connection => (await ServingAsync(connection, cancellation), await CardsAsync(connection, cancellation)), cancellation);
        return Rows(known, cards);
    }

    /// <summary>The same over a connection that is open, for pages that ask each second: a cluster that does not answer at once is passed over.</summary>
    public async Task<IReadOnlyList<SiloRow>> StatusAsync(ClusterConnection connection, CancellationToken cancellation)
    {
        try
        {
            var (known, cards) = (Pool(connection).SilosAsync().WaitAsync(PageLimit, time, cancellation), Desk(connection).SilosAsync().WaitAsync(PageLimit, time, cancellation));
            await Task.WhenAll(known, cards);
            return Rows(await known, await cards);
        }
        catch (Exception e) when (GrainCalls.IsPassing(e))
        {
            return Rows([], []);
        }
    }

    /// <inheritdoc/>
    public async Task DrainAsync(string? database, string silo, CancellationToken cancellation)
    {
        if (Live().FirstOrDefault(record => record.Name == silo) is { } record)
        {
            await StopAsync([record], cancellation);
            return;
        }
        if (!await AskAsync(database, false, connection => StopThereAsync(connection, silo, cancellation), cancellation))
            throw new InputException($"no silo '{silo}' runs on this machine or in the cluster; cluster status shows those that do");
    }

    /// <inheritdoc/>
    public async Task<(int Stopped, int Left)> DownAsync(string? database, bool everywhere, CancellationToken cancellation)
    {
        var live = Live();
        var stopped = live.Count;
        if (everywhere) stopped += await AskAsync(database, 0, connection => StopOthersAsync(connection, live, cancellation), cancellation);
        await StopAsync(live, cancellation);
        foreach (var record in SiloRecord.ReadAll(_folder)) record.Delete(_folder);
        if (everywhere) return (stopped, 0);
        var left = await AskAsync(database, 0, async connection => (await CardsAsync(connection, cancellation)).Count(card => !live.Any(record => record.Name == card.Silo)), cancellation);
        return (stopped, left);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> LogsAsync(string? database, string? silo, int lines, CancellationToken cancellation)
    {
        using var starter = new SiloStarter(_folder, environment);
        var here = Directory.Exists(_folder) ? Directory.GetFiles(_folder, "*.log").Select(Path.GetFileNameWithoutExtension).OfType<string>().Order(StringComparer.Ordinal).ToArray() : [];
        if (silo is not null && here.Contains(silo)) return starter.Tail(silo, lines);
        var there = await AskAsync(database, (Dictionary<string, string[]>)[], async connection =>
        {
            var logs = new Dictionary<string, string[]>(StringComparer.Ordinal);
            foreach (var name in silo is not null ? [silo] : (await CardsAsync(connection, cancellation)).Select(card => card.Silo).Except(here))
                if (await RetryAsync(() => Desk(connection).LogAsync(name, lines), cancellation) is { } log) logs[name] = log;
            return logs;
        }, cancellation);
        if (silo is not null) return there.TryGetValue(silo, out var only) ? only : throw new InputException($"no silo '{silo}' was started on this machine or serves in the cluster; cluster status shows those that do");
        var all = here.Select(name => (Name: name, Lines: starter.Tail(name, lines))).Concat(there.Select(log => (Name: log.Key, Lines: log.Value))).OrderBy(log => log.Name, StringComparer.Ordinal).ToArray();
        return [.. all.SelectMany(log => log.Lines.Select(line => all.Length == 1 ? line : $"{log.Name}: {line}"))];
    }

    async Task WaitAsync(Database database, SiloStarter starter, string[] names, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            RequireLive(starter, names);
            try
            {
                await using var connection = await ClusterConnection.OpenAsync(database, cancellation);
                while (time.GetElapsedTime(began) < StartLimit)
                {
                    RequireLive(starter, names);
                    var serving = await ServingAsync(connection, cancellation);
                    if (names.All(name => serving.Any(silo => silo.Silo == name && silo.Workers.Length > 0))) return;
                    await Task.Delay(Look, time, cancellation);
                }
            }
            catch (NoSiloException)
            {
                // None serves yet, or one has ended: then the next round says so.
            }
            if (time.GetElapsedTime(began) >= StartLimit) throw new InputException($"the silos did not serve within {StartLimit.TotalSeconds} s; see: atomsets cluster logs");
            await Task.Delay(Look, time, cancellation);
        }
    }

    /// <summary>Also of those that ran before: one that the others have given up may end while it is waited for.</summary>
    void RequireLive(SiloStarter starter, string[] names)
    {
        starter.Check();
        var live = Live();
        foreach (var name in names)
        {
            if (!live.Any(silo => silo.Name == name)) throw new InputException($"{name} has ended. The end of its log:\n{string.Join('\n', starter.Tail(name, 10))}");
        }
    }

    async Task StopAsync(IReadOnlyList<SiloRecord> silos, CancellationToken cancellation)
    {
        foreach (var silo in silos) SiloSignals.Terminate(silo.Process);
        var began = time.GetTimestamp();
        foreach (var silo in silos)
        {
            await UntilAsync(() => Task.FromResult(!IsLive(silo)), silo.Name, began, cancellation);
            silo.Delete(_folder);
        }
    }

    async Task<bool> StopThereAsync(ClusterConnection connection, string silo, CancellationToken cancellation)
    {
        if (!await RetryAsync(() => Desk(connection).StopAsync(silo), cancellation)) return false;
        await UntilAsync(() => IsGoneAsync(connection, silo, cancellation), silo, time.GetTimestamp(), cancellation);
        return true;
    }

    async Task<int> StopOthersAsync(ClusterConnection connection, IReadOnlyList<SiloRecord> own, CancellationToken cancellation)
    {
        var others = (await CardsAsync(connection, cancellation)).Select(card => card.Silo).Except(own.Select(record => record.Name)).ToArray();
        foreach (var silo in others) await RetryAsync(() => Desk(connection).StopAsync(silo), cancellation);
        var began = time.GetTimestamp();
        foreach (var silo in others) await UntilAsync(() => IsGoneAsync(connection, silo, cancellation), silo, began, cancellation);
        return others.Length;
    }

    async Task<bool> IsGoneAsync(ClusterConnection connection, string silo, CancellationToken cancellation)
    {
        try
        {
            return (await Desk(connection).SilosAsync().WaitAsync(AskLimit, time, cancellation)).All(card => card.Silo != silo);
        }
        catch (Exception e) when (GrainCalls.IsPassing(e))
        {
            // The last silo has gone, and with it whoever could answer.
            return !await connection.IsServedAsync(cancellation);
        }
    }

    async Task UntilAsync(Func<Task<bool>> hasEnded, string silo, long began, CancellationToken cancellation)
    {
        while (!await hasEnded())
        {
            if (time.GetElapsedTime(began) > StopLimit) throw new InputException($"{silo} has not stopped within {StopLimit.TotalSeconds} s; see: atomsets cluster logs");
            await Task.Delay(Look, time, cancellation);
        }
    }

    /// <summary>Asks the cluster; where no silo serves, or no database is named and the private one does not run, the answer is the given one.</summary>
    async Task<T> AskAsync<T>(string? database, T none, Func<ClusterConnection, Task<T>> ask, CancellationToken cancellation)
    {
        if (database is null && DatabaseSetting.Read(environment) is null && ServerStatus.Of(ServerPlace.FromEnvironment()).Url is null) return none;
        await using var open = await Database.OpenAsync(new DatabaseOptions(database), cancellation);
        try
        {
            await using var connection = await ClusterConnection.OpenAsync(open, cancellation);
            return await ask(connection);
        }
        catch (NoSiloException)
        {
            return none;
        }
    }

    IReadOnlyList<SiloRecord> Live() => [.. SiloRecord.ReadAll(_folder).Where(IsLive)];

    static bool IsLive(SiloRecord silo) => !ProcessOwner.IsDead(silo.Owner);

    IReadOnlyList<SiloRow> Rows(SiloWire[] known, SiloCardWire[] cards)
    {
        var records = SiloRecord.ReadAll(_folder);
        // The pool knows what workers do; it may have moved, and wait for signs of life.
        var members = cards.Select(card => card.Silo).Except(known.Select(silo => silo.Silo)).Select(silo => new SiloRow(silo, "starting", null, 0, 0, ""));
        var rows = known.Select(silo => Describe(silo, records)).Concat(members).ToArray();
        return [.. rows.Concat(records.Where(record => !rows.Any(row => row.Silo == record.Name))
            .Select(record => new SiloRow(record.Name, IsLive(record) ? "starting" : "dead", record.Process, 0, 0, ""))).OrderBy(row => row.Silo, StringComparer.Ordinal)];
    }

    static SiloRow Describe(SiloWire silo, IReadOnlyList<SiloRecord> records)
    {
        var workers = silo.Workers.Select(worker => (worker.IsIdle, Now: worker.Open())).ToArray();
        var doing = workers.Where(worker => !worker.IsIdle).Select(worker => $"{worker.Now.Node} {worker.Now.Activity}".Trim());
        return new SiloRow(silo.Silo, "serving", records.FirstOrDefault(record => record.Name == silo.Silo)?.Process, workers.Length, workers.Count(worker => !worker.IsIdle), string.Join(", ", doing));
    }

    static IWorkerPoolGrain Pool(ClusterConnection connection) => connection.Grains.GetGrain<IWorkerPoolGrain>(0);

    static ISiloDeskGrain Desk(ClusterConnection connection) => connection.Grains.GetGrain<ISiloDeskGrain>(0);

    Task<SiloCardWire[]> CardsAsync(ClusterConnection connection, CancellationToken cancellation) => RetryAsync(() => Desk(connection).SilosAsync(), cancellation);

    Task<SiloWire[]> ServingAsync(ClusterConnection connection, CancellationToken cancellation) => RetryAsync(() => Pool(connection).SilosAsync(), cancellation);

    Task<T> RetryAsync<T>(Func<Task<T>> call, CancellationToken cancellation) => GrainCalls.RetryAsync(call, AskLimit, time, cancellation);
}
