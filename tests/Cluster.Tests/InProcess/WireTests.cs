using System.Reflection;
using AtomSets.Grains.Interfaces;
using Xunit;

namespace AtomSets.Cluster.Tests;

/// <summary>Silos of two versions meet during an upgrade: what goes between them changes only by additions, and in view.</summary>
public sealed class WireTests
{
    [Fact]
    public void The_shape_of_what_goes_over_the_wire_is_this() => Assert.Equal(
        """
        atomsets.beat-answer: 0 Guid Pool, 1 String[] Strangers
        atomsets.beat: 0 String Host, 1 String Silo, 2 WorkerWire[] Workers
        atomsets.file: 0 String Text, 1 String Origin, 2 Nullable`1 Priority
        atomsets.legacy: 0 String[] Artifacts, 1 String[] Sets, 2 String[] Names
        atomsets.member: 0 String Host, 1 String[] Workers
        atomsets.order: 0 Guid Pool, 1 Int64 Ticket, 2 RequestWire Request, 3 MemberWire[] Gang, 4 Boolean MayGiveBack
        atomsets.piece: 0 Guid Pool, 1 Int64 Ticket, 2 Int32 From, 3 Int64 Step, 4 Int32 Stage, 5 Int32 Part, 6 Byte[] Payload
        atomsets.pool: 0 Guid Pool, 1 Guid Host
        atomsets.report: 0 Guid Pool, 1 Int64 Ticket, 2 Int32 End, 3 String Host
        atomsets.request: 0 String Spec, 1 String Node, 2 Int32 Priority, 3 Int64 Order
        atomsets.silo-card: 0 String Silo, 1 String Machine, 2 Int32 Process, 3 String Numerics, 4 String Http, 5 Boolean IsLeaving
        atomsets.silo-state: 0 String Silo, 1 String Host, 2 WorkerWire[] Workers
        atomsets.standing: 0 Boolean IsDriven, 1 String Message
        atomsets.submission: 0 String Submitted, 1 String Problem, 2 Boolean LacksData
        atomsets.worker-state: 0 String Worker, 1 Boolean IsIdle, 2 String Progress
        """.ReplaceLineEndings("\n"),
        string.Join('\n', Records().Order(StringComparer.Ordinal)));

    [Fact]
    public void The_calls_between_silos_are_these() => Assert.Equal(
        """
        atomsets.IGpuWorker: attach(String) begin(OrderWire) put(PieceWire) revoke(Guid, Int64)
        atomsets.ISiloDesk: log(String, Int32) silos() stop(String)
        atomsets.ISiloService: card() keep(LegacyWire) log(Int32) stop() submit(StudyFileWire)
        atomsets.IStudy: drive() ended(String[]) look() settle() standing()
        atomsets.IStudyDesk: submit(StudyFileWire)
        atomsets.IWorkerPool: beat(BeatWire) leave(String) prioritize(String, Int32) report(ReportWire) silos() submit(String, Guid, RequestWire[]) which(String) withdraw(String, Guid, String[]) withdraw-all(String, Guid) withdraw-waiting(String, Guid, String[], Guid)
        """.ReplaceLineEndings("\n"),
        string.Join('\n', Types().Where(type => type.IsInterface).Select(Calls).Order(StringComparer.Ordinal)));

    static IEnumerable<Type> Types() => typeof(IStudyGrain).Assembly.GetExportedTypes().Where(type => type.Namespace == typeof(IStudyGrain).Namespace);

    static IEnumerable<string> Records() => Types().Where(type => type.GetCustomAttribute<GenerateSerializerAttribute>() is not null).Select(type =>
        $"{type.GetCustomAttribute<AliasAttribute>()!.Alias}: {string.Join(", ", type.GetProperties().Select(property => (property.GetCustomAttribute<IdAttribute>()?.Id, property))
            .Where(entry => entry.Id is not null).OrderBy(entry => entry.Id).Select(entry => $"{entry.Id} {entry.property.PropertyType.Name} {entry.property.Name}"))}");

    static string Calls(Type grain) => $"{grain.GetCustomAttribute<AliasAttribute>()!.Alias}: {string.Join(' ', grain.GetMethods()
        .Select(method => $"{method.GetCustomAttribute<AliasAttribute>()!.Alias}({string.Join(", ", method.GetParameters().Select(parameter => parameter.ParameterType.Name))})")
        .Order(StringComparer.Ordinal))}";
}
