using System.Diagnostics;
using System.Globalization;
using System.Runtime.Intrinsics.X86;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AtomSets.Bench;

/// <summary>The peer's side of a contest: a Python program of <c>bench/peers</c> that stays up and runs when told to (protocol: peers/peer.py).</summary>
/// <remarks>It inherits this process's core. Its libraries are held to the threads that they are given.</remarks>
sealed class PeerProcess : IRival, IDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    readonly Process _process;
    readonly string _input;

    PeerProcess(Process process, string input)
    {
        _process = process;
        _input = input;
        What = "";
    }

    public string What { get; private set; }

    /// <summary>Starts a peer on an input, which is handed over as a file.</summary>
    /// <param name="script">Its program in <c>bench/peers</c>.</param>
    /// <param name="input">What it works on.</param>
    /// <param name="threads">Threads that its libraries may use.</param>
    /// <returns>The peer, or null and the reason.</returns>
    public static (PeerProcess? Peer, string? Missing) Start(string script, JsonNode input, int threads = 1)
    {
        // Debian's packages python3-torch and python3-pymatgen belong to this interpreter, whichever else is first in the path.
        var python = Environment.GetEnvironmentVariable("ATOMSETS_PYTHON") is { Length: > 0 } named ? named : "/usr/bin/python3";
        if (!File.Exists(python)) return (null, $"no peer: {python} is not there; install python3, python3-torch and python3-pymatgen, or set ATOMSETS_PYTHON");
        var path = Path.Combine(Path.GetTempPath(), $"atomsets-bench-{Guid.NewGuid():N}.json");
        File.WriteAllText(path, input.ToJsonString());
        var start = new ProcessStartInfo(python, ["-W", "ignore", Path.Combine(AppContext.BaseDirectory, "peers", script), path])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        SetLibraries(start, threads);
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        var peer = new PeerProcess(Process.Start(start)!, path);
        try
        {
            var greeting = peer.Read();
            // It has read its input: a benchmark that is stopped leaves none behind.
            File.Delete(path);
            if (greeting["ready"] is { } what)
            {
                peer.What = what.GetValue<string>();
                return (peer, null);
            }
            peer.Dispose();
            return (null, $"no peer: {python} says: {greeting["missing"]}");
        }
        catch (BenchException)
        {
            peer.Dispose();
            throw;
        }
    }

    /// <summary>What libtorch and its BLAS go by in a process: threads, and the instructions to use.</summary>
    public static void SetLibraries(ProcessStartInfo start, int threads)
    {
        // OpenBLAS does not listen to OpenMP's variable.
        foreach (var variable in (ReadOnlySpan<string>)["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"])
            start.Environment[variable] = threads.ToString(CultureInfo.InvariantCulture);
        // OpenBLAS and libtorch may be older than the processor and then fall back to slow kernels: name the best that it can run.
        if (BestKernels() is not { } best) return;
        start.Environment.TryAdd("OPENBLAS_CORETYPE", best.OpenBlas);
        start.Environment.TryAdd("ATEN_CPU_CAPABILITY", best.Torch);
    }

    public double Run(int count) => Ask(string.Create(CultureInfo.InvariantCulture, $"run {count}"))["seconds"]!.GetValue<double>();

    /// <summary>The values to compare with ours.</summary>
    public JsonNode Check() => Ask("check");

    public void Dispose()
    {
        _process.StandardInput.Close(); // ends its loop
        if (!_process.WaitForExit(TimeSpan.FromSeconds(5))) _process.Kill();
        _process.Dispose();
        File.Delete(_input);
    }

    static (string OpenBlas, string Torch)? BestKernels() =>
        Avx512F.IsSupported ? ("SkylakeX", "avx512") : Avx2.IsSupported ? ("Haswell", "avx2") : null;

    /// <summary>One line to the peer, and its answer.</summary>
    public JsonNode Ask(string command)
    {
        try
        {
            _process.StandardInput.WriteLine(command);
            _process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // It ended: reading says so.
        }
        return Read();
    }

    JsonNode Read()
    {
        using var patience = new CancellationTokenSource(Patience);
        string? line;
        try
        {
            line = _process.StandardOutput.ReadLineAsync(patience.Token).AsTask().GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
            throw new BenchException($"the peer {_process.StartInfo.ArgumentList[2]} did not answer within {Patience.TotalSeconds:F0} s");
        }
        if (line is null) throw new BenchException($"the peer {_process.StartInfo.ArgumentList[2]} ended; its message is above");
        try
        {
            return JsonNode.Parse(line)!;
        }
        catch (JsonException failure)
        {
            throw new BenchException($"the peer {_process.StartInfo.ArgumentList[2]} answered '{line[..Math.Min(line.Length, 200)]}', which is no JSON", failure);
        }
    }
}
