namespace AtomSets.Commands;

/// <summary>Where a user's files lie: <c>ATOMSETS_HOME</c>, else <c>~/.atomsets</c>.</summary>
public static class AtomSetsHome
{
    /// <summary>The folder; created, readable by its owner alone, when it is first written to.</summary>
    public static string Folder(Func<string, string?> environment)
    {
        var named = environment("ATOMSETS_HOME");
        if (!string.IsNullOrWhiteSpace(named)) return Path.GetFullPath(named);
        var user = environment("HOME");
        if (string.IsNullOrEmpty(user)) user = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return Path.Combine(Path.GetFullPath(user), ".atomsets");
    }

    /// <summary>Creates the folder with mode 0700.</summary>
    public static string Create(Func<string, string?> environment)
    {
        var folder = Folder(environment);
        if (!Directory.Exists(folder))
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return folder;
    }
}
