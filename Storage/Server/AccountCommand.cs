using System.Diagnostics;

namespace AtomSets.Storage;

/// <summary>Runs a program to its end under the server's account, in a clean environment.</summary>
static class AccountCommand
{
    public sealed record Outcome(int ExitCode, string Output, string Error)
    {
        /// <summary>What the program had to say, on one line.</summary>
        public string Says => string.Join("; ", (Error.Length > 0 ? Error : Output).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }

    /// <summary>Changing to an <paramref name="account"/> needs root; null stays with the user's own.</summary>
    /// <exception cref="StorageException">The program cannot be run at all.</exception>
    public static Outcome Run(string? account, string workingDirectory, string program, params IReadOnlyList<string> arguments)
    {
        IReadOnlyList<string> line = account is null ? [program, .. arguments] : [.. Become(account), program, .. arguments];
        var start = new ProcessStartInfo(line[0], line.Skip(1))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
            // The caller's folder may be closed to the account.
            WorkingDirectory = workingDirectory,
        };
        foreach (var name in start.Environment.Keys.Where(IsUnwanted).ToList()) start.Environment.Remove(name);
        start.Environment["LC_ALL"] = "C";
        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return new Outcome(process.ExitCode, output.Trim(), error.GetAwaiter().GetResult().Trim());
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new StorageException($"cannot run {line[0]}: {e.Message}", e);
        }
    }

    /// <summary>PostgreSQL's own variables would silently redirect its programs; the other user's home and locale do not concern them.</summary>
    static bool IsUnwanted(string name) => name.StartsWith("PG", StringComparison.Ordinal) || name.StartsWith("LC_", StringComparison.Ordinal) || name is "LANG" or "LANGUAGE";

    static string[] Become(string account)
    {
        if (Find("setpriv") is { } setpriv) return [setpriv, $"--reuid={account}", $"--regid={account}", "--init-groups", "--"];
        if (Find("runuser") is { } runuser) return [runuser, "-u", account, "--"];
        throw new StorageException($"as root the database runs under the account {account}, which needs setpriv or runuser (package util-linux); install it, or run as an ordinary user");
    }

    static string? Find(string program) =>
        new[] { "/usr/bin", "/usr/sbin", "/bin", "/sbin" }.Select(d => Path.Combine(d, program)).FirstOrDefault(File.Exists);
}
