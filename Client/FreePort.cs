using System.Net;
using System.Net.Sockets;

namespace AtomSets.Client;

/// <summary>Ports of the loopback address.</summary>
static class FreePort
{
    const int Step = 100, Tries = 100;

    /// <summary>A port that nobody listens on, in steps from a wanted one.</summary>
    /// <param name="skip">So many free ones are left to others: someone took one between its finding and its use.</param>
    public static int From(int wanted, int skip = 0)
    {
        for (var port = wanted; port < wanted + (Step * Tries); port += Step)
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                if (skip-- == 0) return port;
            }
            catch (SocketException)
            {
                // Someone has it.
            }
        }
        throw new InvalidOperationException($"no free port from {wanted} on");
    }
}
