using System.Globalization;
using System.Text;
using System.Text.Json;
using AtomSets.Studies;
using Npgsql;
using NpgsqlTypes;

namespace AtomSets.Storage;

/// <summary>Short forms for what every statement needs.</summary>
static class Sql
{
    /// <summary>A command with positional parameters ($1, $2, …); null is NULL.</summary>
    public static NpgsqlCommand Command(this NpgsqlConnection connection, string sql, params IReadOnlyList<object?> values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
            command.Parameters.Add(value is null ? new NpgsqlParameter { Value = DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text } : new NpgsqlParameter { Value = value });
        return command;
    }

    public static async Task<int> ExecuteAsync(this NpgsqlConnection connection, string sql, CancellationToken cancel, params IReadOnlyList<object?> values)
    {
        await using var command = connection.Command(sql, values);
        return await command.ExecuteNonQueryAsync(cancel);
    }

    public static async Task<List<T>> ReadAsync<T>(this NpgsqlConnection connection, Func<NpgsqlDataReader, T> row, string sql, CancellationToken cancel, params IReadOnlyList<object?> values)
    {
        await using var command = connection.Command(sql, values);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancel)) rows.Add(row(reader));
        return rows;
    }

    public static string? Text(this NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    public static int? Int(this NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetInt32(column);

    public static long? Long(this NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetInt64(column);

    /// <summary>A whole number of any width.</summary>
    public static long? Whole(this NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : Convert.ToInt64(reader.GetValue(column), CultureInfo.InvariantCulture);

    public static double? Double(this NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetDouble(column);

    public static TrialKey? Key(this NpgsqlDataReader reader, int column) => reader.Text(column) is { } key ? new TrialKey(key) : null;

    public static DateTimeOffset Time(this NpgsqlDataReader reader, int column) => reader.GetFieldValue<DateTimeOffset>(column);

    /// <summary>PostgreSQL's text holds every character but one.</summary>
    public static string Storable(string text) => text.Replace("\0", "", StringComparison.Ordinal);

    /// <summary>A value as jsonb takes it: that holds every character but the same one, which JSON can only write as an escape.</summary>
    public static string Json<T>(T value)
    {
        const string nothing = "\\u0000";
        var json = JsonSerializer.Serialize(value, StudyJson.Options);
        if (!json.Contains(nothing, StringComparison.Ordinal)) return json;
        var kept = new StringBuilder(json.Length);
        for (var at = 0; at < json.Length;)
        {
            if (json.AsSpan(at).StartsWith(nothing))
            {
                at += nothing.Length;
                continue;
            }
            // An escape is two characters at least: of two backslashes the second begins nothing.
            var length = json[at] == '\\' ? 2 : 1;
            kept.Append(json, at, length);
            at += length;
        }
        return kept.ToString();
    }

    /// <summary>How enumerations are written in columns.</summary>
    public static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();

    public static T Word<T>(string text) where T : struct, Enum => Enum.Parse<T>(text, ignoreCase: true);
}
