using System.Text.Json;
using AtomSets.Studies;

namespace AtomSets.Grains.Interfaces;

/// <summary>A study file on its way to the silo that resolves it.</summary>
[GenerateSerializer, Immutable, Alias("atomsets.file")]
public sealed record StudyFileWire([property: Id(0)] string Text, [property: Id(1)] string Origin, [property: Id(2)] int? Priority)
{
    public static StudyFileWire From(StudyFile file) => new(file.Text, file.Origin, file.Priority);

    public StudyFile ToFile() => new(Text, Origin) { Priority = Priority };
}

/// <summary>What became of a file: the study, or what is wrong with the file.</summary>
/// <param name="Submitted"><see cref="SubmittedStudy"/> as JSON.</param>
/// <param name="LacksData">The problem is that data are not in the silo that looked; another may have them.</param>
[GenerateSerializer, Immutable, Alias("atomsets.submission")]
public sealed record SubmissionWire([property: Id(0)] string? Submitted, [property: Id(1)] string? Problem, [property: Id(2)] bool LacksData = false)
{
    public static SubmissionWire From(SubmittedStudy submitted) => new(JsonSerializer.Serialize(submitted, StudyJson.Options), null);

    /// <exception cref="StudyInputException">The file breaks a rule.</exception>
    public SubmittedStudy Open() => Submitted is { } json
        ? StudyJson.Read<SubmittedStudy>(json, "the cluster's answer to the study file")
        : throw new StudyInputException(Problem ?? "the cluster gave no answer to the study file");
}

/// <summary>A trial that a study asks for. The key follows from the spec.</summary>
[GenerateSerializer, Immutable, Alias("atomsets.request")]
public sealed record RequestWire(
    [property: Id(0)] string Spec, [property: Id(1)] string Node, [property: Id(2)] int Priority, [property: Id(3)] long Order)
{
    public static RequestWire From(RequestTrial request) => new(request.Spec.Json, request.Node, request.Priority, request.Order);

    public RequestTrial Open()
    {
        var spec = TrialSpec.Parse(Spec);
        return new RequestTrial(spec.Key, spec, Node, Priority, Order);
    }
}

/// <summary>Workers of one silo are to begin this trial, or their part of it.</summary>
/// <param name="Pool">The activation of the pool that sends it: tickets of another mean nothing to it.</param>
/// <param name="Ticket">One attempt, and so one lease.</param>
/// <param name="Gang">The silos whose workers carry the trial together, the leading one first.</param>
/// <param name="MayGiveBack">See <see cref="AssignTrial"/>.</param>
[GenerateSerializer, Immutable, Alias("atomsets.order")]
public sealed record OrderWire(
    [property: Id(0)] Guid Pool, [property: Id(1)] long Ticket, [property: Id(2)] RequestWire Request, [property: Id(3)] MemberWire[] Gang,
    [property: Id(4)] bool MayGiveBack = false);

/// <summary>One silo's workers of a gang.</summary>
/// <param name="Host">The silo and this run of it.</param>
/// <param name="Workers">The first one's grain is where the silo's orders and messages go.</param>
[GenerateSerializer, Immutable, Alias("atomsets.member")]
public sealed record MemberWire([property: Id(0)] string Host, [property: Id(1)] string[] Workers);

/// <summary>A message within a gang. Pool, ticket, sender, step, stage and part are its name: one that comes twice is taken once.</summary>
/// <param name="From">The sender's place in <see cref="OrderWire.Gang"/>.</param>
/// <param name="Stage"><see cref="GangStage"/>.</param>
/// <param name="Payload">Handed over as it is.</param>
[GenerateSerializer, Immutable, Alias("atomsets.piece")]
public sealed record PieceWire(
    [property: Id(0)] Guid Pool, [property: Id(1)] long Ticket, [property: Id(2)] int From, [property: Id(3)] long Step, [property: Id(4)] int Stage,
    [property: Id(5)] int Part, [property: Id(6)] byte[] Payload);

/// <summary>What became of an order.</summary>
public enum OrderAnswer
{
    /// <summary>It is carried out, or was.</summary>
    Taken = 0,

    /// <summary>A worker is not there or does something else: all of the order must join anew.</summary>
    Refused = 1,

    /// <summary>The device's grain is not in its silo at this moment: ask again.</summary>
    Elsewhere = 2,
}

/// <summary>What became of a message.</summary>
public enum PieceAnswer
{
    /// <summary>It is there, now or since before.</summary>
    Taken = 0,

    /// <summary>The order has not come yet, or the device's grain is not in its silo at this moment: send it again.</summary>
    NotYet = 1,

    /// <summary>The order has ended there: the message is out of date.</summary>
    Stale = 2,
}

/// <summary>How an order ended at one silo.</summary>
/// <param name="End"><see cref="AttemptEnd"/>.</param>
/// <param name="Host">The silo and this run of it.</param>
[GenerateSerializer, Immutable, Alias("atomsets.report")]
public sealed record ReportWire([property: Id(0)] Guid Pool, [property: Id(1)] long Ticket, [property: Id(2)] int End, [property: Id(3)] string Host);

/// <summary>A sign of life of all workers of one silo.</summary>
/// <param name="Host">The silo and this run of it.</param>
[GenerateSerializer, Immutable, Alias("atomsets.beat")]
public sealed record BeatWire([property: Id(0)] string Host, [property: Id(1)] string Silo, [property: Id(2)] WorkerWire[] Workers);

/// <summary>One device and what it does.</summary>
/// <param name="Worker">Unique among all runs of all silos.</param>
/// <param name="Progress"><see cref="WorkerProgress"/> as JSON.</param>
[GenerateSerializer, Immutable, Alias("atomsets.worker-state")]
public sealed record WorkerWire([property: Id(0)] string Worker, [property: Id(1)] bool IsIdle, [property: Id(2)] string Progress)
{
    public static WorkerWire From(string worker, bool isIdle, WorkerProgress progress) => new(worker, isIdle, JsonSerializer.Serialize(progress, StudyJson.Options));

    public WorkerProgress Open() => StudyJson.Read<WorkerProgress>(Progress, "what a worker says of itself");
}

/// <summary>The pool's answer to a sign of life.</summary>
/// <param name="Strangers">Workers that are busy with what this pool knows nothing of: they stop, and join when they are idle.</param>
[GenerateSerializer, Immutable, Alias("atomsets.beat-answer")]
public sealed record BeatAnswerWire([property: Id(0)] Guid Pool, [property: Id(1)] string[] Strangers);

/// <summary>A silo and its workers, as the pool sees them.</summary>
[GenerateSerializer, Immutable, Alias("atomsets.silo-state")]
public sealed record SiloWire([property: Id(0)] string Silo, [property: Id(1)] string Host, [property: Id(2)] WorkerWire[] Workers);

/// <summary>How a study's host stands.</summary>
/// <param name="IsDriven">Whether its loop runs.</param>
/// <param name="Message">What people should know.</param>
[GenerateSerializer, Immutable, Alias("atomsets.standing")]
public sealed record StandingWire([property: Id(0)] bool IsDriven, [property: Id(1)] string? Message);

/// <summary>Who hosts what.</summary>
/// <param name="Pool">The activation of the pool.</param>
/// <param name="Host">The study's host that it serves; empty for none.</param>
[GenerateSerializer, Immutable, Alias("atomsets.pool")]
public sealed record PoolWire([property: Id(0)] Guid Pool, [property: Id(1)] Guid Host);
