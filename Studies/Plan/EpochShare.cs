namespace AtomSets.Studies;

/// <summary>
/// A search's part of a study's budget of epochs. A draw begins when, by what is known of the draws before it, all of them and itself will stay within the
/// share; where the cautious look (as far back as the lookahead) says no, it waits for more of them and looks again. The first draw that does not fit
/// ends the search: what has begun goes on, over its rungs too. The same results give the same draws, for any number of workers.
/// </summary>
/// <param name="Epochs">Over all draws and replicates.</param>
/// <param name="Longest">Epochs of one training that is neither pruned nor stopped early.</param>
public sealed record EpochShare(long Epochs, int Longest)
{
    /// <exception cref="StudyInputException"/>
    public void Check(SearchNode search)
    {
        if (Longest < 1) throw new StudyInputException($"The epoch share of search '{search.Id}' has a longest training of {Longest} epochs, but must have at least 1.");
        if (Epochs < 1) throw new StudyInputException($"The epoch share of search '{search.Id}' is {Epochs}, but must be at least 1.");
    }
}
