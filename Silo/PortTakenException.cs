using System.Net.Sockets;
using AtomSets.Materials;

namespace AtomSets.Silo;

/// <summary>Another program listens where the silo is to: with other ports it would start.</summary>
sealed class PortTakenException(string message, Exception inner) : InputException(message, inner)
{
    /// <summary>What a socket said of an address that is in use, below any exception; null where it is something else.</summary>
    public static SocketException? Find(Exception? error) => error switch
    {
        SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } taken => taken,
        AggregateException many => many.InnerExceptions.Select(Find).FirstOrDefault(found => found is not null),
        _ => error is null ? null : Find(error.InnerException),
    };
}
