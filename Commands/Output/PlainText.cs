using System.Text;
using Spectre.Console;

namespace AtomSets.Commands;

/// <summary>
/// Texts of files (ids, formulas, column names, a reader's complaint about them) on a person's terminal: without the characters by which a text would steer it, colour it or turn it round. In CSV and JSON they stay as they are.
/// </summary>
static class PlainText
{
    const char Shown = '\uFFFD';

    /// <summary>The text with every such character shown as �.</summary>
    public static string Of(string text) => text.Any(Steers) ? string.Create(text.Length, text, static (plain, text) =>
    {
        for (var i = 0; i < plain.Length; i++) plain[i] = Steers(text[i]) ? Shown : text[i];
    }) : text;

    /// <summary>Prints a line of plain text. (Within this project it comes before the console library's own method of this name.)</summary>
    public static void WriteLine(this IAnsiConsole console, string text) => AnsiConsoleExtensions.WriteLine(console, Of(text));

    /// <summary>Control characters but for line ends and tabs, and what changes the direction of writing (https://www.unicode.org/reports/tr9/).</summary>
    static bool Steers(char letter) => (char.IsControl(letter) && letter is not ('\n' or '\r' or '\t')) || letter is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');

    /// <summary>A writer of messages that passes plain text on.</summary>
    public static TextWriter Over(TextWriter writer) => new Writer(writer);

    sealed class Writer(TextWriter writer) : TextWriter
    {
        public override Encoding Encoding => writer.Encoding;

        public override void Write(char value) => writer.Write(Steers(value) ? Shown : value);

        public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

        public override void Write(string? value) => writer.Write(value is null ? null : Of(value));

        public override void WriteLine(string? value) => writer.WriteLine(value is null ? null : Of(value));

        public override void Flush() => writer.Flush();
    }
}
