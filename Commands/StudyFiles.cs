using AtomSets.Engine;
using AtomSets.Studies;

namespace AtomSets.Commands;

/// <summary>Reads a study file's text, and checks what can be checked without a database, which is then not even started.</summary>
static class StudyFiles
{
    /// <exception cref="StudyInputException">The file cannot be read.</exception>
    /// <exception cref="StudyFileException">Something in it is wrong that needs neither data nor models to be seen.</exception>
    public static StudyFile Read(string path)
    {
        if (Directory.Exists(path)) throw new StudyInputException($"{path}: is a folder; name the study file in it (they end in .yaml)");
        try
        {
            var file = new StudyFile(File.ReadAllText(path), Path.GetFullPath(path));
            StudyFileReader.Parse(file.Text, file.Origin);
            return file;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            var near = path.EndsWith(".yaml", StringComparison.Ordinal) ? "" : " (study files end in .yaml; examples lie in examples/)";
            throw new StudyInputException($"{path}: cannot be read: {exception.Message}{near}", exception);
        }
    }
}
