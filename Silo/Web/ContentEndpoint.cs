using AtomSets.Engine;
using Microsoft.AspNetCore.Http;

namespace AtomSets.Silo;

/// <summary>
/// Gives other silos what is named by its hash, never by a path: <c>/artifacts/HASH</c> the bytes of an artifact or of a file of a data set, <c>/sets/HASH</c>
/// which files a data set has. Whoever gets them checks the hash.
/// </summary>
sealed class ContentEndpoint(ArtifactStore artifacts, DataShelf shelf)
{
    const string Artifacts = "/artifacts/", Sets = "/sets/";

    /// <summary>Whether a path is for content: everything under its two folders, whatever it names there.</summary>
    public static bool IsFor(string path) => path.StartsWith(Artifacts, StringComparison.Ordinal) || path.StartsWith(Sets, StringComparison.Ordinal);

    public Task AnswerAsync(HttpContext request)
    {
        var path = request.Request.Path.Value ?? "";
        if (!HttpMethods.IsGet(request.Request.Method)) return SayAsync(request, StatusCodes.Status405MethodNotAllowed, "only GET");
        if (path.StartsWith(Artifacts, StringComparison.Ordinal) && path[Artifacts.Length..] is var hash && ArtifactStore.IsHash(hash)) return SendFileAsync(request, hash);
        if (path.StartsWith(Sets, StringComparison.Ordinal) && path[Sets.Length..] is var set && ArtifactStore.IsHash(set)) return SendSetAsync(request, set);
        return SayAsync(request, StatusCodes.Status404NotFound, "unknown");
    }

    async Task SendFileAsync(HttpContext request, string hash)
    {
        try
        {
            await using var file = new FileStream(artifacts.Contains(hash) ? artifacts.PathOf(hash) : shelf.Locate(hash) ?? throw new FileNotFoundException(),
                FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16, FileOptions.Asynchronous | FileOptions.SequentialScan);
            request.Response.ContentType = "application/octet-stream";
            request.Response.ContentLength = file.Length;
            await file.CopyToAsync(request.Response.Body, request.RequestAborted);
        }
        catch (Exception e) when (!request.Response.HasStarted && e is FileNotFoundException or DirectoryNotFoundException)
        {
            await SayAsync(request, StatusCodes.Status404NotFound, "not here");
        }
    }

    async Task SendSetAsync(HttpContext request, string hash)
    {
        var files = await Task.Run(() => shelf.Files(hash));
        if (files.Count == 0) await SayAsync(request, StatusCodes.Status404NotFound, "not here");
        else await request.Response.WriteAsJsonAsync(files, request.RequestAborted);
    }

    static Task SayAsync(HttpContext request, int status, string text)
    {
        (request.Response.StatusCode, request.Response.ContentLength) = (status, null);
        return request.Response.WriteAsync(text, request.RequestAborted);
    }
}
