using System.IO.Enumeration;
using AtomSets.Materials;
using AtomSets.Training;

namespace AtomSets.Commands;

/// <summary>
/// What the arguments of <c>predict</c> mean, item by item and only as far as they are wanted: structure files, folders of these, patterns (<c>*.cif</c>), tables (CSV), lists (<c>.txt</c>, or
/// <c>-</c> for standard input) of files and formulas line by line, and formulas.
/// </summary>
/// <param name="input">Standard input.</param>
sealed class PredictionArguments(TextReader input)
{
    const string StandardInput = "-";

    /// <summary>A CIF file that is longer, or packed, is taken apart block by block as it is read.</summary>
    const long LongFileBytes = 1 << 20;

    public IEnumerable<PredictionItem> Read(IEnumerable<string> arguments) => arguments.SelectMany(argument => Read(argument, isFromList: false));

    IEnumerable<PredictionItem> Read(string argument, bool isFromList)
    {
        if (argument == StandardInput && !isFromList) return Lines(input);
        if (Directory.Exists(argument)) return Folder(argument);
        if (File.Exists(argument))
        {
            if (InputTable.IsOne(argument)) return Table(argument);
            return argument.EndsWith(".txt", StringComparison.OrdinalIgnoreCase) && !isFromList ? List(argument) : Structures(argument);
        }
        if (argument.AsSpan().ContainsAny('*', '?') && !isFromList) return Pattern(argument);
        return StructureReader.FormatOfName(argument) is not null || argument.Contains('/', StringComparison.Ordinal) || InputTable.IsOne(argument)
            ? [PredictionItem.Failed(argument, $"there is no file {argument}")]
            : [PredictionItem.OfFormula(argument, argument)];
    }

    static IEnumerable<PredictionItem> Structures(string path)
    {
        var isLong = StructureReader.FormatOfName(path) == StructureFormat.Cif && (path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) || new FileInfo(path).Length > LongFileBytes);
        return isLong ? CifBlocks.Read(path).Select(block => PredictionItem.OfStructure($"{path}#{block.Name}", block.Text)) : [PredictionItem.OfFile(path)];
    }

    // By name: the order of a file system is nobody's.
    static IEnumerable<PredictionItem> Folder(string folder)
    {
        var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(file => StructureReader.FormatOfName(file) is not null).Order(StringComparer.Ordinal).ToArray();
        return files.Length > 0 ? files.SelectMany(Structures) : [PredictionItem.Failed(folder, "the folder holds no structure file (*.cif, *.vasp, *.poscar, POSCAR*, *.json)")];
    }

    static IEnumerable<PredictionItem> Pattern(string pattern)
    {
        var folder = Path.GetDirectoryName(pattern) is { Length: > 0 } named ? named : ".";
        var name = Path.GetFileName(pattern);
        if (!Directory.Exists(folder)) return [PredictionItem.Failed(pattern, $"there is no folder {folder}")];
        var files = Directory.EnumerateFiles(folder).Where(file => FileSystemName.MatchesSimpleExpression(name, Path.GetFileName(file), ignoreCase: false))
            .Select(file => folder == "." && !pattern.StartsWith('.') ? Path.GetFileName(file) : file).Order(StringComparer.Ordinal).ToArray();
        return files.Length > 0 ? files.SelectMany(Structures) : [PredictionItem.Failed(pattern, "no file has such a name")];
    }

    static IEnumerable<PredictionItem> Table(string path)
    {
        foreach (var row in InputTable.Read(path))
            yield return row.Problem is { } problem ? PredictionItem.Failed(row.Id, problem)
                : row.Structure is { } structure ? PredictionItem.OfStructure(row.Id, structure)
                : PredictionItem.OfFormula(row.Id, row.Formula ?? "");
    }

    IEnumerable<PredictionItem> List(string path)
    {
        using var reader = File.OpenText(path);
        foreach (var item in Lines(reader)) yield return item;
    }

    IEnumerable<PredictionItem> Lines(TextReader reader)
    {
        while (reader.ReadLine() is { } line)
        {
            if (line.AsSpan().Trim().IsEmpty) continue;
            foreach (var item in Read(line.Trim(), isFromList: true)) yield return item;
        }
    }
}
