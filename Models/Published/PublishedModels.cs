using System.Security.Cryptography;
using System.Text.Json;
using AtomSets.Materials;

namespace AtomSets.Models.Published;

/// <summary>The folder of published networks (<c>models</c> in the data directory): each an <c>.npz</c> of weights beside a <c>.json</c>.</summary>
public sealed class PublishedModels
{
    readonly string _folder;

    /// <summary>Uses the folder that holds the files.</summary>
    public PublishedModels(string folder) => _folder = folder;

    /// <summary>The <c>models</c> folder of the data directory that <c>ATOMSETS_DATA</c> names, or null where there is none.</summary>
    public static PublishedModels? Find() => DataLocations.FromEnvironment().Models is { } folder ? new PublishedModels(folder) : null;

    /// <summary>Names that <see cref="Open"/> accepts, sorted.</summary>
    public IReadOnlyList<string> Names =>
        Directory.Exists(_folder)
            ? Directory.EnumerateFiles(_folder, "*.npz").Select(Path.GetFileNameWithoutExtension).Select(name => name!)
                .Where(IsNetwork).Order(StringComparer.Ordinal).ToArray()
            : [];

    /// <summary>Opens a network by its file's name without extension.</summary>
    /// <exception cref="ModelException">There is no such model, or its files are damaged.</exception>
    public PublishedModel Open(string name)
    {
        if (name.AsSpan().IndexOfAny(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar) >= 0 || !IsNetwork(name)
            || !File.Exists(Path.Combine(_folder, name + ".npz")))
            throw new ModelException($"there is no published model '{name}' in {_folder}; {NearestName.Advice(name, Names)}");
        var weightsPath = Path.Combine(_folder, name + ".npz");
        var cardPath = Path.Combine(_folder, name + ".json");
        var arrays = NumpyArchive.Read(weightsPath);
        try
        {
            using var card = JsonDocument.Parse(File.ReadAllBytes(cardPath));
            var hash = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(weightsPath)));
            return name switch
            {
                _ when name.StartsWith("matgl_", StringComparison.Ordinal) => MatGlImport.Read(name, card.RootElement, arrays, hash, weightsPath),
                _ when name.StartsWith("cgcnn_", StringComparison.Ordinal) => CgcnnImport.Read(name, card.RootElement, arrays, hash, weightsPath),
                _ => KerasImport.Read(name, card.RootElement, arrays, hash, weightsPath),
            };
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException or KeyNotFoundException
            or InvalidOperationException or FormatException)
        {
            throw new ModelException($"{cardPath}: the description of the model cannot be used: {e.Message}", e);
        }
    }

    static bool IsNetwork(string name) =>
        name.StartsWith("mp-", StringComparison.Ordinal) || name.StartsWith("mf_", StringComparison.Ordinal)
        || name.StartsWith("qm9-", StringComparison.Ordinal) || name.StartsWith("matgl_MEGNet", StringComparison.Ordinal)
        || name.StartsWith("cgcnn_", StringComparison.Ordinal);
}
