using AtomSets.Studies;

namespace AtomSets.Engine;

/// <summary>Followers that know how much work our trials are, and which of this machine's processes have died.</summary>
public static class StudyFollowers
{
    public static StudyFollower Follow(string study, IStudyLog log, ITrialLedger ledger, IMetricSink metrics, TimeProvider time) =>
        new(study, log, ledger, metrics, time, new StudyFollowerOptions { SizeOf = TrialContent.SizeOf, IsDead = ProcessOwner.IsDead });
}
