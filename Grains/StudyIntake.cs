using System.Text.Json;
using System.Text.RegularExpressions;
using AtomSets.Grains.Interfaces;
using AtomSets.Studies;

namespace AtomSets.Grains;

/// <summary>Takes a study file in with this silo's data: resolves it off the grain's turn, stores it, and wakes its host.</summary>
public sealed partial class StudyIntake(IStudyFileResolver resolver, IStudyLog log, IGrainFactory grains, SiloPeers peers, TimeProvider time)
{
    static readonly TimeSpan SpreadLimit = TimeSpan.FromSeconds(10);

    public async Task<SubmissionWire> TakeAsync(StudyFileWire file)
    {
        SubmittedStudy submitted;
        try
        {
            var resolved = await Task.Run(() => resolver.Resolve(file.ToFile(), CancellationToken.None));
            // Every trial reads its split, and as yet only this silo has it.
            await SpreadAsync([.. Manifests().Matches(JsonSerializer.Serialize(resolved, StudyJson.Options)).Select(match => match.Groups["hash"].Value).Distinct(StringComparer.Ordinal)]);
            submitted = await new StudyControl(log, time).SubmitAsync(resolved, CancellationToken.None);
        }
        catch (StudyInputException e)
        {
            return new SubmissionWire(null, e.Message, resolver.LacksData(e));
        }
        var study = grains.GetGrain<IStudyGrain>(submitted.Name);
        await study.DriveAsync();
        await study.LookAsync();
        return SubmissionWire.From(submitted);
    }

    /// <summary>Has the others keep copies. One that cannot now asks when it needs them.</summary>
    async Task SpreadAsync(string[] artifacts)
    {
        try
        {
            var others = (await peers.OthersAsync()).Silos.Where(silo => !silo.Card.IsLeaving);
            await Task.WhenAll(others.Select(silo => peers.At(silo.Address).KeepAsync(new LegacyWire(artifacts, [], [])))).WaitAsync(SpreadLimit, time);
        }
        catch (Exception e) when (GrainCalls.IsPassing(e))
        {
            // A silo that dies or is slow must not hold up the study.
        }
    }

    [GeneratedRegex("\"manifest\":\"(?<hash>[0-9a-f]{64})\"", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Manifests();
}
