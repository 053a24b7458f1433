namespace AtomSets.Materials;

enum CifToken
{
    End,
    Data,
    Loop,
    Tag,
    Value,
    Other,
}

/// <summary>A slice of a CIF text with its line. Quoted values are values even when they read <c>?</c> or <c>.</c>.</summary>
readonly record struct CifValue(int Start, int Length, int Line, bool Quoted);

/// <summary>Cuts a CIF text into tokens, one pass, nothing copied. Text fields may span lines; comments are passed over.</summary>
ref struct CifTokenizer(ReadOnlySpan<char> text, string source)
{
    readonly ReadOnlySpan<char> _text = text;
    readonly string _source = source;
    int _at = text.Length > 0 && text[0] == '\uFEFF' ? 1 : 0;
    int _line = 1;

    /// <summary>The slice of the last token: a block's name, a tag with its underscore, a value without its quotes.</summary>
    internal CifValue Current { get; private set; }

    internal readonly ReadOnlySpan<char> Text => _text.Slice(Current.Start, Current.Length);

    internal CifToken Next()
    {
        SkipBlanks();
        if (_at >= _text.Length) return CifToken.End;
        var c = _text[_at];
        if (c == ';' && (_at == 0 || _text[_at - 1] is '\n' or '\r')) return TextField();
        if (c is '\'' or '"') return Quoted(c);
        var start = _at;
        while (_at < _text.Length && !IsBlank(_text[_at])) _at++;
        Current = new CifValue(start, _at - start, _line, Quoted: false);
        var word = Text;
        if (c == '_') return CifToken.Tag;
        if (word.Equals("loop_", StringComparison.OrdinalIgnoreCase)) return CifToken.Loop;
        if (word.StartsWith("data_", StringComparison.OrdinalIgnoreCase))
        {
            Current = new CifValue(start + 5, word.Length - 5, _line, Quoted: false);
            return CifToken.Data;
        }
        return word.StartsWith("save_", StringComparison.OrdinalIgnoreCase)
            || word.Equals("global_", StringComparison.OrdinalIgnoreCase)
            || word.Equals("stop_", StringComparison.OrdinalIgnoreCase)
            ? CifToken.Other
            : CifToken.Value;
    }

    CifToken TextField()
    {
        var line = _line;
        var start = ++_at;
        while (true)
        {
            var rest = _text[_at..];
            var end = rest.IndexOf('\n');
            if (end < 0) throw new StructureFormatException(_source, line, "a text field that begins with ';' is never closed by a ';' at the start of a line");
            _at += end + 1;
            _line++;
            if (_at < _text.Length && _text[_at] == ';') break;
        }
        Current = new CifValue(start, _at - start, line, Quoted: true);
        _at++;
        return CifToken.Value;
    }

    CifToken Quoted(char quote)
    {
        var start = ++_at;
        for (; _at < _text.Length && _text[_at] is not ('\n' or '\r'); _at++)
        {
            // A quote closes only before a blank: 'a dog's life' is one value.
            if (_text[_at] != quote || (_at + 1 < _text.Length && !IsBlank(_text[_at + 1]))) continue;
            Current = new CifValue(start, _at - start, _line, Quoted: true);
            _at++;
            return CifToken.Value;
        }
        throw new StructureFormatException(_source, _line, $"a quoted value is not closed by {quote} on its line");
    }

    void SkipBlanks()
    {
        while (_at < _text.Length)
        {
            var c = _text[_at];
            if (c == '\n') _line++;
            else if (c == '#')
            {
                var end = _text[_at..].IndexOf('\n');
                if (end < 0)
                {
                    _at = _text.Length;
                    return;
                }
                _at += end;
                continue;
            }
            else if (!IsBlank(c)) return;
            _at++;
        }
    }

    static bool IsBlank(char c) => c is ' ' or '\t' or '\r' or '\n' or '\0' or '\u00A0';
}
