using AtomSets.Grains.Interfaces;
using Orleans.Concurrency;

namespace AtomSets.Grains;

/// <summary>The address of a device in the cluster; the work is its silo's.</summary>
[KeepAlive, Reentrant, DevicePlacement]
public sealed class GpuWorkerGrain(IDeviceHost devices) : Grain, IGpuWorkerGrain
{
    string Name => this.GetPrimaryKeyString();

    public Task<bool> AttachAsync(string host) => Task.FromResult(IsHere() && devices.Host == host);

    public Task<OrderAnswer> BeginAsync(OrderWire order) => Task.FromResult(!IsHere() ? OrderAnswer.Elsewhere : devices.Begin(order) ? OrderAnswer.Taken : OrderAnswer.Refused);

    public Task<OrderAnswer> RevokeAsync(Guid pool, long ticket)
    {
        if (!IsHere()) return Task.FromResult(OrderAnswer.Elsewhere);
        devices.Revoke(Name, pool, ticket);
        return Task.FromResult(OrderAnswer.Taken);
    }

    public Task<PieceAnswer> PutAsync(PieceWire piece) => Task.FromResult(IsHere() ? devices.Put(piece) : PieceAnswer.NotYet);

    /// <summary>While a silo dies or starts a grain may come up elsewhere: it goes away, and the next call finds the right silo.</summary>
    bool IsHere()
    {
        if (devices.Has(Name)) return true;
        DeactivateOnIdle();
        return false;
    }
}
