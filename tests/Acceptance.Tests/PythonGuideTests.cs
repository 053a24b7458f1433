using System.Diagnostics;
using System.Text.RegularExpressions;
using AtomSets.Storage.Tests;
using Xunit;

namespace AtomSets.Acceptance.Tests;

/// <summary>The Python of docs/python.md runs as it stands on what the program writes: a model rebuilt in PyTorch predicts what the program predicted, results are read by pandas.</summary>
[Collection(QuickStudy.Collection)]
public sealed partial class PythonGuideTests(QuickStudy quick)
{
    [PythonLibrariesFact]
    public async Task The_page_s_blocks_run_one_after_the_other()
    {
        var trial = await quick.TrialAsync("AtomSets-V1", 100);
        var parent = (await quick.Home.SqlAsync("SELECT left(key, 12) AS key FROM result_rows WHERE study = 'quick' AND role = 'pretrain'"))[0].GetProperty("key").GetString()!;
        (await quick.Home.RunAsync("model", "export", trial, Path.Combine(quick.Home.Root, "atomsets.safetensors"))).MustExit(0);
        (await quick.Home.RunAsync("features", "export", "--model", parent, "--layers", "V1", "--data", "ionic:400:2", "--out", Path.Combine(quick.Home.Root, "v1.csv"))).MustExit(0);
        quick.Home.Write("residuals.csv", (await quick.Home.RunAsync("results", "residuals", "quick", "--trial", trial, "--format", "csv")).MustExit(0).Out);
        quick.Home.Write("runs.json", (await quick.Home.RunAsync("results", "quick", "--runs", "--format", "json")).MustExit(0).Out);

        var page = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "docs/python.md"));
        var blocks = string.Join('\n', Block().Matches(page).Select(match => match.Groups["code"].Value));
        // Where the commands of the page would have left their files, and the program that it calls.
        var script = quick.Home.Write("page.py", $"import os\nos.chdir({Literal(quick.Home.Root)})\nos.environ['ATOMSETS'] = {Literal(RunningProgram.OneMachine)}\n{blocks}");
        using var python = quick.Home.StartOther(PythonLibrariesFactAttribute.Python!, script);
        Assert.Contains("100 test materials, largest difference", (await python.EndAsync()).MustExit(0).Out, StringComparison.Ordinal);
    }

    static string Literal(string text) => System.Text.Json.JsonSerializer.Serialize(text);

    [GeneratedRegex(@"^```python\n(?<code>.*?)^```$", RegexOptions.ExplicitCapture | RegexOptions.Singleline | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Block();

    /// <summary>Needs a database and a Python with NumPy, PyTorch and pandas; skipped, counted, without.</summary>
    sealed class PythonLibrariesFactAttribute : FactAttribute
    {
        static readonly Lazy<string?> s_python = new(() => new[] { "/usr/bin/python3", "python3" }.FirstOrDefault(Imports));

        public PythonLibrariesFactAttribute() => Skip = PostgresPresence.SkipReason ?? (Python is null ? "needs python3 with numpy, torch and pandas" : null);

        public static string? Python => s_python.Value;

        static bool Imports(string python)
        {
            try
            {
                using var process = Process.Start(new ProcessStartInfo(python, ["-c", "import numpy, torch, pandas"]) { RedirectStandardError = true, UseShellExecute = false })!;
                process.StandardError.ReadToEnd();
                process.WaitForExit();
                return process.ExitCode == 0;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                return false;
            }
        }
    }
}
