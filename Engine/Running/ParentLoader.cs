using AtomSets.Studies;
using AtomSets.Training;

namespace AtomSets.Engine;

/// <summary>Opens the networks that trials build on: of finished trials, by their weights' artifact, and published ones.</summary>
sealed class ParentLoader(ITrialLedger ledger, ArtifactStore artifacts, DataCache data)
{
    /// <returns>The parent and its name for messages and provenance.</returns>
    /// <exception cref="TrialFailedException">The parent is not finished, or kept no weights.</exception>
    public async Task<(ModelFile File, string Name)> OpenAsync(ParentContent parent, CancellationToken cancellation)
    {
        var (file, name) = parent switch
        {
            ParentContent.Trial trial => (await OpenTrialAsync(trial.Key, cancellation), trial.Key.Hex),
            ParentContent.Published published => (Published(published), published.Name),
            ParentContent.Kept kept => (ModelFile.Read(artifacts.Get(kept.Hash), $"model file {kept.Hash}"), $"file {kept.Hash}"),
            _ => throw new InvalidOperationException($"unknown parent {parent}"),
        };
        return (parent.State is { } state ? StateBinding.At(file, state) : file, name);
    }

    /// <exception cref="TrialFailedException">It is not finished, or kept no weights.</exception>
    /// <exception cref="WeightsLostException">It is finished, but the file is gone.</exception>
    public async Task<ModelFile> OpenTrialAsync(TrialKey key, CancellationToken cancellation)
    {
        var records = await ledger.FindAsync([key], cancellation);
        if (records.GetValueOrDefault(key) is not { Result: TrainResult result })
            throw new TrialFailedException($"the parent trial {key.Short} has no result: resume the study that trains it", transient: false);
        if (result.Weights is not { } weights)
            throw new TrialFailedException($"the parent trial {key.Short} kept no weights", transient: false);
        try
        {
            return ModelFile.Read(artifacts.Get(weights), $"weights of trial {key.Short}");
        }
        catch (ArtifactMissingException e)
        {
            throw new WeightsLostException(key, weights, e);
        }
    }

    /// <summary>The spec of a finished training that kept no weights; null where it kept them, or is not finished.</summary>
    public async Task<TrialSpec?> UnkeptAsync(TrialKey key, CancellationToken cancellation)
    {
        var records = await ledger.FindAsync([key], cancellation);
        return records.GetValueOrDefault(key) is { Result: TrainResult { Weights: null } } ? await ledger.SpecAsync(key, cancellation) : null;
    }

    ModelFile Published(ParentContent.Published parent)
    {
        var published = data.Published(parent.Name, parent.Hash);
        if (published.ContentHash != parent.Hash)
            throw new TrialFailedException($"the weights of {parent.Name} are not those that the study was resolved with: run the study file again", transient: false) { IsLack = true };
        return PublishedImport.ToModelFile(published);
    }
}
