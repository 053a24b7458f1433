using Microsoft.AspNetCore.Http;

namespace AtomSets.Dashboard;

/// <summary>A request that cannot be answered, with the status that says so.</summary>
sealed class ApiException(int status, string message) : Exception(message)
{
    public int Status { get; } = status;

    public static ApiException BadRequest(string message) => new(StatusCodes.Status400BadRequest, message);

    public static ApiException NotFound(string message) => new(StatusCodes.Status404NotFound, message);
}
