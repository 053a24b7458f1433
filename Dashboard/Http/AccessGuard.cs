using System.Security.Cryptography;
using System.Text;
using AtomSets.Engine;
using Microsoft.AspNetCore.Http;

namespace AtomSets.Dashboard;

/// <summary>
/// Who may ask. With a token: whoever sends it as <c>Authorization: Bearer …</c>, or in the cookie that opening <c>/?token=…</c> once gives. Without one: programs of
/// this machine, and only under a name of this machine, so that no page of another site reaches us through a name of its own (DNS rebinding). What changes something
/// must come from our own pages or from no page at all, and as JSON, which no form of another site can send; and no other site's page makes us compute an answer that it may not read.
/// </summary>
/// <param name="token">Null for none.</param>
sealed class AccessGuard(AccessToken? token)
{
    const string Cookie = "atomsets-token", Parameter = "token";

    /// <summary>Sends what must not pass its answer.</summary>
    /// <returns>Whether the request may pass.</returns>
    public async Task<bool> AdmitAsync(HttpContext http)
    {
        if (token is null)
        {
            if (!LocalRequest.IsFromThisMachine(http))
            {
                await ApiProblem.WriteAsync(http, StatusCodes.Status401Unauthorized, "there is no token, so this is for programs of its own machine: start it with a token");
                return false;
            }
            if (!LocalRequest.NamesThisMachine(http))
            {
                await ApiProblem.WriteAsync(http, StatusCodes.Status421MisdirectedRequest, $"'{http.Request.Host.Host}' is no name of this machine: use 127.0.0.1 or localhost");
                return false;
            }
        }
        else if (!await IsKnownAsync(http, token)) return false;
        if (HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method))
        {
            // A link may lead here.
            if (http.Request.Headers["Sec-Fetch-Mode"] is ["navigate"] || IsSameOrigin(http.Request)) return true;
            await ApiProblem.WriteAsync(http, StatusCodes.Status403Forbidden, "a page of another site may not ask this");
            return false;
        }
        if (!IsSameOrigin(http.Request))
        {
            await ApiProblem.WriteAsync(http, StatusCodes.Status403Forbidden, "a page of another site may not do this");
            return false;
        }
        if (http.Request.HasJsonContentType()) return true;
        await ApiProblem.WriteAsync(http, StatusCodes.Status415UnsupportedMediaType, "send JSON: Content-Type: application/json");
        return false;
    }

    static async Task<bool> IsKnownAsync(HttpContext http, AccessToken token)
    {
        var request = http.Request;
        if (token.Admits(request.Headers.Authorization) || (request.Cookies[Cookie] is { } cookie && FixedTimeEquals(cookie, CookieOf(token)))) return true;
        if (request.Query[Parameter] is [{ } given] && HttpMethods.IsGet(request.Method) && token.Admits($"Bearer {given}"))
        {
            // The secret leaves the address line, the history and what people copy from there.
            http.Response.Cookies.Append(Cookie, CookieOf(token), new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = request.IsHttps, Path = "/" });
            var rest = QueryString.Create(request.Query.Where(pair => pair.Key != Parameter));
            http.Response.Redirect($"/{request.Path.ToUriComponent().TrimStart('/')}{rest.ToUriComponent()}");
            return false;
        }
        http.Response.Headers.WWWAuthenticate = "Bearer";
        await ApiProblem.WriteAsync(http, StatusCodes.Status401Unauthorized, "a token is needed: open the address with ?token=… once, or send Authorization: Bearer …");
        return false;
    }

    /// <summary>Not the token itself: whoever reads a browser's cookies learns no more than what these pages give.</summary>
    static string CookieOf(AccessToken token) => Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(token.Text), "atomsets pages"u8));

    static bool FixedTimeEquals(string a, string b) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(a), Encoding.UTF8.GetBytes(b));

    /// <summary>Browsers say where a request comes from; programs do not.</summary>
    static bool IsSameOrigin(HttpRequest request)
    {
        if (request.Headers["Sec-Fetch-Site"] is [{ } site] && site is not ("same-origin" or "none")) return false;
        return request.Headers.Origin is not [{ } origin] || (Uri.TryCreate(origin, UriKind.Absolute, out var from) && from.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase));
    }
}
