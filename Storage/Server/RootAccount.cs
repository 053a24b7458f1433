namespace AtomSets.Storage;

/// <summary>What decides about the place of root's database.</summary>
/// <param name="Home">The user's home now (<c>HOME</c>); null for the environment's.</param>
/// <param name="AccountHome">The home that the account has on this machine.</param>
/// <param name="State">Folder of all places of root.</param>
sealed record RootAccount(string? Home, string AccountHome, string State)
{
    const string Accounts = "/etc/passwd";

    public static RootAccount OfMachine { get; } = new(null, HomeOfRoot(), "/var/lib/atomsets");

    /// <summary>The sixth field of user id 0's line (https://man7.org/linux/man-pages/man5/passwd.5.html).</summary>
    static string HomeOfRoot()
    {
        try
        {
            var fields = File.ReadLines(Accounts).Select(line => line.Split(':')).FirstOrDefault(fields => fields is [_, _, "0", _, _, ['/', ..], ..]);
            return fields?[5] ?? "/root";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "/root";
        }
    }
}
