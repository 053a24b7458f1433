using AtomSets.Engine;
using AtomSets.Materials;
using AtomSets.Models.Published;
using AtomSets.Storage;
using AtomSets.Studies;
using AtomSets.Training;

namespace AtomSets.Dashboard;

/// <summary>A line of <c>model list</c>.</summary>
/// <param name="Name">By which it is found.</param>
/// <param name="Origin">own, kept, imported, trial or published.</param>
/// <param name="Error">On validation rows, in <paramref name="Unit"/>.</param>
/// <param name="Trial">Key of the trial that trained it, in full; null for others.</param>
/// <param name="Problem">Why it cannot be read; null where it can.</param>
public sealed record ModelListing(string Name, string Origin, string? Kind, string? Property, string? Unit, double? Error, string? About, string? Trial, string? Problem = null)
{
    const int NewestTrials = 50;

    /// <summary>All models at hand. One that cannot be read hides none of the others.</summary>
    /// <param name="ownFolder">Folder of the models that come with the program; null where there is none.</param>
    public static async Task<List<ModelListing>> OfAsync(string? ownFolder, ModelCatalog catalog, ArtifactStore artifacts, CancellationToken cancellation)
    {
        var models = new List<ModelListing>();
        void Add(string name, string origin, TrialKey? trial, Func<ModelListing> read)
        {
            try
            {
                models.Add(read() with { Trial = trial?.Hex });
            }
            catch (Exception e) when (e is InputException or IOException or UnauthorizedAccessException or StudyInputException)
            {
                models.Add(new ModelListing(name, origin, null, null, null, null, null, trial?.Hex, e is ArtifactException and not ArtifactMissingException ? $"{e.Message} Run the study that made it again." : e.Message));
            }
        }
        if (ownFolder is not null)
        {
            foreach (var path in Directory.GetFiles(ownFolder, "*.safetensors").Order(StringComparer.Ordinal))
                Add(Path.GetFileNameWithoutExtension(path), "own", null, () => OfFile(Path.GetFileNameWithoutExtension(path), "own", ModelFile.Read(path)));
        }
        foreach (var kept in await catalog.ListAsync(cancellation))
        {
            var origin = kept.Trial is null ? "imported" : "kept";
            Add(kept.Name, origin, kept.Trial, () => OfFile(kept.Name, origin, ModelFile.Read(artifacts.Get(kept.Artifact), kept.Name)));
        }
        foreach (var trained in await catalog.TrainedAsync(NewestTrials, cancellation))
            models.Add(new ModelListing(trained.Key.Short, "trial", trained.Model, trained.Target, trained.Unit, trained.ValidationError, $"{trained.Study} {trained.Node}".Trim(), trained.Key.Hex));
        if (PublishedModels.Find() is not { } published) return models;
        foreach (var name in published.Names)
        {
            Add(name, "published", null, () =>
            {
                var model = published.Open(name);
                return new ModelListing(name, "published", model.Model.Spec.Kind, model.Property, model.Unit, null, model.IsMolecular ? "molecules" : $"trained on {model.TrainedOn}", null);
            });
        }
        return models;
    }

    static ModelListing OfFile(string name, string origin, ModelFile file) => new(
        name, origin, file.Spec.Kind, file.Target.Name, file.Target.Unit, file.Metrics.TryGetValue("validation_mae", out var error) ? error : null,
        string.Join(", ", file.Provenance.TrainedOn.Select(data => data.DataSet)), null);
}
