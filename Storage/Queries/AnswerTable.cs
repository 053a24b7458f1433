using Npgsql;

namespace AtomSets.Storage;

/// <summary>What every query about results answers: named columns, and rows of text, numbers, booleans, times and nulls.</summary>
/// <param name="More">Whether there are more rows than were asked for.</param>
public sealed record AnswerTable(IReadOnlyList<string> Columns, IReadOnlyList<object?[]> Rows, bool More)
{
    /// <summary>A column's place.</summary>
    public int this[string column]
    {
        get
        {
            for (var i = 0; i < Columns.Count; i++)
                if (Columns[i] == column) return i;
            throw new ArgumentException($"There is no column '{column}' among {string.Join(", ", Columns)}.", nameof(column));
        }
    }

    /// <summary>Reads a statement's answer, at most <paramref name="limit"/> rows of it.</summary>
    internal static async Task<AnswerTable> ReadAsync(NpgsqlConnection connection, string sql, int limit, CancellationToken cancel, IReadOnlyList<object?> values)
    {
        await using var command = connection.Command(sql, values);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var columns = Enumerable.Range(0, reader.FieldCount).Select(reader.GetName).ToList();
        var rows = new List<object?[]>();
        while (await reader.ReadAsync(cancel))
        {
            if (rows.Count == limit) return new AnswerTable(columns, rows, More: true);
            var row = new object?[columns.Count];
            for (var i = 0; i < row.Length; i++)
                row[i] = reader.IsDBNull(i) ? null : reader.GetValue(i) switch
                {
                    int number => (long)number,
                    decimal number => (double)number,
                    DateTime time => new DateTimeOffset(time),
                    var value => value,
                };
            rows.Add(row);
        }
        return new AnswerTable(columns, rows, More: false);
    }
}

/// <summary>Which part of an answer is wanted.</summary>
/// <param name="Limit">Rows at most; 0 for all.</param>
/// <param name="Offset">Rows to pass over first.</param>
public sealed record AnswerPage(int Limit, int Offset = 0)
{
    internal int Rows => Limit > 0 ? Limit : int.MaxValue;

    /// <summary>One row more than wanted, so that it is known whether there is one.</summary>
    internal string Sql => Limit > 0
        ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"LIMIT {(long)Limit + 1} OFFSET {Offset}")
        : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"OFFSET {Offset}");
}
