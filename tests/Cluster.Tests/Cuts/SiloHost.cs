using System.Globalization;
using AtomSets.Acceptance.Tests;

namespace AtomSets.Cluster.Tests;

/// <summary>A silo on a host of the virtual network, with a host name of its own. One that ends is started again after a second, as by any supervisor of services.</summary>
sealed class SiloHost : IAsyncDisposable
{
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    readonly ProgramHome _home;
    readonly int _host;
    readonly CancellationTokenSource _closing = new();
    readonly List<string> _logs = [];
    readonly Task _supervising;
    volatile RunningProgram? _silo;

    /// <param name="home">Files; the database is reached over the network.</param>
    /// <param name="host">On the virtual network.</param>
    public SiloHost(ProgramHome home, int host)
    {
        (_home, _host) = (home, host);
        _supervising = Task.Run(SuperviseAsync);
    }

    /// <summary>How often it was started.</summary>
    public int Starts { get; private set; }

    /// <summary>Process that runs now; null between two.</summary>
    public int? Process => _silo?.Id;

    /// <summary>Name of the silo, and of its host.</summary>
    public string Name => VirtualNetwork.NamespaceOf(_host);

    /// <summary>What all its runs have said.</summary>
    public string Log
    {
        get
        {
            lock (_logs) return string.Join('\n', _logs.Append(_silo?.ErrorSoFar ?? ""));
        }
    }

    /// <summary>Kills it for good; again does no harm.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_supervising.IsCompleted) return;
        await _closing.CancelAsync();
        _silo?.Signal(RunningProgram.KillSignal);
        await _supervising;
        _closing.Dispose();
    }

    async Task SuperviseAsync()
    {
        while (!_closing.IsCancellationRequested)
        {
            using var silo = _silo = Start();
            Starts++;
            while (!silo.HasExited && !_closing.IsCancellationRequested) await Task.Delay(50);
            if (!silo.HasExited) await silo.KillAsync();
            lock (_logs) _logs.Add(silo.ErrorSoFar);
            _silo = null;
            if (!_closing.IsCancellationRequested) await Task.Delay(Pause);
        }
    }

    RunningProgram Start()
    {
        var address = VirtualNetwork.AddressOf(_host);
        var silo = Path.Combine(AppContext.BaseDirectory, "atomsets-silo");
        // Each of these becomes the next one: the process is the silo's.
        var command = string.Create(CultureInfo.InvariantCulture,
            $"hostname {Name} && exec ip netns exec {Name} env ATOMSETS_DB=postgres://atomsets@{VirtualNetwork.HubAddress}/atomsets {silo} --name {Name} --workers 2 --address {address} >&2");
        return _home.StartOther("/usr/bin/unshare", "--uts", "/bin/sh", "-c", command);
    }
}
