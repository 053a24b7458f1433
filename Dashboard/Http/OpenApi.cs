using System.Text.Json;
using System.Text.Json.Nodes;

namespace AtomSets.Dashboard;

/// <summary>The API's description (OpenAPI 3.1), from the same table that serves it.</summary>
static class OpenApi
{
    public static JsonObject Describe(IEnumerable<ApiRoute> routes, string version)
    {
        var schemas = new JsonObject { [nameof(ApiProblem)] = ApiJson.SchemaOf(typeof(ApiProblem)) };
        var paths = new JsonObject();
        foreach (var route in routes)
        {
            var path = ApiRoute.Prefix + route.Path;
            if (paths[path] is not JsonObject operations) paths[path] = operations = [];
            operations[route.Method.ToLowerInvariant()] = Operation(route, schemas);
        }
        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject { ["title"] = "AtomSets Cluster", ["version"] = version, ["description"] = "Studies, their progress and results, data sets, models, predictions. Errors are in the unit named beside them, times in seconds." },
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = schemas,
                ["securitySchemes"] = new JsonObject { ["token"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["description"] = "Where the server was started with a token." } },
            },
            ["security"] = new JsonArray(new JsonObject(), new JsonObject { ["token"] = new JsonArray() }),
        };
    }

    static JsonObject Operation(ApiRoute route, JsonObject schemas)
    {
        var operation = new JsonObject
        {
            ["summary"] = route.Summary,
            ["operationId"] = $"{route.Method.ToLowerInvariant()}{string.Concat(route.Path.Split('/', '{', '}').Where(part => part.Length > 0).Select(part => char.ToUpperInvariant(part[0]) + part[1..]))}",
            ["parameters"] = new JsonArray([.. PathParameters(route.Path), .. route.Parameters.Select(Parameter)]),
            ["responses"] = new JsonObject
            {
                ["200"] = new JsonObject
                {
                    ["description"] = "The answer.",
                    ["content"] = new JsonObject { [route.ContentType] = new JsonObject { ["schema"] = Reference(route.Answer, schemas) } },
                },
                ["default"] = new JsonObject
                {
                    ["description"] = "What is wrong.",
                    ["content"] = new JsonObject { ["application/problem+json"] = new JsonObject { ["schema"] = Reference(typeof(ApiProblem), schemas) } },
                },
            },
        };
        if (route.Body is { } body) operation["requestBody"] = new JsonObject { ["required"] = true, ["content"] = new JsonObject { ["application/json"] = new JsonObject { ["schema"] = Reference(body, schemas) } } };
        return operation;
    }

    static IEnumerable<JsonNode> PathParameters(string path) => path.Split('/').Where(part => part.StartsWith('{'))
        .Select(part => new JsonObject { ["name"] = part.Trim('{', '}'), ["in"] = "path", ["required"] = true, ["schema"] = new JsonObject { ["type"] = "string" } });

    static JsonNode Parameter(ApiParameter parameter)
    {
        var schema = new JsonObject { ["type"] = parameter.Type };
        if (parameter.Default is not null) schema["default"] = JsonSerializer.SerializeToNode(parameter.Default);
        if (parameter.Least is { } least) schema["minimum"] = least;
        if (parameter.Most is { } most and < int.MaxValue) schema["maximum"] = most;
        if (parameter.Words.Length > 0) schema["enum"] = new JsonArray([.. parameter.Words.Select(word => JsonValue.Create(word))]);
        return new JsonObject { ["name"] = parameter.Name, ["in"] = "query", ["required"] = parameter.IsRequired, ["description"] = parameter.About, ["schema"] = schema };
    }

    static JsonObject Reference(Type type, JsonObject schemas)
    {
        if (type == typeof(string)) return new JsonObject { ["type"] = "string" };
        if (!schemas.ContainsKey(type.Name)) schemas[type.Name] = ApiJson.SchemaOf(type);
        return new JsonObject { ["$ref"] = $"#/components/schemas/{type.Name}" };
    }
}
