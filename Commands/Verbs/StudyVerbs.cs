using System.CommandLine;

namespace AtomSets.Commands;

/// <summary><c>atomsets study …</c>: new, plan, run, list, show, watch, report, resume, prioritize, cancel and delete studies; the keys of their files.</summary>
static class StudyVerbs
{
    public static Command Create(CliContext context, Option<string?> database) =>
        new("study", "Runs and manages studies.\n\nExample: atomsets study run examples/quick.yaml")
        {
            StudyNewVerb.Create(context),
            StudyPlanVerb.Create(context, database),
            StudyRunVerb.Create(context, database),
            StudyListVerb.Create(context, database),
            StudyShowVerb.Create(context, database),
            StudyWatchVerb.Create(context, database),
            StudyReportVerb.Create(context, database),
            StudyResumeVerb.Create(context, database),
            StudyPriorityVerb.Create(context, database),
            StudyCancelVerb.Create(context, database),
            StudyDeleteVerb.Create(context, database),
            StudyKeysVerb.Create(context),
        };

    /// <summary>The argument that names a study.</summary>
    public static Argument<string> StudyName() => new("study") { Description = "The study's name (study list shows them)." };
}
