using System.CommandLine;
using System.Globalization;

namespace AtomSets.Commands;

/// <summary>Options that several verbs share.</summary>
static class CommonOptions
{
    public static Option<OutputFormat> Format() => new("--format")
    {
        Description = "How to print rows: table, csv or json.",
        HelpName = "table|csv|json",
        DefaultValueFactory = _ => OutputFormat.Table,
    };

    public static Option<string?> Database() => new("--db")
    {
        Description = "Address of a PostgreSQL server (postgres://user:password@host/name); default: ATOMSETS_DB, else a private server of this machine.",
        HelpName = "url",
        Recursive = true,
    };

    public static Option<string?> Device() => new("--device")
    {
        Description = "Where workers compute: cpu (the program's own kernels, the default), torch-cpu, cuda:0, or cuda:0:tf32 for faster, coarser products. "
            + "Part of a trial's key, so that another one computes anew. All but cpu need a build with TorchSharp.",
        HelpName = "name",
    };

    public static Option<double?> WantedError(string description) => new("--for-error")
    {
        Description = description,
        HelpName = "error",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var error) && error > 0 && double.IsFinite(error)) return error;
            result.AddError($"--for-error {text}: must be a number above 0, in the errors' unit");
            return null;
        },
    };

    public static Option<int?> Workers() => new("--workers")
    {
        Description = "Workers, each one core; default: one for every core.",
        HelpName = "n",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var workers) && workers > 0) return workers;
            result.AddError($"--workers {text}: must be a whole number, at least 1");
            return null;
        },
    };
}
