using AtomSets.Grains.Interfaces;
using Orleans.Runtime.Services;

namespace AtomSets.Grains;

/// <summary>The silos that are members, and their services. A silo is asked anew each time: it may be leaving.</summary>
public sealed class SiloPeers(IServiceProvider services, ISiloStatusOracle members) : GrainServiceClient<ISiloService>(services)
{
    public SiloAddress Own => members.SiloAddress;

    public ISiloService At(SiloAddress silo) => GetGrainService(silo);

    /// <summary>Cards of all members that answer, by name, this silo's with them.</summary>
    /// <returns>Whether all have answered.</returns>
    public async Task<(IReadOnlyList<(SiloAddress Address, SiloCardWire Card)> Silos, bool IsComplete)> CardsAsync()
    {
        var addresses = members.GetApproximateSiloStatuses(onlyActive: true).Keys.ToArray();
        var cards = await Task.WhenAll(addresses.Select(CardAsync));
        var answered = addresses.Zip(cards).Where(pair => pair.Second is not null).Select(pair => (pair.First, pair.Second!)).OrderBy(pair => pair.Item2.Silo, StringComparer.Ordinal).ToArray();
        return (answered, answered.Length == addresses.Length);
    }

    /// <summary>As <see cref="CardsAsync"/>, without this silo.</summary>
    public async Task<(IReadOnlyList<(SiloAddress Address, SiloCardWire Card)> Silos, bool IsComplete)> OthersAsync()
    {
        var (silos, isComplete) = await CardsAsync();
        return ([.. silos.Where(silo => !silo.Address.Equals(Own))], isComplete);
    }

    async Task<SiloCardWire?> CardAsync(SiloAddress silo)
    {
        try
        {
            return await At(silo).CardAsync();
        }
        catch (Exception e) when (GrainCalls.IsPassing(e))
        {
            return null;
        }
    }
}
