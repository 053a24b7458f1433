using System.CommandLine;
using AtomSets.Materials;
using Spectre.Console;

namespace AtomSets.Commands;

/// <summary><c>atomsets data enumerate</c>: candidates for a screening, by substituting elements into a prototype.</summary>
static class DataEnumerateVerb
{
    public static Command Create(CliContext context)
    {
        var prototype = new Argument<string>("prototype") { Description = "A structure file (CIF, POSCAR, JSON)." };
        var replace = new Option<string[]>("--replace")
        {
            Description = "An element of the prototype and those that may take its place; repeat for several. Others stay.", HelpName = "Ba=Ca,Sr,Ba", Required = true,
        };
        var balanced = new Option<bool>("--balanced") { Description = "Only combinations whose common oxidation states add up to 0." };
        var output = new Option<string>("--output") { Description = "The CIF file to write, one block for each candidate.", Required = true };
        var command = new Command("enumerate", "Substitutes elements into a prototype, in every combination, and writes the unrelaxed candidates for predict to rank."
            + "\n\nExample: atomsets data enumerate perovskite.cif --replace Ba=Ca,Sr,Ba --replace Ti=Ti,Zr,Hf --balanced --output candidates.cif") { prototype, replace, balanced, output };
        command.SetAction((result, cancellation) =>
        {
            var crystal = StructureReader.ReadFile(result.GetValue(prototype)!);
            var path = result.GetValue(output)!;
            var count = 0;
            OutputFile.Write(path, file =>
            {
                foreach (var candidate in PrototypeSubstitution.Enumerate(crystal, Choices(result.GetValue(replace) ?? []), result.GetValue(balanced)))
                {
                    cancellation.ThrowIfCancellationRequested();
                    file.Write(CifWriter.Write(candidate));
                    count++;
                }
            });
            context.Console.WriteLine($"{count} candidates in {path}");
            return Task.FromResult(count > 0 ? ExitCodes.Done : ExitCodes.BadInput);
        });
        return command;
    }

    static Dictionary<Element, IReadOnlyList<Element>> Choices(string[] given)
    {
        var choices = new Dictionary<Element, IReadOnlyList<Element>>();
        foreach (var text in given)
        {
            var at = text.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0) throw new InputException($"--replace {text}: must be an element, =, and elements, such as Ba=Ca,Sr");
            choices[Parse(text[..at])] = [.. text[(at + 1)..].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(symbol => Parse(symbol))];
        }
        return choices;
    }

    static Element Parse(string symbol) => Element.Parse(symbol);
}
