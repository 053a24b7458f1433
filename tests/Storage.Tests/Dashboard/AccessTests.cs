using System.Net;
using System.Text.Json;
using AtomSets.Dashboard;
using AtomSets.Engine;
using AtomSets.Materials;
using Xunit;

namespace AtomSets.Storage.Tests.Dashboard;

/// <summary>Who gets what: tokens, other sites, other names, large bodies, paths.</summary>
public sealed class AccessTests(ServedStudies served) : IClassFixture<ServedStudies>
{
    const string Secret = "a-secret-of-this-test-0123456789";

    [PostgresFact]
    public async Task Beyond_this_machine_a_token_is_needed()
    {
        var refusal = await Assert.ThrowsAsync<InputException>(() => DashboardServer.StartAsync(served.Sources, new IPEndPoint(IPAddress.Any, 0), null, default));
        Assert.Contains("--token", refusal.Message, StringComparison.Ordinal);
        Assert.Throws<InputException>(() => AccessToken.Of("short", "--token"));
    }

    [PostgresFact]
    public async Task A_port_that_is_taken_is_told()
    {
        var refusal = await Assert.ThrowsAsync<InputException>(() => DashboardServer.StartAsync(served.Sources, new IPEndPoint(IPAddress.Loopback, served.Address.Port), null, default));
        Assert.Contains("--port", refusal.Message, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task With_a_token_only_who_knows_it_is_answered()
    {
        await using var server = await DashboardServer.StartAsync(served.Sources, new IPEndPoint(IPAddress.Loopback, 0), AccessToken.Of(Secret, "--token"), default);
        Task<HttpResponseMessage> AskAsync(string path, string? bearer = null, string? cookie = null)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server.Address.GetLeftPart(UriPartial.Authority) + path));
            if (bearer is not null) request.Headers.Add("Authorization", $"Bearer {bearer}");
            if (cookie is not null) request.Headers.Add("Cookie", cookie);
            return served.Http.SendAsync(request);
        }
        async Task<HttpStatusCode> StatusAsync(string path, string? bearer = null, string? cookie = null)
        {
            using var answer = await AskAsync(path, bearer, cookie);
            return answer.StatusCode;
        }
        foreach (var path in new[] { "/api/v1/studies", "/", "/api/openapi.json", "/api/v1/events", "/assets/x.js" })
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(path));
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(path, Secret[1..]));
        }
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/healthz"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("/metrics"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/metrics", Secret));
        using (var refused = await AskAsync("/api/v1/studies"))
        {
            Assert.Equal("Bearer", Assert.Single(refused.Headers.WwwAuthenticate).Scheme);
            Assert.Equal("nosniff", Assert.Single(refused.Headers.GetValues("X-Content-Type-Options")));
        }
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/api/v1/studies", Secret));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync($"/?token={Secret}x"));

        using var opened = await AskAsync($"/studies/tiny?token={Secret}&view=1");
        Assert.Equal(HttpStatusCode.Redirect, opened.StatusCode);
        Assert.Equal("/studies/tiny?view=1", opened.Headers.Location!.OriginalString);
        var cookie = Assert.Single(opened.Headers.GetValues("Set-Cookie"));
        Assert.DoesNotContain(Secret, cookie, StringComparison.Ordinal);
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/api/v1/studies", cookie: cookie.Split(';')[0]));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("/api/v1/studies", cookie: cookie.Split(';')[0][..^1]));
        // Nowhere but in the address of the first request: never to another site.
        using var elsewhere = await AskAsync($"//evil.example/?token={Secret}");
        Assert.Equal("/evil.example/", elsewhere.Headers.Location!.OriginalString);
    }

    [PostgresFact]
    public async Task Without_a_token_only_names_of_this_machine_are_answered()
    {
        Assert.Equal(HttpStatusCode.MisdirectedRequest, (await served.SendAsync(HttpMethod.Get, "/api/v1/studies", null, ("Host", "evil.example"))).Status);
        Assert.Equal(HttpStatusCode.OK, (await served.SendAsync(HttpMethod.Get, "/api/v1/studies", null, ("Host", $"localhost:{served.Address.Port}"))).Status);
    }

    [PostgresTheory]
    [InlineData("Origin", "http://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    public async Task Another_site_cannot_stop_a_study(string header, string value)
    {
        var (status, text) = await served.SendAsync(HttpMethod.Post, $"/api/v1/studies/{ServedStudies.Transfer}/cancel", "{}", (header, value));
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Contains("another site", text, StringComparison.Ordinal);
    }

    [PostgresTheory]
    [InlineData("cross-site", "no-cors", HttpStatusCode.Forbidden)]
    [InlineData("same-site", "cors", HttpStatusCode.Forbidden)]
    [InlineData("cross-site", "navigate", HttpStatusCode.OK)]
    [InlineData("same-origin", "cors", HttpStatusCode.OK)]
    [InlineData("none", "navigate", HttpStatusCode.OK)]
    public async Task Another_site_can_lead_here_and_cannot_ask(string site, string mode, HttpStatusCode expected) =>
        Assert.Equal(expected, (await served.SendAsync(HttpMethod.Get, "/api/v1/studies", null, ("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", mode))).Status);

    [PostgresTheory]
    [InlineData("studies?lmit=3", "'lmit'")]
    [InlineData("studies/tiny/runs?lmit=3", "limit")]
    [InlineData("studies/tiny/configurations?descending=yes", "descending=yes: must be true or false")]
    [InlineData("studies/tiny/configurations?seed=1", "'seed'")]
    [InlineData("studies/tiny/decisions?text=%00", "U+0000")]
    [InlineData("datasets/ionic:9999999:1", "20000 at most")]
    [InlineData("datasets/ionic:99999999999:1/histogram?column=band_gap_ev", "20000 at most")]
    public async Task What_cannot_be_meant_is_refused(string path, string said)
    {
        var (status, text) = await served.SendAsync(HttpMethod.Get, $"/api/v1/{path}");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(said, JsonDocument.Parse(text).RootElement.Text("detail"), StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Ids_of_events_hold_nothing_of_who_asks()
    {
        using var answer = await served.Http.GetAsync($"/api/v1/studies/{ServedStudies.Transfer}/events?lastEventId=x%0Adata:%20forged.y");
        Assert.DoesNotContain("forged", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task A_body_must_be_json_small_and_without_unknown_members()
    {
        using var form = await served.Http.PostAsync("api/v1/predict", new FormUrlEncodedContent([new("model", "x")]));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, form.StatusCode);
        var large = $"{{\"model\":\"{new string('x', DashboardApi.MostBodyBytes)}\"}}";
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await served.SendAsync(HttpMethod.Post, "/api/v1/predict", large)).Status);
        // One that does not say how long it is, is read no further than that.
        using var endless = new HttpRequestMessage(HttpMethod.Post, new Uri(served.Address, "/api/v1/predict")) { Content = new StreamContent(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(large))) };
        (endless.Content.Headers.ContentType, endless.Headers.TransferEncodingChunked) = (new("application/json"), true);
        using (var refused = await served.Http.SendAsync(endless)) Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await served.SendAsync(HttpMethod.Post, "/api/v1/predict", "{\"modell\":\"x\"}")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await served.SendAsync(HttpMethod.Post, "/api/v1/predict", "[")).Status);
        // From our own pages, or from a program, it passes the guard.
        var own = ("Origin", served.Address.GetLeftPart(UriPartial.Authority));
        Assert.Equal(HttpStatusCode.NotFound, (await served.SendAsync(HttpMethod.Post, "/api/v1/predict", "{\"model\":\"nosuch\",\"formula\":\"NaCl\"}", own, ("Sec-Fetch-Site", "same-origin"))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await served.SendAsync(HttpMethod.Post, "/api/v1/studies/nosuch/cancel", "{}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await served.SendAsync(HttpMethod.Get, "/api/v1/predict")).Status);
    }

    [PostgresTheory]
    [InlineData("/../../etc/passwd")]
    [InlineData("/%2e%2e/%2e%2e/etc/passwd")]
    [InlineData("/..%2f..%2fetc%2fpasswd")]
    [InlineData("/assets/..%5c..%5csecret.txt")]
    [InlineData("/api/v1/datasets/%2Fetc%2Fpasswd")]
    [InlineData("/api/v1/datasets/..%2F..%2Fsecret.csv")]
    [InlineData("/api/v1/models/..%2F..%2Fmodels%2Fx")]
    [InlineData("/api/v1/models/%2Fetc%2Fpasswd")]
    [InlineData("/api/v1/nosuch")]
    public async Task No_path_leads_to_a_file_of_the_machine(string path)
    {
        using var answer = await served.Http.GetAsync(new Uri(served.Address.GetLeftPart(UriPartial.Authority) + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.DoesNotContain("root:", text, StringComparison.Ordinal);
        // At most the page that shows an unknown view.
        Assert.True(answer.StatusCode == HttpStatusCode.NotFound || (answer.IsSuccessStatusCode && answer.Content.Headers.ContentType?.MediaType == "text/html" && !path.StartsWith("/api", StringComparison.Ordinal)), $"{path}: {answer.StatusCode} {text}");
    }

    [PostgresFact]
    public async Task The_pages_may_load_nothing_from_elsewhere()
    {
        using var answer = await served.Http.GetAsync("/");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("default-src 'none'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
    }
}
