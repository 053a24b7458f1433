using System.Net;

namespace AtomSets.Silo;

/// <summary>What a silo is started with.</summary>
/// <param name="Name">For people; unique in the cluster.</param>
/// <param name="Workers">Trials at once: devices of this silo.</param>
/// <param name="Address">At which the other silos and clients reach it.</param>
/// <param name="Port">For silos.</param>
/// <param name="GatewayPort">For clients.</param>
/// <param name="Database">Address of the database; null for the environment's.</param>
/// <param name="HttpPort">Of <see cref="SiloWeb"/>; 0 for any that is free.</param>
/// <param name="Device">Where its workers compute; null for the program's own kernels.</param>
sealed record SiloSettings(
    string Name, int Workers, IPAddress Address, int Port, int GatewayPort, string? Database, int HttpPort = 0, string? Device = null);
