using System.Text.Json;
using AtomSets.Engine;
using AtomSets.Materials;
using AtomSets.Storage;
using AtomSets.Studies;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace AtomSets.Dashboard;

/// <summary>What an error answers (RFC 9457).</summary>
/// <param name="Detail">For people: value, rule, next step.</param>
sealed record ApiProblem(string Title, int Status, string Detail)
{
    public static Task WriteAsync(HttpContext http, Exception exception) => WriteAsync(http, StatusOf(exception), exception switch
    {
        ApiException or ArtifactException or InputException or StudyInputException or StudyNotFoundException or StorageException or StoreUnavailableException => exception.Message,
        BadHttpRequestException bad => bad.Message,
        // A defect of ours: its words help whoever reports it.
        _ => $"the program failed: {exception.GetType().Name}: {exception.Message}",
    });

    public static Task WriteAsync(HttpContext http, int status, string detail)
    {
        // Other headers stay: what the guard has set holds for a refusal too.
        http.Response.Headers.ContentLength = null;
        http.Response.StatusCode = status;
        http.Response.Headers.CacheControl = "no-store";
        http.Response.ContentType = "application/problem+json; charset=utf-8";
        return http.Response.WriteAsync(JsonSerializer.Serialize(new ApiProblem(ReasonPhrases.GetReasonPhrase(status), status, detail), ApiJson.Options), http.RequestAborted);
    }

    static int StatusOf(Exception exception) => exception switch
    {
        ApiException api => api.Status,
        StudyNotFoundException => StatusCodes.Status404NotFound,
        DataMissingException or ArtifactException => StatusCodes.Status409Conflict,
        InputException or StudyInputException => StatusCodes.Status400BadRequest,
        StorageException or StoreUnavailableException => StatusCodes.Status503ServiceUnavailable,
        BadHttpRequestException bad => bad.StatusCode,
        _ => StatusCodes.Status500InternalServerError,
    };
}
