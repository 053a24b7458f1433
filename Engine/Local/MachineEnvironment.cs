using System.Globalization;
using AtomSets.Materials;

namespace AtomSets.Engine;

/// <summary>What the environment says to every program that runs trials on this machine.</summary>
public static class MachineEnvironment
{
    /// <summary>Opens the artifacts under the program's folder.</summary>
    /// <exception cref="InputException">It cannot be written to.</exception>
    public static ArtifactStore OpenArtifacts(string home, TimeProvider time)
    {
        try
        {
            return new ArtifactStore(Path.Combine(home, "artifacts"), time);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{home} cannot be used as the program's folder: {e.Message.TrimEnd('.')}; set ATOMSETS_HOME to a folder that you may write to", e);
        }
    }

    /// <summary>What a crash may cost: the time between a running trial's checkpoints, where <c>ATOMSETS_CHECKPOINT_SECONDS</c> says it.</summary>
    public static TimeSpan? CheckpointInterval()
    {
        if (Environment.GetEnvironmentVariable("ATOMSETS_CHECKPOINT_SECONDS") is not { Length: > 0 } text) return null;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and <= 86_400
            ? TimeSpan.FromSeconds(seconds)
            : throw new InputException($"ATOMSETS_CHECKPOINT_SECONDS={text}: must be a number of seconds from 0 to 86400, such as 10");
    }
}
