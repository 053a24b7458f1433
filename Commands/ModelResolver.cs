using AtomSets.Materials;
using AtomSets.Models.Published;
using AtomSets.Studies;
using AtomSets.Training;

namespace AtomSets.Commands;

/// <summary>
/// Finds a model by what a person calls it: a model file's path, one of our own trained models, a published network, a name kept in the
/// database, or the first digits of a trial's key. The database is opened only for the last two.
/// </summary>
sealed class ModelResolver(CliContext context, string? database)
{
    const int ShortestKey = 4;

    /// <summary>The folder of the models that come with the program, or null.</summary>
    public static string? OwnFolder(CliContext context)
    {
        var root = context.Environment("ATOMSETS_ROOT");
        return !string.IsNullOrEmpty(root) && Directory.Exists(Path.Combine(root, "models")) ? Path.Combine(root, "models") : null;
    }

    /// <exception cref="InputException">Nothing is called so.</exception>
    public async Task<(ModelFile File, string Name)> FindAsync(string name, CancellationToken cancellation)
    {
        if (File.Exists(name)) return (ModelFile.Read(name), name);
        if (OwnFolder(context) is { } own && Path.Combine(own, name + ".safetensors") is var path && Path.GetFileName(name) == name && File.Exists(path))
            return (ModelFile.Read(path), name);
        if (PublishedModels.Find() is { } published && published.Names.Contains(name, StringComparer.Ordinal))
            return (PublishedImport.ToModelFile(published.Open(name)), name);
        if (name.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal) || name.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
            throw new InputException($"there is no model file {name}");

        await using var session = await context.Sessions.OpenAsync(new(database), cancellation);
        if (await session.Models.FindAsync(name, cancellation) is { } kept) return (ModelFile.Read(session.Artifacts.Get(kept.Artifact), name), name);
        if (name.Length >= ShortestKey && name.All(char.IsAsciiHexDigitLower))
        {
            switch (await session.Ledger.CompleteKeyAsync(name, 2, cancellation))
            {
                case [var key]: return (await OfTrialAsync(session, key, cancellation), key.Short);
                case [_, _]: throw new InputException($"several trials begin with {name}: give more digits");
            }
        }
        var names = PublishedModels.Find()?.Names ?? [];
        throw new InputException($"'{name}' is no model file, no model kept in the database, no published model and no trial; `atomsets model list` shows them all{(names.Count == 0 ? "" : ". " + NearestName.Advice(name, names))}");
    }

    public static async Task<ModelFile> OfTrialAsync(Session session, TrialKey key, CancellationToken cancellation)
    {
        var record = (await session.Ledger.FindAsync([key], cancellation)).GetValueOrDefault(key);
        return record?.Result switch
        {
            TrainResult { Weights: { } weights } => ModelFile.Read(session.Artifacts.Get(weights), $"weights of trial {key.Short}"),
            TrainResult => throw new InputException($"trial {key.Short} kept no weights, as its file would be large: name the evaluation of a selected model, which keeps them (`study show` names it)"),
            EvaluationResult { Weights: { } tested } => ModelFile.Read(session.Artifacts.Get(tested), $"weights of trial {key.Short}"),
            EvaluationResult => throw new InputException($"trial {key.Short} is an evaluation: name the training trial that it evaluates"),
            _ => throw new InputException($"trial {key.Short} is not finished: resume the study that trains it"),
        };
    }
}
