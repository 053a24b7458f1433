using AtomSets.Grains.Interfaces;
using Orleans.Concurrency;

namespace AtomSets.Grains;

/// <summary>Finds silos by name and asks their services.</summary>
[StatelessWorker, Reentrant]
public sealed class SiloDeskGrain(SiloPeers peers) : Grain, ISiloDeskGrain
{
    public async Task<SiloCardWire[]> SilosAsync() => [.. (await peers.CardsAsync()).Silos.Select(silo => silo.Card)];

    public async Task<bool> StopAsync(string silo)
    {
        if (await FindAsync(silo) is not { } found) return false;
        await found.StopAsync();
        return true;
    }

    public async Task<string[]?> LogAsync(string silo, int lines) => await FindAsync(silo) is { } found ? await found.LogAsync(lines) : null;

    async Task<ISiloService?> FindAsync(string name)
    {
        foreach (var (address, card) in (await peers.CardsAsync()).Silos)
            if (card.Silo == name) return peers.At(address);
        return null;
    }
}
