using System.Security.Cryptography;
using System.Text;
using AtomSets.Materials;

namespace AtomSets.Engine;

/// <summary>
/// The secret that whoever asks a silo over HTTP must know: <c>ATOMSETS_TOKEN</c>, else the content of the file that <c>ATOMSETS_TOKEN_FILE</c> names, as
/// mounted secrets are given. The same for all silos and clients of a cluster.
/// </summary>
public sealed class AccessToken
{
    public const string Variable = "ATOMSETS_TOKEN", FileVariable = "ATOMSETS_TOKEN_FILE";

    const int ShortestLength = 16;

    readonly byte[] _hash;

    AccessToken(string text) => (Text, _hash) = (text, SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>The secret itself: for requests alone.</summary>
    public string Text { get; }

    /// <param name="text">The secret.</param>
    /// <param name="source">Where it was given, for the message.</param>
    /// <exception cref="InputException">It cannot be a token.</exception>
    public static AccessToken Of(string text, string source) => new(Checked(text, source));

    /// <param name="environment">Reads an environment variable.</param>
    /// <returns>Null where none is set.</returns>
    /// <exception cref="InputException">The file cannot be read, or what it holds cannot be a token.</exception>
    public static AccessToken? Read(Func<string, string?> environment)
    {
        if (environment(Variable) is { Length: > 0 } text) return new AccessToken(Checked(text, Variable));
        if (environment(FileVariable) is not { Length: > 0 } path) return null;
        var source = $"{FileVariable}={path}";
        try
        {
            return new AccessToken(Checked(File.ReadAllText(path).Trim(), source));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{source}: the file cannot be read ({e.Message.TrimEnd('.')}); name a readable file that holds the token", e);
        }
    }

    /// <summary>Whether a request carries it: <c>Authorization: Bearer …</c>. Takes as long for any wrong one.</summary>
    public bool Admits(string? authorization)
    {
        const string scheme = "Bearer ";
        if (authorization is null || !authorization.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)) return false;
        return CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(authorization[scheme.Length..].Trim())), _hash);
    }

    public override string ToString() => "(a token)";

    static string Checked(string text, string source) => text.Length >= ShortestLength && text.All(char.IsAscii) && !text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c))
        ? text
        : throw new InputException($"{source}: a token has at least {ShortestLength} ASCII characters and no blanks; make one with: openssl rand -hex 32");
}
