namespace AtomSets.Grains.Interfaces;

/// <summary>
/// One device of one silo (a GPU, or a core), one order at a time. It lives in the silo that has the device, whose hosted service owns the device's
/// thread; the key is the worker's name.
/// </summary>
[Alias("atomsets.IGpuWorker")]
public interface IGpuWorkerGrain : IGrainWithStringKey
{
    /// <summary>Called by the silo that has the device, again and again.</summary>
    /// <returns>False when this activation is in another silo; it then goes away, and the next call makes one here.</returns>
    [Alias("attach"), ResponseTimeout("00:00:03")]
    Task<bool> AttachAsync(string host);

    /// <summary>Begins an order with this silo's workers of its gang, once however often it comes; returns at once.</summary>
    [Alias("begin"), ResponseTimeout("00:00:03")]
    Task<OrderAnswer> BeginAsync(OrderWire order);

    /// <summary>The order's trial stops soon and keeps a checkpoint; its end is reported as any other.</summary>
    /// <returns>What became of it; never <see cref="OrderAnswer.Refused"/>.</returns>
    [Alias("revoke"), ResponseTimeout("00:00:03")]
    Task<OrderAnswer> RevokeAsync(Guid pool, long ticket);

    /// <summary>A message from another silo of the gang for this one; returns at once.</summary>
    [Alias("put"), ResponseTimeout("00:00:05")]
    Task<PieceAnswer> PutAsync(PieceWire piece);
}
