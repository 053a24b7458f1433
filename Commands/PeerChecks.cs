using System.Diagnostics;
using System.Text.Json;

namespace AtomSets.Commands;

/// <summary>Whether the libraries that <c>bench</c> measures beside ours are installed. They are never needed.</summary>
/// <param name="environment">Reads an environment variable.</param>
sealed class PeerChecks(Func<string, string?> environment)
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    // Looks for the packages without importing them, which takes seconds; a BLAS is told by the library behind its name.
    const string Question = """
        import ctypes, importlib.util, json
        def blas():
            try:
                ctypes.CDLL("libblas.so.3")
            except OSError:
                return ""
            with open("/proc/self/maps") as maps:
                loaded = maps.read().lower()
            return next((name for name in ("openblas", "mkl", "blis", "atlas") if name in loaded), "")
        print(json.dumps({"torch": importlib.util.find_spec("torch") is not None, "pymatgen": importlib.util.find_spec("pymatgen") is not None, "blas": blas()}))
        """;

    public MachineCheck Run()
    {
        const string name = "peers of bench";
        var python = environment("ATOMSETS_PYTHON") is { Length: > 0 } named ? named : "/usr/bin/python3";
        if (Ask(python) is not { } answer)
            return new(name, CheckState.Optional, $"{python} does not run", "apt-get install python3 python3-torch python3-pymatgen libopenblas0-pthread, or set ATOMSETS_PYTHON");
        var torch = answer.GetProperty("torch").GetBoolean();
        var pymatgen = answer.GetProperty("pymatgen").GetBoolean();
        var blas = answer.GetProperty("blas").GetString()!;
        (bool IsThere, string Package)[] wanted = [(torch, "python3-torch"), (pymatgen, "python3-pymatgen"), (blas.Length > 0, "libopenblas0-pthread")];
        var missing = wanted.Where(part => !part.IsThere).Select(part => part.Package).ToList();
        var found = $"{python}: {(torch ? "PyTorch" : "no PyTorch")}, {(pymatgen ? "pymatgen" : "no pymatgen")}, {(blas.Length > 0 ? blas : "no optimised BLAS")}";
        return missing.Count == 0
            ? new(name, CheckState.Ok, found, null)
            : new(name, CheckState.Optional, found, $"to measure beside them: apt-get install {string.Join(' ', missing)}");
    }

    static JsonElement? Ask(string python)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(python, ["-c", Question]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
            var output = process.StandardOutput.ReadToEndAsync();
            if (!process.WaitForExit(Patience))
            {
                process.Kill();
                return null;
            }
            return process.ExitCode == 0 ? JsonDocument.Parse(output.GetAwaiter().GetResult()).RootElement.Clone() : null;
        }
        catch (Exception failure) when (failure is System.ComponentModel.Win32Exception or JsonException)
        {
            return null;
        }
    }
}
