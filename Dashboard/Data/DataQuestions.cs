using AtomSets.Materials;

namespace AtomSets.Dashboard;

/// <summary>Questions about data sets.</summary>
sealed class DataQuestions(DataDesk desk)
{
    static readonly ApiParameter s_column = new("column", "string", "A number column.") { IsRequired = true }, s_bins = ApiParameter.Count("bins", "How many.", 40, 1, 500),
        s_refused = ApiParameter.Limit(200, 10_000), s_id = new("id", "string", "Id of a row.") { IsRequired = true };

    public IEnumerable<ApiRoute> Routes =>
    [
        ApiRoute.Get("/datasets", "The known data sets and where each is found.", _ => Task.Run(List)),
        ApiRoute.Get("/datasets/{name}", "One data set: columns with units and distributions, licence, citations, problems, published figures.", ShowAsync),
        ApiRoute.Get("/datasets/{name}/histogram", "How the values of a column are distributed.", HistogramAsync, s_column, s_bins),
        ApiRoute.Get("/datasets/{name}/refused", "Rows that cannot be used, with the reasons.", RefusedAsync, ApiParameter.Offset, s_refused),
        ApiRoute.Get("/datasets/{name}/material", "One material with its values and its crystal.", async request => MaterialAnswer.Of(await desk.ReadAsync(Set(request), structures: true, request.Cancellation), request.Text(s_id)!), s_id),
    ];

    string Set(ApiRequest request) => desk.Named(request["name"]);

    DataSetsAnswer List() => new([.. DataSetListing.Of(desk.Loader).Select(set => new DataSetLine(
        set.Name, set.Title, set.Kind, set.Rows > 0 ? set.Rows : null, set.Path is not null || set.HowToObtain is null, set.HowToObtain, set.Licence))]);

    async Task<DataSetAnswer> ShowAsync(ApiRequest request)
    {
        var name = Set(request);
        var info = DataSetInfo.Of(await desk.ReadAsync(name, structures: false, request.Cancellation));
        var set = info.Set;
        return new DataSetAnswer(
            set.Name, set.Title, set.Generator is not null ? "generated" : set.HasStructures ? "structures" : "compositions", info.Rows, info.Refused, set.Generator is null ? Path.GetFileName(info.Source) : info.Source, info.ContentHash, set.Licence,
            set.Citations, set.Problems, [.. set.Published.Select(figure => new PublishedFigureAnswer(figure.Column, figure.Metric, figure.Value, figure.Method, figure.Input, figure.Note))],
            [.. info.Parts.Select(part => new PartsAnswer(part.Key, [.. part.Value.Select(value => new PartAnswer(value.Key, value.Value))]))],
            [.. info.Columns.Select(c => new ColumnAnswer(c.Column, c.Unit, c.About, c.Count, c.Missing, c.Mean, c.StandardDeviation, c.MeanAbsoluteDeviation, c.Min, c.Quantile05, c.Quantile25, c.Median, c.Quantile75, c.Quantile95, c.Max))]);
    }

    async Task<HistogramAnswer> HistogramAsync(ApiRequest request)
    {
        var set = await desk.ReadAsync(Set(request), structures: false, request.Cancellation);
        var column = request.Text(s_column)!;
        return HistogramAnswer.Of(column, set.Unit(column), set.Column(column), request.Count(s_bins));
    }

    async Task<RefusedAnswer> RefusedAsync(ApiRequest request)
    {
        var refused = (await desk.ReadAsync(Set(request), structures: true, request.Cancellation)).Refusals;
        return new RefusedAnswer(refused.Count, [.. refused.Skip(request.Count(ApiParameter.Offset)).Take(request.Count(s_refused)).Select(row => new RefusedRow(Path.GetFileName(row.File), row.Row, row.Id, row.Reason))]);
    }
}

sealed record DataSetsAnswer(IReadOnlyList<DataSetLine> Datasets);

/// <param name="Kind">structures, compositions or generated.</param>
/// <param name="Rows">Null where unknown.</param>
/// <param name="HowToObtain">What to do where it is not here.</param>
sealed record DataSetLine(string Name, string Title, string Kind, int? Rows, bool IsHere, string? HowToObtain, string Licence);

/// <param name="Refused">Rows that cannot be used, structures not looked at.</param>
/// <param name="Source">Name of the file.</param>
sealed record DataSetAnswer(
    string Name, string Title, string Kind, int Rows, int Refused, string Source, string ContentHash, string Licence, IReadOnlyList<string> Citations, IReadOnlyList<string> Problems,
    IReadOnlyList<PublishedFigureAnswer> Published, IReadOnlyList<PartsAnswer> Parts, IReadOnlyList<ColumnAnswer> Columns);

sealed record PublishedFigureAnswer(string Column, string Metric, double Value, string Method, string Input, string? Note);

/// <summary>Rows by the values of a split or fold column.</summary>
sealed record PartsAnswer(string Column, IReadOnlyList<PartAnswer> Values);

sealed record PartAnswer(string Value, int Count);

/// <summary>Distribution of a column, in its unit; quantiles of 5, 25, 75 and 95 %.</summary>
sealed record ColumnAnswer(
    string Name, string Unit, string About, int Count, int Missing, double Mean, double StandardDeviation, double MeanAbsoluteDeviation, double Min, double Q05, double Q25, double Median, double Q75, double Q95, double Max);

/// <param name="Edges">One more than counts, ascending, in the column's unit; a value at the last edge is in the last bin.</param>
sealed record HistogramAnswer(string Column, string Unit, int Count, int Missing, IReadOnlyList<double> Edges, IReadOnlyList<int> Counts)
{
    public static HistogramAnswer Of(string column, string unit, ReadOnlySpan<double> values, int bins)
    {
        var finite = values.ToArray().Where(double.IsFinite).ToArray();
        if (finite.Length == 0) return new HistogramAnswer(column, unit, 0, values.Length, [], []);
        var (low, high) = (finite.Min(), finite.Max());
        if (low == high) (low, high, bins) = (low - 0.5, high + 0.5, 1);
        var counts = new int[bins];
        foreach (var value in finite) counts[Math.Min(bins - 1, (int)((value - low) / (high - low) * bins))]++;
        return new HistogramAnswer(column, unit, finite.Length, values.Length - finite.Length, [.. Enumerable.Range(0, bins + 1).Select(i => i == bins ? high : low + (high - low) * i / bins)], counts);
    }
}

sealed record RefusedAnswer(int Total, IReadOnlyList<RefusedRow> Rows);

sealed record RefusedRow(string File, int Row, string Id, string Reason);
