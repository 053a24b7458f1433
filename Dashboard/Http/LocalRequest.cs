using System.Net;
using Microsoft.AspNetCore.Http;

namespace AtomSets.Dashboard;

/// <summary>Whether a request without a token is from this machine.</summary>
public static class LocalRequest
{
    /// <summary>It comes from a program of this machine.</summary>
    public static bool IsFromThisMachine(HttpContext http) => http.Connection.RemoteIpAddress is { } from && IPAddress.IsLoopback(from);

    /// <summary>And under a name of this machine: a page of another site that a browser of this machine shows can reach us only through a name of its own (DNS rebinding).</summary>
    public static bool NamesThisMachine(HttpContext http) => http.Request.Host.Host is var host
        && (host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address)));
}
