using AtomSets.Dashboard;
using AtomSets.Materials;
using AtomSets.Training;

namespace AtomSets.Commands;

/// <summary>
/// Finds a model by what a person calls it: a model file's path, one of our own trained models, a published network, a name kept in the
/// database, or the first digits of a trial's key. The database is opened only for the last two.
/// </summary>
sealed class ModelResolver(CliContext context, string? database)
{
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
        if ((ModelFinder.Own(OwnFolder(context), name) ?? ModelFinder.Published(name)) is { } found) return (found, name);
        if (name.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal) || name.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
            throw new InputException($"there is no model file {name}");

        await using var session = await context.Sessions.OpenAsync(new(database), cancellation);
        return await new ModelFinder(OwnFolder(context), session.Models, session.Ledger, session.Artifacts).FindStoredAsync(name, cancellation);
    }
}
