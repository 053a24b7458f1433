using AtomSets.Grains.Interfaces;
using AtomSets.Studies;

namespace AtomSets.Grains;

/// <summary>One ticket's orders to the silos of its gang: the leader's end counts, and is told once every silo has reported or is lost, so that all workers are free
/// at once. Safe for concurrent use.</summary>
sealed class GangOrders(MemberWire[] gang)
{
    readonly Lock _gate = new();
    readonly HashSet<string> _outstanding = [.. gang.Select(member => member.Host)];
    AttemptEnd? _end;
    bool _isOver, _isOverdue;

    public MemberWire[] Gang => gang;

    /// <summary>A silo has ended its part.</summary>
    /// <returns>How the attempt ended, the first time that it has.</returns>
    public AttemptEnd? Reported(string host, AttemptEnd end)
    {
        lock (_gate)
        {
            _outstanding.Remove(host);
            if (host == gang[0].Host) _end = end;
            return OverNow();
        }
    }

    /// <summary>A silo is lost.</summary>
    /// <inheritdoc cref="Reported"/>
    public AttemptEnd? Lost(string host)
    {
        lock (_gate)
        {
            _outstanding.Remove(host);
            return OverNow();
        }
    }

    /// <summary>Looked at now and then: once the leader has ended, the others are not waited for longer than to the second look.</summary>
    /// <inheritdoc cref="Reported"/>
    public AttemptEnd? Look()
    {
        lock (_gate)
        {
            if (_end is null) return null;
            if (_isOverdue) _outstanding.Clear();
            _isOverdue = true;
            return OverNow();
        }
    }

    AttemptEnd? OverNow()
    {
        if (_isOver || _outstanding.Count > 0) return null;
        _isOver = true;
        return _end ?? AttemptEnd.Given;
    }
}
