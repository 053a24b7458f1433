using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace AtomSets.Grains;

/// <summary>A device's grain lives in the silo that has the device, whoever calls it first.</summary>
[GenerateSerializer, Immutable, SuppressReferenceTracking, Alias("atomsets.device-placement")]
public sealed class DevicePlacement : PlacementStrategy
{
    internal static readonly DevicePlacement Instance = new();
}

/// <inheritdoc cref="DevicePlacement"/>
[AttributeUsage(AttributeTargets.Class)]
public sealed class DevicePlacementAttribute() : PlacementAttribute(DevicePlacement.Instance);

/// <summary>Finds the silo by its name, with which the name of a worker begins. Where there is none any more any silo will do: it says that the device is not there.</summary>
public sealed class DevicePlacementDirector(ISiloStatusOracle silos) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var worker = target.GrainIdentity.Key.ToString()!;
        var name = worker[..Math.Max(0, worker.IndexOf('@', StringComparison.Ordinal))];
        var compatible = context.GetCompatibleSilos(target);
        return Task.FromResult(compatible.FirstOrDefault(silo => silos.TryGetSiloName(silo, out var found) && found == name) ?? context.LocalSilo);
    }
}
