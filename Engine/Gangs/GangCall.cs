using System.Text.Json;
using AtomSets.Studies;

namespace AtomSets.Engine;

/// <summary>How a gang comes together: members say that they are ready, the leader says who takes part and from where the training goes on.</summary>
sealed class GangCall(IGangLink link, CancellationToken cancellation)
{
    static readonly GangPlace Ready = new(-1, GangStage.Ready), Roster = new(-1, GangStage.Roster), Begin = new(-1, GangStage.Start);

    static readonly JsonSerializerOptions s_reading = new() { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    /// <param name="Kernels">What the member computes with.</param>
    /// <param name="Problem">Why it cannot take part; null: it can.</param>
    sealed record ReadyNote(string Kernels, string? Problem);

    /// <param name="Checkpoint">Artifact; null: from the beginning.</param>
    /// <param name="Fingerprint">Of the leader's training.</param>
    public sealed record StartNote(string? Checkpoint, string Fingerprint);

    public IGangLink Link => link;

    /// <summary>The leader's call: waits for every member's answer. Members that cannot take part are let go, and the trial runs without them.</summary>
    /// <param name="kernels">What the leader computes with; others with another kind or instruction set would compute other bits.</param>
    /// <exception cref="OperationCanceledException">The gang ended meanwhile.</exception>
    public GangRoster Gather(string kernels)
    {
        var members = new List<int> { 0 };
        for (var member = 1; member < link.Workers.Length; member++)
        {
            var note = Read<ReadyNote>(link.Receive(member, Ready, cancellation));
            if (note.Problem is null && note.Kernels == kernels) members.Add(member);
        }
        int[] roster = [.. members];
        for (var member = 1; member < link.Workers.Length; member++) link.Send(member, Roster, Write(roster));
        return RosterOf(roster);
    }

    /// <summary>A member's answer to the call.</summary>
    /// <param name="kernels">What it computes with.</param>
    /// <returns>Null when the gang does without it.</returns>
    /// <exception cref="OperationCanceledException">The gang ended.</exception>
    public GangRoster? Join(string kernels)
    {
        link.Send(0, Ready, Write(new ReadyNote(kernels, null)));
        var members = Read<int[]>(link.Receive(0, Roster, cancellation));
        if (members is not [0, ..] || members[^1] >= link.Workers.Length || members.Zip(members.Skip(1)).Any(pair => pair.First >= pair.Second)) throw Damaged("it names others than the gang's members");
        var roster = RosterOf(members);
        return roster.Rank < 0 ? null : roster;
    }

    /// <summary>A member cannot take part.</summary>
    public void Refuse(string problem) => link.Send(0, Ready, Write(new ReadyNote("", problem)));

    /// <summary>The leader has its training where it goes on.</summary>
    public void Start(GangRoster roster, StartNote note)
    {
        foreach (var rank in roster.Others) link.Send(roster.Members[rank], Begin, Write(note));
    }

    /// <summary>A member waits for the leader's start.</summary>
    public StartNote Await() => Read<StartNote>(link.Receive(0, Begin, cancellation));

    GangRoster RosterOf(int[] members) => new([.. members], [.. members.Select(member => link.Workers[member])], Array.IndexOf(members, link.Self));

    static byte[] Write<T>(T note) => JsonSerializer.SerializeToUtf8Bytes(note);

    static T Read<T>(byte[] note)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(note, s_reading) ?? throw Damaged("it is null");
        }
        catch (JsonException e)
        {
            throw Damaged(e.Message);
        }
    }

    static TrialFailedException Damaged(string problem) => new($"a message within the gang cannot be read ({problem.TrimEnd('.')}): do all silos run the same version of the program?", transient: true);
}
