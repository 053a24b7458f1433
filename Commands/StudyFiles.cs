using AtomSets.Studies;

namespace AtomSets.Commands;

/// <summary>Reads a study file's text.</summary>
static class StudyFiles
{
    /// <exception cref="StudyInputException">The file cannot be read.</exception>
    public static StudyFile Read(string path)
    {
        if (Directory.Exists(path)) throw new StudyInputException($"{path}: is a folder; name the study file in it (they end in .yaml)");
        try
        {
            return new StudyFile(File.ReadAllText(path), Path.GetFullPath(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            var near = path.EndsWith(".yaml", StringComparison.Ordinal) ? "" : " (study files end in .yaml; examples lie in examples/)";
            throw new StudyInputException($"{path}: cannot be read: {exception.Message}{near}", exception);
        }
    }
}
