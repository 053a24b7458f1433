using AtomSets.Materials;

namespace AtomSets.Training;

/// <summary>Something to predict as a user named it: a structure file, a text, or what is wrong with it. It is read where it is predicted.</summary>
/// <param name="Label">How the user named it.</param>
public sealed record PredictionItem(string Label)
{
    /// <summary>A structure file, of one structure or several.</summary>
    public string? Path { get; private init; }

    /// <summary>The text of a structure file.</summary>
    public string? Structure { get; private init; }

    /// <summary>A formula.</summary>
    public string? Formula { get; private init; }

    /// <summary>Why there is nothing to read.</summary>
    public string? Problem { get; private init; }

    public static PredictionItem OfFile(string path) => new(path) { Path = path };

    public static PredictionItem OfStructure(string label, string text) => new(label) { Structure = text };

    public static PredictionItem OfFormula(string label, string formula) => new(label) { Formula = formula };

    public static PredictionItem Failed(string label, string problem) => new(label) { Problem = problem };

    /// <summary>The materials, each an input or the reason why it is none.</summary>
    public IReadOnlyList<(string Label, PredictionInput? Input, string? Error)> Read()
    {
        try
        {
            if (Path is not null)
            {
                var crystals = StructureReader.ReadAll(Path);
                return [.. crystals.Select(crystal => crystals.Count == 1 ? Label : $"{Label}#{crystal.Id}").Zip(crystals, (label, crystal) => (label, PredictionInput.Of(label, crystal), default(string)))];
            }
            if (Structure is not null) return Structure.Length == 0 ? [(Label, null, "there is no structure")] : [(Label, PredictionInput.Of(Label, StructureReader.ReadText(Structure, source: Label)), null)];
            return Formula is null ? [(Label, null, Problem ?? "there is nothing to read")] : [(Label, PredictionInput.Of(Label, Composition.Parse(Formula)), null)];
        }
        catch (InputException failure)
        {
            return [(Label, null, failure.Message)];
        }
    }
}
