using System.Globalization;
using System.Text.Json;
using AtomSets.Storage;
using Microsoft.AspNetCore.Http;

namespace AtomSets.Dashboard;

/// <summary>What is asked: of a route, its parameters and its body.</summary>
/// <param name="route">Values of the path's parameters.</param>
/// <param name="query">A query parameter's value, or null.</param>
/// <param name="cancellation">The asker has gone.</param>
sealed class ApiRequest(Func<string, string?> route, Func<string, string?> query, CancellationToken cancellation)
{
    public CancellationToken Cancellation { get; } = cancellation;

    /// <summary>The request as it came; null where the program asks itself.</summary>
    public HttpContext? Http { get; private init; }

    public static ApiRequest Of(HttpContext http) => new(
        name => http.Request.RouteValues[name] as string, name => http.Request.Query[name] is [{ Length: > 0 } value, ..] ? value : null, http.RequestAborted) { Http = http };

    /// <summary>All query parameters as they came; null where the program asks itself.</summary>
    public string? Query => Http?.Request.QueryString.Value;

    /// <summary>A parameter of the path.</summary>
    public string this[string name] => route(name) ?? "";

    public string? Text(string name) => query(name);

    /// <exception cref="ApiException">Required and left out, or not one of its words.</exception>
    public string? Text(ApiParameter parameter)
    {
        var text = query(parameter.Name) ?? parameter.Default as string;
        if (text is null && parameter.IsRequired) throw ApiException.BadRequest($"{parameter.Name} is missing: {parameter.About}");
        if (text is not null && parameter.Words.Length > 0 && !parameter.Words.Contains(text, StringComparer.Ordinal))
            throw ApiException.BadRequest($"{parameter.Name}={text}: must be one of {string.Join(", ", parameter.Words)}");
        return text;
    }

    /// <exception cref="ApiException">No whole number within its bounds.</exception>
    public int Count(ApiParameter parameter)
    {
        if (query(parameter.Name) is not { } text) return (int)parameter.Default!;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= parameter.Least && number <= parameter.Most) return number;
        throw ApiException.BadRequest(string.Create(CultureInfo.InvariantCulture, $"{parameter.Name}={text}: must be a whole number of {parameter.Least} to {parameter.Most}"));
    }

    /// <exception cref="ApiException">Neither true nor false.</exception>
    public bool Flag(ApiParameter parameter) => query(parameter.Name) switch
    {
        null or "false" or "0" => false,
        "true" or "1" => true,
        var text => throw ApiException.BadRequest($"{parameter.Name}={text}: must be true or false"),
    };

    /// <exception cref="ApiException">No number.</exception>
    public double? Number(ApiParameter parameter)
    {
        if (query(parameter.Name) is not { } text) return null;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)) return number;
        throw ApiException.BadRequest($"{parameter.Name}={text}: must be a number");
    }

    /// <summary>Values with commas between them.</summary>
    public List<string> List(string name) => [.. (query(name) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];

    /// <summary>The rows that are meant, of one study.</summary>
    /// <exception cref="ApiException">A size or seed is no whole number.</exception>
    public ResultFilter Filter(string study) => new()
    {
        Studies = [study], Targets = List("target"), Modes = List("mode"), Models = List("model"), Sources = List("source"), Roles = List("role"), DataSets = List("data"), Properties = List("property"),
        Sizes = Numbers("size"), Seeds = Numbers("seed"),
    };

    /// <summary>The body as JSON.</summary>
    /// <exception cref="ApiException">It is none, or holds what it must not.</exception>
    public async Task<T> BodyAsync<T>()
    {
        try
        {
            return await JsonSerializer.DeserializeAsync<T>(Http!.Request.Body, ApiJson.Options, Cancellation) ?? throw ApiException.BadRequest("the body is null: send a JSON object");
        }
        catch (JsonException e)
        {
            throw ApiException.BadRequest($"the body cannot be read: {e.Message}");
        }
    }

    List<long> Numbers(string name) => [.. List(name).Select(text => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
        ? number : throw ApiException.BadRequest($"{name}={text}: must be a whole number"))];
}
