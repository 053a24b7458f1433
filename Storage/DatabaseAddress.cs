using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;

namespace AtomSets.Storage;

/// <summary>The forms in which a database can be named: <c>postgres://user:password@host:port/name?option=value</c>, or Npgsql's <c>Host=…;Database=…</c>.</summary>
public static partial class DatabaseAddress
{
    /// <param name="text">The address.</param>
    /// <param name="source">Where it came from (<c>--db</c> or <c>ATOMSETS_DB</c>), for messages.</param>
    /// <exception cref="StorageException">It is neither form, or names an unknown option.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string text, string source = "--db")
    {
        try
        {
            var isUrl = text.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase);
            if (!isUrl && !text.Contains('=', StringComparison.Ordinal)) throw new FormatException("neither a postgres:// address nor Name=value pairs");
            var builder = isUrl ? ParseUrl(text) : new NpgsqlConnectionStringBuilder(text);
            if (string.IsNullOrEmpty(builder.Host)) throw new FormatException("no host is given");
            if (string.IsNullOrEmpty(builder.Database)) throw new FormatException("no database name is given");
            return builder;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException or OverflowException)
        {
            throw new StorageException($"{source} '{Mask(text)}' is not a database address ({Reason(e.Message)}); write postgres://user:password@host/database", e);
        }
    }

    /// <summary>The address of the private server behind a socket folder, for <c>psql</c> and <c>--db</c>.</summary>
    public static string UrlOfSocket(string socketDirectory) =>
        $"postgresql://{ServerControl.User}@/{ServerControl.DatabaseName}?host={Uri.EscapeDataString(socketDirectory)}";

    internal static NpgsqlConnectionStringBuilder OfSocket(string socketDirectory) =>
        new() { Host = socketDirectory, Username = ServerControl.User, Database = ServerControl.DatabaseName };

    /// <summary>What the user wrote, with stars in place of a password.</summary>
    public static string Shown(string text) => Mask(text);

    /// <summary>The address without its password: for messages and logs.</summary>
    internal static string Describe(NpgsqlConnectionStringBuilder address) =>
        $"{address.Database} on {address.Host}{(address.Host!.StartsWith('/') ? "" : string.Create(CultureInfo.InvariantCulture, $":{address.Port}"))}";

    static NpgsqlConnectionStringBuilder ParseUrl(string text)
    {
        // Not System.Uri: libpq allows an empty host with the socket's folder as an option, which Uri refuses.
        var rest = text[(text.IndexOf("://", StringComparison.Ordinal) + 3)..];
        var query = Cut(ref rest, '?');
        var path = Cut(ref rest, '/');
        var builder = new NpgsqlConnectionStringBuilder();
        var at = rest.LastIndexOf('@');
        if (at >= 0)
        {
            var user = rest[..at];
            var password = Cut(ref user, ':');
            if (user.Length > 0) builder.Username = Uri.UnescapeDataString(user);
            if (password is not null) builder.Password = Uri.UnescapeDataString(password);
            rest = rest[(at + 1)..];
        }
        if (rest.StartsWith('['))
        {
            var end = rest.IndexOf(']', StringComparison.Ordinal);
            if (end < 0) throw new FormatException("'[' without ']'");
            builder.Host = rest[1..end];
            rest = rest[(end + 1)..];
            if (rest.StartsWith(':')) builder.Port = int.Parse(rest[1..], CultureInfo.InvariantCulture);
        }
        else
        {
            var port = Cut(ref rest, ':');
            if (!string.IsNullOrEmpty(port)) builder.Port = int.Parse(port, CultureInfo.InvariantCulture);
            if (rest.Length > 0) builder.Host = Uri.UnescapeDataString(rest);
        }
        if (!string.IsNullOrEmpty(path)) builder.Database = Uri.UnescapeDataString(path);
        foreach (var option in (query ?? "").Split('&', StringSplitOptions.RemoveEmptyEntries)) SetOption(builder, option);
        return builder;
    }

    static void SetOption(NpgsqlConnectionStringBuilder builder, string option)
    {
        var name = option;
        var value = Uri.UnescapeDataString(Cut(ref name, '=') ?? throw new FormatException("an option has no value: write & within a value as %26"));
        switch (name)
        {
            case "host": builder.Host = value; break;
            case "port": builder.Port = int.Parse(value, CultureInfo.InvariantCulture); break;
            case "user": builder.Username = value; break;
            case "password": builder.Password = value; break;
            case "dbname": builder.Database = value; break;
            case "sslmode": builder.SslMode = Enum.Parse<SslMode>(value.Replace("-", "", StringComparison.Ordinal), ignoreCase: true); break;
            case "sslrootcert": builder.RootCertificate = value; break;
            case "connect_timeout": builder.Timeout = int.Parse(value, CultureInfo.InvariantCulture); break;
            case "application_name": builder.ApplicationName = value; break;
            default: builder[Uri.UnescapeDataString(name)] = value; break;
        }
    }

    /// <summary>Cuts the text at the first separator and returns what follows it, or null.</summary>
    static string? Cut(ref string text, char separator)
    {
        var at = text.IndexOf(separator, StringComparison.Ordinal);
        if (at < 0) return null;
        var rest = text[(at + 1)..];
        text = text[..at];
        return rest;
    }

    /// <summary>A name with ; in it begins with the end of a value, which may be a password's.</summary>
    static string Reason(string message) => message.Contains(';', StringComparison.Ordinal) ? "a value that holds ; must be in quotes" : message.Split('\n')[0].TrimEnd('.', '\r');

    /// <summary>Messages end in logs and screenshots: no password in them, also where it is written so that it cannot be read as one.</summary>
    static string Mask(string text)
    {
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0 || text[..scheme].Contains('=', StringComparison.Ordinal)) return PairWithPassword().Replace(text, "${name}***");
        var (at, colon) = (text.LastIndexOf('@'), text.IndexOf(':', scheme + 3));
        return OptionWithPassword().Replace(colon >= 0 && colon < at ? text[..(colon + 1)] + "***" + text[at..] : text, "${name}***");
    }

    /// <summary>To the next thing that looks like an option: a password may hold a bare &amp;.</summary>
    [GeneratedRegex("(?<name>[?&][^?&=]*(?:pass|pwd)[^?&=]*=).*?(?=&[^&=]+=|$)", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.Singleline, 1000)]
    private static partial Regex OptionWithPassword();

    /// <summary>In quotes, closed or not; else to the next thing that looks like a pair.</summary>
    [GeneratedRegex("""(?<name>(?:^|;)[^;=]*(?:pass|pwd)[^;=]*=\s*)(?:'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|.*?(?=;[^;=]*=|$))""", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.Singleline, 1000)]
    private static partial Regex PairWithPassword();
}
