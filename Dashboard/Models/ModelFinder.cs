using AtomSets.Engine;
using AtomSets.Materials;
using AtomSets.Models.Published;
using AtomSets.Storage;
using AtomSets.Studies;
using AtomSets.Training;

namespace AtomSets.Dashboard;

/// <summary>Finds models by name: our own, published ones, those kept in the database, and those of trials. Never by a path.</summary>
/// <param name="ownFolder">Folder of the models that come with the program; null where there is none.</param>
public sealed class ModelFinder(string? ownFolder, ModelCatalog kept, ITrialLedger ledger, ArtifactStore artifacts)
{
    const int ShortestKey = 4;

    /// <summary>A model that comes with the program.</summary>
    /// <returns>Null where none is called so.</returns>
    public static ModelFile? Own(string? folder, string name) =>
        folder is not null && Path.GetFileName(name) == name && Path.Combine(folder, name + ".safetensors") is var path && File.Exists(path) ? ModelFile.Read(path) : null;

    /// <summary>A published network.</summary>
    /// <returns>Null where none is called so.</returns>
    public static ModelFile? Published(string name) =>
        PublishedModels.Find() is { } published && published.Names.Contains(name, StringComparer.Ordinal) ? PublishedImport.ToModelFile(published.Open(name)) : null;

    /// <exception cref="InputException">Nothing is called so.</exception>
    public async Task<(ModelFile File, string Name)> FindAsync(string name, CancellationToken cancellation) =>
        Own(ownFolder, name) is { } own ? (own, name) : Published(name) is { } published ? (published, name) : await FindStoredAsync(name, cancellation);

    /// <summary>A model of the database: a kept name, or the first digits of a trial's key.</summary>
    /// <exception cref="InputException">Nothing is called so.</exception>
    public async Task<(ModelFile File, string Name)> FindStoredAsync(string name, CancellationToken cancellation)
    {
        if (await kept.FindAsync(name, cancellation) is { } model) return (ModelFile.Read(artifacts.Get(model.Artifact), name), name);
        if (name.Length >= ShortestKey && name.All(char.IsAsciiHexDigitLower))
        {
            switch (await ledger.CompleteKeyAsync(name, 2, cancellation))
            {
                case [var key]: return (await OfTrialAsync(key, cancellation), key.Short);
                case [_, _]: throw new InputException($"several trials begin with {name}: give more digits");
            }
        }
        var published = PublishedModels.Find();
        var names = published?.Names ?? [];
        throw new ModelUnknownException($"'{name}' is no model file, no model kept in the database, no published model and no trial; `atomsets model list` shows them all{(published is null ? ". Published models are in the sub-folder models of ATOMSETS_DATA, which is not at hand" : names.Count == 0 ? "" : "; " + NearestName.Advice(name, names))}");
    }

    async Task<ModelFile> OfTrialAsync(TrialKey key, CancellationToken cancellation)
    {
        var record = (await ledger.FindAsync([key], cancellation)).GetValueOrDefault(key);
        return record?.Result switch
        {
            TrainResult { Weights: { } weights } => ModelFile.Read(artifacts.Get(weights), $"weights of trial {key.Short}"),
            TrainResult => throw new InputException($"trial {key.Short} kept no weights, as its file would be large: name the evaluation of a selected model, which keeps them (`study show` names it)"),
            EvaluationResult { Weights: { } tested } => ModelFile.Read(artifacts.Get(tested), $"weights of trial {key.Short}"),
            EvaluationResult => throw new InputException($"trial {key.Short} is an evaluation: name the training trial that it evaluates"),
            _ => throw new InputException($"trial {key.Short} is not finished: resume the study that trains it"),
        };
    }
}

/// <summary>No model is called so.</summary>
public sealed class ModelUnknownException(string message) : InputException(message);
