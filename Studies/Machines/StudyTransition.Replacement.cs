using System.Globalization;

namespace AtomSets.Studies;

/// <summary>What happens when every draw that a rung let go on has failed.</summary>
sealed partial class StudyTransition
{
    /// <summary>
    /// A search that pruned all but what then failed (a learning rate that diverges late) would choose nothing. So once all its draws have ended and none was
    /// trained to its end, the best of the pruned that came furthest goes on after all, and so again until one ends well. All is known then, so it is the
    /// same for any number of workers.
    /// </summary>
    bool Replace(string searchId)
    {
        var search = Search(searchId);
        if (search.Pruning is not { } pruning) return false;
        var groups = Enumerable.Range(0, _searches[searchId].Drawn).Select(number => _groups[GroupId(search, number)]).ToArray();
        if (groups.Any(group => group.Mean is not null)) return false;
        var next = groups.Where(group => group is { Failure: null, Draw.Pruned: true })
            .OrderByDescending(group => group.Draw!.Bracket + group.Draw.Level).ThenBy(group => group.Draw!.Scores[^1]).ThenBy(group => group.Draw!.Number).FirstOrDefault();
        if (next is null) return false;
        var draw = next.Draw!;
        Say(searchId, string.Create(CultureInfo.InvariantCulture,
            $"'{GroupId(search, draw.Number)}' goes on after all: what was preferred to it failed, and after {pruning.Until(draw.Bracket, draw.Level)} epochs it was the best of the others"));
        _searches[searchId] = _searches[searchId] with { Ended = _searches[searchId].Ended - 1 };
        GoOn(search, next, _searches[searchId].Rungs[draw.Bracket][draw.Level].Cause);
        _moved.Enqueue(searchId);
        return true;
    }
}
