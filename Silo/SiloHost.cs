using AtomSets.Engine;
using AtomSets.Grains;
using AtomSets.Grains.Interfaces;
using Microsoft.Extensions.Hosting;

namespace AtomSets.Silo;

/// <summary>This process, for the other silos.</summary>
/// <param name="name">Of the silo.</param>
/// <param name="context">What its workers share.</param>
/// <param name="lifetime">Of the process.</param>
/// <param name="lines">The end of its log; null where none is kept.</param>
/// <param name="http">Where it gives content; null where it does not.</param>
sealed class SiloHost(string name, TrialContext context, IHostApplicationLifetime lifetime, RecentLines? lines, Func<string?> http) : ISiloHost
{
    public SiloCardWire Card => new(name, Environment.MachineName, Environment.ProcessId, context.Numerics, http(), lifetime.ApplicationStopping.IsCancellationRequested);

    public void Stop() => _ = Task.Run(lifetime.StopApplication);

    public string[] Log(int count) => lines?.Last(count) ?? [];

    public void Keep(LegacyWire legacy)
    {
        if (context.Artifacts.Others is not { } others) return;
        foreach (var hash in legacy.Artifacts.Where(hash => ArtifactStore.IsHash(hash) && !context.Artifacts.Contains(hash))) others.TryFetch(hash, context.Artifacts);
        if (context.Data.Shelf is not { } shelf) return;
        foreach (var (hash, name) in legacy.Sets.Zip(legacy.Names).Where(set => ArtifactStore.IsHash(set.First)))
        {
            if (shelf.Files(hash).Count > 0) continue;
            // Where the same files lie here under the same name, a copy would be one too many.
            if (others.ListFiles(hash) is { Count: > 0 } files && !shelf.TryAdopt(hash, name, files)) others.TryFetchFiles(hash, shelf.FetchedFolder(hash));
        }
    }
}
