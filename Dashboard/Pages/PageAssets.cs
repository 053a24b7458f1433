using System.Collections.Frozen;
using System.Reflection;
using Microsoft.AspNetCore.Http;

namespace AtomSets.Dashboard;

/// <summary>The pages: files that the build has embedded under <c>web/</c>. Looked up by name, never as a path of the machine.</summary>
sealed class PageAssets
{
    const string Prefix = "web/", Index = "index.html", Report = "report.html";

    const string Policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>What stands for the pages in a program that was built without npm.</summary>
    const string Absent = """
        <!doctype html><html lang="en"><meta charset="utf-8"><title>AtomSets Cluster</title>
        <p>This program was built without its pages: install Node.js with npm and start <code>./atomsets ui</code> again.
        The <a href="/api/v1/studies">HTTP API</a> works; <a href="/api/openapi.json">its description</a>.</p></html>
        """;

    static readonly Assembly s_assembly = typeof(PageAssets).Assembly;

    static readonly FrozenDictionary<string, string> s_types = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        [".html"] = "text/html; charset=utf-8", [".js"] = "text/javascript; charset=utf-8", [".css"] = "text/css; charset=utf-8", [".svg"] = "image/svg+xml", [".png"] = "image/png",
        [".ico"] = "image/x-icon", [".json"] = "application/json", [".woff2"] = "font/woff2", [".txt"] = "text/plain; charset=utf-8", [".webmanifest"] = "application/manifest+json",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    readonly FrozenSet<string> _names = s_assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Select(name => name[Prefix.Length..]).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Whether the program has its pages.</summary>
    public bool Exist => _names.Contains(Index);

    /// <summary>The page that shows a study from the answers put into it; null in a program without pages.</summary>
    public string? ReportPage()
    {
        if (!_names.Contains(Report)) return null;
        using var reader = new StreamReader(Open(Report));
        return reader.ReadToEnd();
    }

    /// <summary>Sends a file of the pages, or for the address of a view the page that shows it.</summary>
    public async Task ServeAsync(HttpContext http)
    {
        if (!HttpMethods.IsGet(http.Request.Method) && !HttpMethods.IsHead(http.Request.Method))
        {
            await ApiProblem.WriteAsync(http, StatusCodes.Status405MethodNotAllowed, "only GET");
            return;
        }
        var path = (http.Request.Path.Value ?? "/").TrimStart('/');
        if (!Exist && path.Length == 0)
        {
            Head(http, Index);
            await http.Response.WriteAsync(Absent, http.RequestAborted);
            return;
        }
        var isView = !path.Contains('.', StringComparison.Ordinal) || path.LastIndexOf('.') < path.LastIndexOf('/');
        var name = _names.Contains(path) ? path : isView && !path.StartsWith("api/", StringComparison.Ordinal) && Exist ? Index : null;
        if (name is null)
        {
            await ApiProblem.WriteAsync(http, StatusCodes.Status404NotFound, "there is nothing here");
            return;
        }
        Head(http, name);
        await using var content = Open(name);
        // Compression may change the length.
        if (HttpMethods.IsGet(http.Request.Method)) await content.CopyToAsync(http.Response.Body, http.RequestAborted);
    }

    static Stream Open(string name) => s_assembly.GetManifestResourceStream(Prefix + name)!;

    static void Head(HttpContext http, string name)
    {
        http.Response.ContentType = s_types.GetValueOrDefault(Path.GetExtension(name), "application/octet-stream");
        http.Response.Headers.CacheControl = name.StartsWith("assets/", StringComparison.Ordinal) ? "public, max-age=31536000, immutable" : "no-cache";
        http.Response.Headers.ContentSecurityPolicy = Policy;
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
    }
}
