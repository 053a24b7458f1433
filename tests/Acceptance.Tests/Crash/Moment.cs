namespace AtomSets.Acceptance.Tests;

/// <summary>Where in a study's course something is killed.</summary>
enum Place
{
    /// <summary>At any time.</summary>
    AnyTime,

    /// <summary>So soon after the program's start that it still opens the database, creates it, or reads the study.</summary>
    Start,

    /// <summary>While a file of the artifact store is written.</summary>
    Artifact,

    /// <summary>A worker claims a trial: the first thing after a resumption.</summary>
    Claim,

    /// <summary>In the middle of the COPY of a trial's epochs.</summary>
    EpochCopy,

    /// <summary>A checkpoint's file is written, its reference is being committed.</summary>
    Checkpoint,

    /// <summary>In the middle of the COPY of predictions, within the transaction that finishes the trial.</summary>
    PredictionCopy,

    /// <summary>The transaction that finishes a trial is being committed.</summary>
    Finish,

    /// <summary>The study's log takes an event: the trial is finished, its study does not know yet.</summary>
    Event,
}

/// <summary>What is killed with signal 9.</summary>
enum Victim
{
    Program,

    /// <summary>The database server's first process: the others end with it.</summary>
    Postmaster,

    /// <summary>Any one process of the database server: it then ends all connections and recovers.</summary>
    Backend,

    /// <summary>Program and database server at once, as when the machine goes off.</summary>
    Both,

    /// <summary>The database server, and the program while it starts that again.</summary>
    ProgramWhileDatabaseIsDown,

    /// <summary>The program, and the database server while the program starts again.</summary>
    DatabaseWhileProgramStarts,
}

/// <summary>On which side of a commit.</summary>
enum Side
{
    /// <summary>Before it: what was written is undone.</summary>
    Before,

    /// <summary>Between the commit and the program's hearing of it.</summary>
    Unanswered,

    /// <summary>The program dies before, and the database commits after the program was started again. Only where the program is killed.</summary>
    AfterRestart,
}

/// <summary>One kill, as drawn.</summary>
/// <param name="Delay">After the start or the kill before: how long the study may run until the place is looked for.</param>
/// <param name="Second">Of two kills: the time between them.</param>
sealed record Moment(Place Place, Victim Victim, Side Side, TimeSpan Delay, TimeSpan Second)
{
    /// <summary>Whether the place is a statement of the program that is held still while the kill is prepared.</summary>
    public bool IsGated => Place >= Place.Claim;
}

/// <summary>Which victims a campaign draws from.</summary>
public enum Disturbance
{
    Program,
    Database,
    Both,
}

/// <summary>Draws moments: the same sequence for the same seed.</summary>
/// <param name="random">Seeded.</param>
/// <param name="longest">Longest undisturbed time between two kills.</param>
sealed class MomentDraw(Random random, Disturbance disturbance, TimeSpan longest)
{
    static readonly Place[] Places =
    [
        Place.AnyTime, Place.AnyTime, Place.Start, Place.Artifact, Place.Claim, Place.EpochCopy, Place.EpochCopy, Place.Checkpoint, Place.PredictionCopy,
        Place.Finish, Place.Finish, Place.Event,
    ];

    /// <param name="first">The study's first: the database may not exist yet.</param>
    public Moment Next(bool first)
    {
        var place = first ? Place.Start : Places[random.Next(Places.Length)];
        var victim = disturbance switch
        {
            Disturbance.Program => Victim.Program,
            Disturbance.Database => random.Next(2) == 0 ? Victim.Postmaster : Victim.Backend,
            _ => (Victim)random.Next(6),
        };
        var side = (Side)random.Next(victim == Victim.Program ? 3 : 2);
        // A kill of a second victim has no side of the first's commit.
        if (victim is Victim.Backend) side = Side.Before;
        var delay = longest * random.NextDouble();
        return new Moment(place, victim, side, place == Place.Start && !first ? delay / 3 : delay, TimeSpan.FromMilliseconds(random.Next(500)));
    }
}
