using AtomSets.Engine;
using AtomSets.Grains;
using AtomSets.Materials;
using Microsoft.Extensions.Hosting;

namespace AtomSets.Silo;

/// <summary>
/// Silos of one cluster compute in one class of arithmetic, which is part of every trial's key. Of two that differ the one that came later ends, before it has
/// taken a trial.
/// </summary>
sealed class NumericsCheck(SiloPeers peers, ISiloHost host, TimeProvider time) : IHostedService
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10), Pause = TimeSpan.FromSeconds(1);

    /// <exception cref="InputException">An older silo computes otherwise.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var own = host.Card;
        for (var began = time.GetTimestamp(); ; await Task.Delay(Pause, time, cancellationToken))
        {
            var (silos, isComplete) = await peers.OthersAsync();
            foreach (var (address, card) in silos.Where(silo => !silo.Card.IsLeaving && silo.Card.Numerics != own.Numerics && IsOlder(silo.Address)))
                throw new InputException($"the silos of this cluster compute {card.Numerics} ({card.Silo} at {address.Endpoint}), and this one {own.Numerics}: start it with "
                    + $"{NumericsClass.DeviceOf(card.Numerics)}, or stop those first (atomsets cluster down --all)");
            // One that does not answer is dying, or starts as well and looks for itself.
            if (isComplete || time.GetElapsedTime(began) >= Patience) return;
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    bool IsOlder(SiloAddress other) => other.Generation != peers.Own.Generation ? other.Generation < peers.Own.Generation : other.CompareTo(peers.Own) < 0;
}
