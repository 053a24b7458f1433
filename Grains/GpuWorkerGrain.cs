using AtomSets.Grains.Interfaces;
using Orleans.Concurrency;
using Orleans.Placement;

namespace AtomSets.Grains;

/// <summary>The address of a device in the cluster; the work is its silo's.</summary>
[KeepAlive, Reentrant, PreferLocalPlacement]
public sealed class GpuWorkerGrain(IDeviceHost devices) : Grain, IGpuWorkerGrain
{
    string Name => this.GetPrimaryKeyString();

    public Task<bool> AttachAsync(string host)
    {
        var isHere = devices.Host == host && devices.Has(Name);
        if (!isHere) DeactivateOnIdle();
        return Task.FromResult(isHere);
    }

    public Task<bool> BeginAsync(OrderWire order)
    {
        if (!devices.Has(Name)) DeactivateOnIdle();
        return Task.FromResult(devices.Begin(order));
    }

    public Task RevokeAsync(Guid pool, long ticket)
    {
        devices.Revoke(Name, pool, ticket);
        return Task.CompletedTask;
    }

    public Task<PieceAnswer> PutAsync(PieceWire piece)
    {
        if (devices.Has(Name)) return Task.FromResult(devices.Put(piece));
        // The silo of this device has gone.
        DeactivateOnIdle();
        return Task.FromResult(PieceAnswer.Stale);
    }
}
