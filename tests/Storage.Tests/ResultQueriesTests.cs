using System.Collections.Immutable;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Storage.Tests;

public sealed class ResultQueriesTests(TestDatabase test) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    static readonly CancellationToken None = CancellationToken.None;

    ResultQueries Queries => new(test.Database);

    public async Task InitializeAsync()
    {
        if (PostgresPresence.SkipReason is not null) return;
        await test.ExecuteAsync("TRUNCATE studies, trials, stale_reports, models CASCADE");
        await new StudyFixture(test.Database).AddAsync("alpha",
            new("pre", "pretrain", 4000, 0, 0.05) { Unit = "eV/atom", Target = "e_form" },
            new("s50/0", "scratch", 50, 0, 100, 110), new("s50/1", "scratch", 50, 1, 110, 120, StopReason.Cap), new("s50/2", "scratch", 50, 2, 120, 130),
            new("f50/0", "full", 50, 0, 50, 60), new("f50/1", "full", 50, 1, 60, 80), new("f50/2", "full", 50, 2, null, null, Failure: "device lost"),
            new("f400/0", "full", 400, 0, null));
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [PostgresFact]
    public async Task A_row_joins_a_run_with_its_evaluation()
    {
        var rows = await Queries.RowsAsync(new ResultFilter { Studies = ["alpha"], Modes = ["scratch"] }, 100, None);
        Assert.Equal(["s50/0", "s50/1", "s50/2"], rows.Select(r => r.Node));
        var row = rows[1];
        Assert.Equal(("scratch/50", 1, NodeStatus.Finished, "megnet", "scratch", "peak", 50L, 1L), (row.Group, row.Replicate, row.Status, row.Model, row.Mode, row.Target, row.Size, row.Seed));
        Assert.Equal((110.0, 120.0, "mae", "1/cm", 2, 2, "cap", 10.0), (row.ValidationError, row.TestError, row.Metric, row.Unit, row.Epochs, row.BestEpoch, row.Stop, row.Seconds));
        Assert.Equal(("transfer", "phonons", "last_peak", null), (row.Role, row.DataSet, row.Property, row.SourceSize));
        Assert.NotNull(row.Key);
        Assert.NotNull(row.TestKey);
    }

    [PostgresFact]
    public async Task A_run_of_a_search_says_what_was_drawn_and_where_it_paused()
    {
        var drawn = ImmutableSortedDictionary<string, string>.Empty.Add("width", "16").Add("learning_rate", "0.002");
        await new StudyFixture(test.Database).AddAsync("searched",
            new("search/0/0@3", "scratch", 50, 7, 1.5) { Labels = drawn.Add("rung", "3") }, new("search/0/0", "scratch", 60, 7, 1.2) { Labels = drawn });
        var rows = await Queries.RowsAsync(new ResultFilter { Studies = ["searched"] }, 100, None);
        Assert.Equal([3, null], rows.Select(row => row.Rung));
        Assert.All(rows, row => Assert.Equal(drawn.AsEnumerable(), row.Drawn));
        Assert.Empty((await Queries.RowsAsync(new ResultFilter { Studies = ["alpha"] }, 1, None))[0].Drawn);
    }

    [PostgresFact]
    public async Task Rows_without_a_result_show_where_they_stand()
    {
        var rows = await Queries.RowsAsync(new ResultFilter { Modes = ["full"], Sizes = [50, 400], Seeds = [0, 2] }, 100, None);
        Assert.Equal([("f50/0", NodeStatus.Finished, null), ("f50/2", NodeStatus.Failed, "device lost"), ("f400/0", NodeStatus.Requested, (string?)null)],
            rows.Select(r => (r.Node, r.Status, r.Reason)));
        Assert.Null(rows[2].ValidationError);
        Assert.Equal(["f50/0"], (await Queries.RowsAsync(new ResultFilter { Modes = ["full"], Seeds = [0, 2], FinishedOnly = true }, 100, None)).Select(r => r.Node));
        Assert.Equal(2, (await Queries.RowsAsync(new ResultFilter(), 2, None)).Count);
    }

    [PostgresFact]
    public async Task Groups_give_mean_and_standard_error_and_count_what_ended_otherwise()
    {
        var groups = await Queries.GroupsAsync(new ResultFilter { Targets = ["peak"] }, [ResultColumn.Mode, ResultColumn.Size], None);
        Assert.Equal(["full 50", "full 400", "scratch 50"], groups.Select(g => string.Join(' ', g.By)));
        var scratch = groups[2];
        Assert.Equal((3, 0, 0, 1, "mae", "1/cm", 30.0), (scratch.Runs, scratch.Failed, scratch.Pending, scratch.Capped, scratch.Metric, scratch.Unit, scratch.Seconds));
        Assert.Equal((120.0, 3), (scratch.Test!.Mean, scratch.Test.Count));
        Assert.Equal(10 / Math.Sqrt(3), scratch.Test.StandardError!.Value, 1e-12);
        Assert.Equal(110, scratch.Validation!.Mean);
        Assert.Equal((2, 1, 0), (groups[0].Runs, groups[0].Failed, groups[0].Pending));
        Assert.Equal(10, groups[0].Test!.StandardError!.Value, 1e-12); // 60 and 80: s = √200, s/√2 = 10
        Assert.Equal((0, 0, 1), (groups[1].Runs, groups[1].Failed, groups[1].Pending));
        Assert.Null(groups[1].Test);
    }

    [PostgresTheory]
    [InlineData(ResultColumn.Study, "alpha")]
    [InlineData(ResultColumn.Role, "transfer")]
    [InlineData(ResultColumn.Source, "mp")]
    [InlineData(ResultColumn.SourceSize, "4000")]
    [InlineData(ResultColumn.Target, "peak")]
    [InlineData(ResultColumn.DataSet, "phonons")]
    [InlineData(ResultColumn.Model, "megnet")]
    [InlineData(ResultColumn.Mode, "full")]
    [InlineData(ResultColumn.Size, "50")]
    [InlineData(ResultColumn.Seed, "0")]
    [InlineData(ResultColumn.Group, "full/50")]
    [InlineData(ResultColumn.Property, "last_peak")]
    [InlineData(ResultColumn.Family, null)]
    public async Task Every_column_can_be_grouped_by(ResultColumn column, string? value) =>
        Assert.Equal(value, Assert.Single(await Queries.GroupsAsync(new ResultFilter { Modes = ["full"], Sizes = [50], Seeds = [0], Roles = ["transfer"] }, [column], None)).By[0]);

    [PostgresFact]
    public async Task A_single_run_has_no_standard_error_and_no_row_no_group()
    {
        var alone = Assert.Single(await Queries.GroupsAsync(new ResultFilter { Modes = ["full"], Seeds = [0], Sizes = [50] }, [], None));
        Assert.Equal((60.0, null, 1), (alone.Test!.Mean, alone.Test.StandardError, alone.Test.Count));
        Assert.Empty(await Queries.GroupsAsync(new ResultFilter { Modes = ["absent"] }, [], None));
        Assert.Empty(await Queries.GroupsAsync(new ResultFilter { Modes = ["absent"] }, [ResultColumn.Mode], None));
    }

    [PostgresFact]
    public async Task Different_units_are_never_averaged()
    {
        var error = await Assert.ThrowsAsync<StorageException>(() => Queries.GroupsAsync(new ResultFilter(), [], None));
        Assert.Contains("1/cm and eV/atom", error.Message);
        Assert.Equal(2, (await Queries.GroupsAsync(new ResultFilter(), [ResultColumn.Target], None)).Count);
    }

    [PostgresFact]
    public async Task A_run_that_two_studies_share_counts_once_over_both()
    {
        await new StudyFixture(test.Database).AddAsync("beta", new("s50/0", "scratch", 50, 0, 100, 110), new("s50/3", "scratch", 50, 3, 130, 140));
        var both = Assert.Single(await Queries.GroupsAsync(new ResultFilter { Modes = ["scratch"] }, [ResultColumn.Mode], None));
        Assert.Equal((4, 125.0, 4), (both.Runs, both.Test!.Mean, both.Test.Count));
        var each = await Queries.GroupsAsync(new ResultFilter { Modes = ["scratch"] }, [ResultColumn.Study], None);
        Assert.Equal([("alpha", 3, 120.0), ("beta", 2, 125.0)], each.Select(g => (g.By[0]!, g.Runs, g.Test!.Mean)));
    }

    [PostgresFact]
    public async Task Settings_are_sorted_as_numbers_where_they_are_some_and_then_as_words()
    {
        string[] widths = ["1.2.3", "64", ".", "1e3", "-8", "1e999", ".5", "wide"];
        await new StudyWriter(test.Database).CreateAsync("drawn", [.. widths.Select((width, i) => new StudyWriter.Run($"g{i}", 0, "scratch", 50, 1, null, null) { Width = width })]);
        var page = await new ConfigurationQueries(test.Database).ReadAsync(new ConfigurationRequest(new ResultFilter { Studies = ["drawn"] }, "settings.width"), None);
        var sorted = page.Rows.Select(row => row.Settings["width"]).ToList();
        Assert.Equal(["-8", ".5", "64", "1e3"], sorted.Take(4));
        Assert.Equal([".", "1.2.3", "1e999", "wide"], sorted.Skip(4).Order(StringComparer.Ordinal));
    }

    [PostgresFact]
    public async Task Looks_at_test_rows_are_counted_in_all_and_by_study()
    {
        await new StudyFixture(test.Database).AddAsync("beta", new("s50/0", "scratch", 50, 0, 100, 110), new("s50/3", "scratch", 50, 3, 130, 140));
        Assert.Equal(new TestLookSummary("phonons", "peak", "fold0", 2, 6, 2), Assert.Single(await Queries.TestLooksAsync(["beta"], None)));
        Assert.Equal(6, Assert.Single(await Queries.TestLooksAsync([], None)).StudyLooks);
        Assert.Empty(await Queries.TestLooksAsync(["absent"], None));
    }

    [PostgresFact]
    public async Task Models_are_kept_by_name_and_trained_ones_listed()
    {
        var catalog = new ModelCatalog(test.Database);
        var trained = await catalog.TrainedAsync(100, None);
        Assert.Equal(6, trained.Count);
        var parent = Assert.Single(trained, m => m.Target == "e_form");
        Assert.Equal(("wpre", "megnet", 0.05, "eV/atom", "alpha", "pre"), (parent.Artifact, parent.Model, parent.ValidationError, parent.Unit, parent.Study, parent.Node));

        Assert.True(await catalog.AddAsync("formation", "imported", parent.Key, """{"unit":"eV/atom"}""", None));
        Assert.False(await catalog.AddAsync("formation", "other", null, "{}", None));
        Assert.Equal(("imported", parent.Key), ((await catalog.FindAsync("formation", None))!.Artifact, (await catalog.FindAsync("formation", None))!.Trial));
        Assert.Contains("imported", await new ArtifactUse(test.Database).ReadAsync(None));
        Assert.True(await catalog.RemoveAsync("formation", None));
        Assert.False(await catalog.RemoveAsync("formation", None));
        Assert.Empty(await catalog.ListAsync(None));
    }
}
