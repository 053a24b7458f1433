using System.Diagnostics;

namespace AtomSets.Storage.Tests;

/// <summary>A running <see cref="HostProgram"/>.</summary>
sealed class HostProcess : IDisposable
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    readonly Process process;

    public HostProcess(TemporaryHome home, params string[] arguments) : this(home, new Dictionary<string, string>(StringComparer.Ordinal), arguments) { }

    public HostProcess(TemporaryHome home, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(HostProgram).Assembly.Location, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        start.Environment["ATOMSETS_HOME"] = home.Place.Home;
        start.Environment.Remove("ATOMSETS_DB");
        start.Environment.Remove("XDG_RUNTIME_DIR");
        foreach (var (name, value) in environment) start.Environment[name] = value;
        process = Process.Start(start)!;
    }

    /// <summary>The next line of its output.</summary>
    public async Task<string> LineAsync() =>
        await process.StandardOutput.ReadLineAsync().WaitAsync(Limit) ?? throw new InvalidOperationException("the program ended without a line");

    /// <summary>The server's process id, once the program has attached.</summary>
    public async Task<int> ReadyAsync()
    {
        var line = await LineAsync();
        return line.StartsWith("ready ", StringComparison.Ordinal) ? int.Parse(line[6..]) : throw new InvalidOperationException(line);
    }

    /// <summary>Ends its input and waits for the end of it and of its output.</summary>
    public async Task<int> LeaveAsync()
    {
        process.StandardInput.Close();
        return await EndAsync();
    }

    /// <summary>Its output ends only when nobody holds the pipe any more: a server that inherited it would keep us here.</summary>
    public async Task<int> EndAsync()
    {
        await process.StandardOutput.ReadToEndAsync().WaitAsync(Limit);
        await process.WaitForExitAsync().WaitAsync(Limit);
        return process.ExitCode;
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync().WaitAsync(Limit);
    }

    public void Dispose()
    {
        if (!process.HasExited) process.Kill();
        process.Dispose();
    }
}
