using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;

namespace AtomSets.Acceptance.Tests;

/// <summary>The program as a process of its own.</summary>
public sealed partial class RunningProgram : IDisposable
{
    static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    readonly Process _process;
    readonly StringBuilder _out = new(), _error = new();
    readonly Task _read;
    readonly string _command;

    /// <param name="environment">Variables that differ from ours; null removes one.</param>
    /// <param name="arguments">As typed after <c>atomsets</c>.</param>
    /// <param name="program">Another executable than that of one machine.</param>
    public RunningProgram(IReadOnlyDictionary<string, string?> environment, IReadOnlyList<string> arguments, string? program = null)
    {
        program ??= OneMachine;
        _command = $"{Path.GetFileName(program)} {string.Join(' ', arguments)}";
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        // The executable finds the runtime that runs the tests, wherever it is installed.
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));
        foreach (var (name, value) in environment)
        {
            if (value is null) start.Environment.Remove(name);
            else start.Environment[name] = value;
        }
        _process = Process.Start(start)!;
        _read = Task.WhenAll(ReadAsync(_process.StandardOutput, _out), ReadAsync(_process.StandardError, _error));
    }

    /// <summary>The program of one machine: beside the tests, or where their project says.</summary>
    public static string OneMachine { get; } = typeof(RunningProgram).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().SingleOrDefault(entry => entry.Key == "LocalProgram")?.Value
        ?? Path.Combine(AppContext.BaseDirectory, "atomsets");

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>What it has printed on standard error so far.</summary>
    public string ErrorSoFar
    {
        get
        {
            lock (_error) return _error.ToString();
        }
    }

    /// <summary>Waits for its end and the end of its output.</summary>
    public async Task<ProgramResult> EndAsync()
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(Limit);
            await _read.WaitAsync(Limit);
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"`{_command}` (process {Id}) did not end within {Limit}:\n{ErrorSoFar}", exception);
        }
        lock (_out) return new ProgramResult(_command, _process.ExitCode, _out.ToString(), ErrorSoFar);
    }

    /// <summary>kill -9 of this process alone, and waits until it is gone.</summary>
    public async Task<ProgramResult> KillAsync()
    {
        _process.Kill();
        return await EndAsync();
    }

    /// <summary>What Ctrl-C sends.</summary>
    public void Interrupt() => Signal(InterruptSignal);

    public void Signal(int signal) => Signal(Id, signal);

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    internal static void Signal(int process, int signal)
    {
        if (!TrySignal(process, signal)) throw new InvalidOperationException($"kill -{signal} {process}: error {Marshal.GetLastPInvokeError()}");
    }

    /// <summary>False where there is no such process (any more).</summary>
    internal static bool TrySignal(int process, int signal) => Kill(process, signal) == 0;

    internal const int InterruptSignal = 2, KillSignal = 9, TerminateSignal = 15, ContinueSignal = 18, StopSignal = 19;

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);

    static async Task ReadAsync(StreamReader from, StringBuilder into)
    {
        while (await from.ReadLineAsync() is { } line)
        {
            lock (into) into.Append(line).Append('\n');
        }
    }
}
