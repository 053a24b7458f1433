using System.CommandLine;
using AtomSets.Materials;
using AtomSets.Studies;
using Spectre.Console;

namespace AtomSets.Commands;

/// <summary><c>atomsets demo</c>: the first result, on the shipped data where they are, else on the built-in synthetic set.</summary>
static class DemoVerb
{
    static readonly string[] Needed = ["struct_mp_pool", "struct_matbench_phonons"];

    public static Command Create(CliContext context, Option<string?> database)
    {
        var workers = CommonOptions.Workers();
        var device = CommonOptions.Device();
        var synthetic = new Option<bool>("--synthetic") { Description = "Use the built-in synthetic set even where real data are at hand." };
        var command = new Command("demo", "Pre-trains on a large set, transfers to a small one, and shows what was gained. Minutes, no input needed; run twice, it recomputes nothing."
            + "\n\nExample: atomsets demo") { workers, device, synthetic };
        command.SetAction(async (result, cancellation) =>
        {
            var loader = new DataSetLoader();
            var isReal = !result.GetValue(synthetic) && Needed.All(name => loader.Locations.Locate(loader.Registry.Find(name)) is not null);
            context.Console.WriteLine(isReal
                ? "Data: formation energies of 4,000 Materials Project crystals (struct_mp_pool) as source, phonon frequencies (struct_matbench_phonons, official fold 0 as test) as target."
                : "Data: 'ionic', synthetic ionic crystals made by the program itself (documented physical model, no real measurements).");
            var study = Example(isReal ? "demo-phonons.yaml" : "demo-ionic.yaml");
            await using var session = await context.Sessions.OpenAsync(new(result.GetValue(database), result.GetValue(workers), result.GetValue(device)), cancellation);
            var started = context.Time.GetTimestamp();
            var exit = await new StudyRunner(context, session).RunAsync(study, cancellation);
            if (exit == ExitCodes.Interrupted) return exit;
            var name = isReal ? "demo-phonons" : "demo-ionic";
            context.Console.WriteLine();
            context.Console.WriteLine($"Time: {Numbers.Duration(context.Time.GetElapsedTime(started))}. Every number is a row in {session.DatabaseName}:");
            context.Console.WriteLine($"  atomsets results {name} --by mode,size");
            context.Console.WriteLine("  psql \"$(atomsets db start)\" -c 'select * from atomsets.result_rows limit 5'");
            context.Console.WriteLine("Next, change the study and run it; only what is new is computed:");
            context.Console.WriteLine($"  atomsets study run examples/{name}.yaml");
            return exit;
        });
        return command;
    }

    /// <summary>The example files travel inside the program, so that the demo works from any folder.</summary>
    static StudyFile Example(string file)
    {
        using var stream = typeof(DemoVerb).Assembly.GetManifestResourceStream(file) ?? throw new InvalidOperationException($"{file} is not embedded");
        using var reader = new StreamReader(stream);
        return new StudyFile(reader.ReadToEnd(), $"examples/{file}");
    }
}
