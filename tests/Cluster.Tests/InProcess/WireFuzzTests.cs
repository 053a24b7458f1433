using System.Text.Json;
using AtomSets.Contracts;
using AtomSets.Core.Tests.Fuzzing;
using AtomSets.Grains.Interfaces;
using AtomSets.Studies;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Xunit;

namespace AtomSets.Cluster.Tests;

/// <summary>
/// What wire records carry as text: it goes through the serializer as it is, and opens as a record or is refused with a reason. (Bytes that are no message are the serializer's to refuse; it may take memory first that
/// they claim, so that no port of a silo belongs among strangers.)
/// </summary>
public sealed class WireFuzzTests
{
    static readonly string[] s_words = ["{", "}", "[", "]", "\"", ":", ",", "null", "\"spec\"", "\"key\":", "\"kind\":\"train\"", "\"facts\":[null]", "\\u0000", "\"\\ud800\"", "{\"$parent\":\"x\"}"];

    [Fact]
    public void Texts_of_messages()
    {
        using var services = new ServiceCollection().AddSerializer(serializer => serializer.AddAssembly(typeof(OrderWire).Assembly)).BuildServiceProvider();
        var serializer = services.GetRequiredService<Serializer>();
        var spec = Samples.Train("a");
        var worker = WorkerWire.From("w1", false, new WorkerProgress("w1", "training", spec.Key, "a/0", 3, 50, 0.5, "eV", 1000, TimeSpan.FromSeconds(9)));
        var submitted = SubmissionWire.From(new SubmittedStudy("s", SubmitOutcome.Started, 7, [new CountedFact("leakage", 3, "three rows")]));
        Fuzzer.Run("wire", new Mutator([Fuzzer.Bytes("r" + spec.Json), Fuzzer.Bytes("w" + worker.Progress), Fuzzer.Bytes("s" + submitted.Submitted)], s_words), input =>
        {
            var (which, content) = input.Length == 0 ? ('r', "") : ((char)input[0], Fuzzer.Text(input[1..]));
            object sent = which switch
            {
                'w' => new BeatWire("host", "silo", [worker with { Progress = content }]),
                's' => submitted with { Submitted = content },
                _ => new OrderWire(Guid.Empty, 3, new RequestWire(content, "a/0", 1, 7), [new MemberWire("host", ["w1"])]),
            };
            switch (serializer.Deserialize<object>(serializer.SerializeToArray(sent)))
            {
                case OrderWire order:
                    Assert.Equal(content, order.Request.Spec);
                    var request = order.Request.Open();
                    Assert.Equal(request.Spec.Key, request.Key);
                    break;
                case BeatWire beat:
                    Assert.NotNull(Assert.Single(beat.Workers).Open().Worker);
                    break;
                case SubmissionWire submission:
                    Assert.NotNull(JsonSerializer.Serialize(submission.Open(), StudyJson.Options));
                    break;
                case var other:
                    Assert.Fail($"it came as {other}");
                    break;
            }
        });
    }
}
