using AtomSets.Storage;
using AtomSets.Studies;

namespace AtomSets.Dashboard;

/// <summary>Questions about the studies themselves: which there are, where each stands, what it decided; and the one thing that can be asked of them, to stop.</summary>
sealed class StudyQuestions(DashboardSources sources, StudyCatalog studies, StudyWatches watches)
{
    /// <summary>A header that need not be complete waits so long for the log to be read.</summary>
    static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(150);

    static readonly ApiParameter s_quick = ApiParameter.Flag("quick", "Where the study's log has yet to be read, answers with what its steps tell: the progress is then not `complete`, and has no leaders, searches and estimates."), s_text = ApiParameter.Text("text", "Only decisions with this in their step or text."), s_skip = ApiParameter.Count("skip", "Decisions to pass over first.", 0, 0, int.MaxValue),
        s_group = new("group", "string", "A node of the plan as /plan names it.") { IsRequired = true }, s_status = ApiParameter.Text("status", "Only steps of this status."), s_limit = ApiParameter.Limit(100, 1000);

    public IEnumerable<ApiRoute> Routes =>
    [
        ApiRoute.Get("/studies", "All studies, those changed last first.", request => studies.ListAsync(request.Cancellation)),
        ApiRoute.Get("/studies/{name}", "One study: what it is, where it stands, what it holds.", request => ShowAsync(request["name"], request.Flag(s_quick), request.Cancellation), s_quick),
        ApiRoute.Get("/studies/{name}/plan", "The plan as a graph of alike steps: however large the study, the graph is small.", async request => PlanAnswer.Of(await studies.DetailsAsync(request["name"], request.Cancellation))),
        ApiRoute.Get("/studies/{name}/steps", "The steps behind a node of the plan.", StepsAsync, s_group, s_status, ApiParameter.Offset, s_limit),
        ApiRoute.Get("/studies/{name}/decisions", "What the study decided and why, newest first.", DecisionsAsync, s_text, s_skip, s_limit),
        ApiRoute.Post<CancelRequest, CancelAnswer>("/studies/{name}/cancel", "Stops a study; its running trials keep their checkpoints, and it can be resumed.", CancelAsync),
    ];

    async Task<StudyAnswer> ShowAsync(string name, bool isQuick, CancellationToken cancellation)
    {
        var study = await studies.FindAsync(name, cancellation);
        // All at once, in sums that the database makes.
        var standing = ProgressAsync(study, isQuick, cancellation);
        var looking = new ResultQueries(sources.Database).TestLooksAsync([name], cancellation);
        var lacking = MissingSteps.OfAsync(sources.Database, name, cancellation);
        var outlining = StudyOutline.OfAsync(sources.Database, name, cancellation);
        var (progress, looks, missing, outline, header) = (await standing, await looking, await lacking, await outlining ?? throw new StudyNotFoundException(name), study.Header);
        return new StudyAnswer(
            name, ProgressAnswer.Word(header.Status), header.Description, header.Priority, header.Hash, study.Created, study.Changed, study.LastSequence, outline.Source, outline.Facts,
            StudySubject.TargetsOf(outline), StudySubject.SourcesOf(outline), missing, looks, StudyContent.Of(outline), progress);
    }

    async Task<ProgressAnswer> ProgressAsync(StudySummary study, bool isQuick, CancellationToken cancellation)
    {
        var standing = isQuick ? await watches.SoonAsync(study, s_patience, cancellation) : await watches.NowAsync(study, cancellation);
        // The rest is told by the study's events.
        return standing is not null ? ProgressAnswer.Of(standing, study, sources.Time.GetUtcNow())
            : ProgressAnswer.Of(await StepCounts.OfAsync(sources.Database, study.Name, cancellation), study, sources.Time.GetUtcNow());
    }

    async Task<StepsAnswer> StepsAsync(ApiRequest request)
    {
        var details = await studies.DetailsAsync(request["name"], request.Cancellation);
        var (group, status) = (request.Text(s_group), request.Text(s_status));
        var rows = PlanAnswer.Members(details, group!).Where(row => status is null || ProgressAnswer.Word(row.Status) == status).ToList();
        return new StepsAnswer(rows.Count, request.Count(ApiParameter.Offset), [.. rows.Skip(request.Count(ApiParameter.Offset)).Take(request.Count(s_limit))
            .Select(row => new StepLine(row.Node, row.Kind, ProgressAnswer.Word(row.Status), row.Key?.Hex, row.Reason, row.Labels))]);
    }

    async Task<DecisionsAnswer> DecisionsAsync(ApiRequest request)
    {
        var page = await sources.Studies.DecisionsAsync(request["name"], new DecisionFilter(request.Text(s_text), request.Count(s_skip), request.Count(s_limit)), request.Cancellation);
        return new DecisionsAnswer(page.Total, [.. page.Decisions.Reverse().Select(stored => new DecisionRow(stored.Sequence, stored.At, stored.Decision.Node, stored.Decision.Text))]);
    }

    async Task<CancelAnswer> CancelAsync(ApiRequest request, CancelRequest body)
    {
        await sources.Studies.CancelAsync(request["name"], request.Cancellation);
        return new CancelAnswer(request["name"], ProgressAnswer.Word((await studies.FindAsync(request["name"], request.Cancellation)).Header.Status));
    }
}

/// <param name="Hash">SHA-256 of what decides its work.</param>
/// <param name="Source">The study file.</param>
/// <param name="Looks">How often test rows were looked at.</param>
/// <param name="Has">Which other answers have something to say.</param>
sealed record StudyAnswer(
    string Name, string Status, string Description, int Priority, string Hash, DateTimeOffset Created, DateTimeOffset Changed, long Sequence, string Source, IReadOnlyList<CountedFact> Facts,
    IReadOnlyList<StudySubject> Targets, IReadOnlyList<StudySubject> Sources, IReadOnlyList<MissingSteps> Missing, IReadOnlyList<TestLookSummary> Looks, StudyContent Has, ProgressAnswer Progress);

sealed record StepsAnswer(int Total, int Offset, IReadOnlyList<StepLine> Rows);

sealed record StepLine(string Node, string Kind, string Status, string? Trial, string? Reason, IReadOnlyDictionary<string, string> Labels);

sealed record DecisionsAnswer(long Total, IReadOnlyList<DecisionRow> Rows);

sealed record DecisionRow(long Sequence, DateTimeOffset At, string? Node, string Text);

sealed record CancelRequest;

sealed record CancelAnswer(string Name, string Status);
