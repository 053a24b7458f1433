using AtomSets.Grains.Interfaces;

namespace AtomSets.Grains;

/// <summary>The devices of this silo and their threads: a hosted service of the silo. Safe for concurrent use; nothing blocks.</summary>
public interface IDeviceHost
{
    /// <summary>Name of this run of this silo.</summary>
    string Host { get; }

    bool Has(string worker);

    /// <summary>Begins an order, or finds that it has begun or ended already.</summary>
    /// <returns>False when a worker of it is not here or is busy with another.</returns>
    bool Begin(OrderWire order);

    /// <summary>Takes a message of a gang.</summary>
    PieceAnswer Put(PieceWire piece);

    /// <summary>Stops an order that runs here.</summary>
    void Revoke(string worker, Guid pool, long ticket);
}
