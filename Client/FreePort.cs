using System.Net;
using System.Net.Sockets;

namespace AtomSets.Client;

/// <summary>Ports of the loopback address.</summary>
static class FreePort
{
    const int Step = 100, Tries = 100;

    /// <summary>The first port that nobody listens on, in steps from a wanted one.</summary>
    public static int From(int wanted)
    {
        for (var port = wanted; port < wanted + (Step * Tries); port += Step)
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Someone has it.
            }
        }
        throw new InvalidOperationException($"no free port from {wanted} on");
    }
}
