using System.Globalization;

namespace AtomSets.Materials;

/// <summary>
/// Reads chemical formulas in one pass, without recursion: brackets live on a bounded stack. The grammar, with blanks allowed between tokens:
/// <code>
/// formula = part (separator part)*        separator = · • ⋅ ∙ * or, see below, . - @ x
/// part    = [number] group+
/// group   = (symbol | "(" [number] group+ ")" | "[" [number] group+ "]" | "{" [number] group+ "}") [number]
/// number  = digits [. digits] | digits / digits
/// </code>
/// Dash, at sign and a lone x separate where a part follows (<c>Al2O3-SiO2</c>, <c>C60@K3</c>, <c>CuSO4 x 5H2O</c>); a dash or plus at the end is a charge and is refused.
/// The dot: before a letter or bracket it separates parts (<c>Al2O3.SiO2</c>). Before digits it is a decimal point, unless the number after it is
/// followed by <c>H2O</c> or <c>D2O</c> (<c>CuSO4.5H2O</c>, <c>CaSO4.0.5H2O</c>). In <c>3Al2O3.2SiO2</c> it could be either, so that is refused.
/// </summary>
ref struct FormulaParser
{
    const int MaxLength = 1000;
    const int MaxDepth = 16;

    readonly string _original;
    readonly ReadOnlySpan<char> _text;
    readonly double[] _total;       // finished parts
    readonly Frame[] _frames;       // open brackets of the current part; frame 0 is the part itself
    readonly bool _hasClearSeparator;
    int _depth;
    int _at;

    struct Frame
    {
        internal double[] Amounts;
        internal double Multiplier;
        internal char Closer;
        internal int OpenedAt;
        internal bool Filled;
    }

    FormulaParser(string original, ReadOnlySpan<char> text)
    {
        _original = original;
        _text = text;
        _total = new double[Element.MaxAtomicNumber];
        _frames = new Frame[MaxDepth + 1];
        _hasClearSeparator = text.IndexOfAny("·*") >= 0;
        _depth = 0;
        _at = 0;
    }

    internal static Composition Parse(string formula)
    {
        if (formula.Length > MaxLength)
            throw new FormulaException(Invariant($"a formula of {formula.Length} characters is refused; at most {MaxLength} are read"));
        Span<char> plain = stackalloc char[formula.Length];
        for (var i = 0; i < formula.Length; i++) plain[i] = Plain(formula[i]);
        if (plain.Trim().IsEmpty) throw new FormulaException("the formula is empty");
        if (SpreadsheetDate.Matches(plain.Trim()))
            throw new FormulaException($"'{formula}' is a date, not a formula: a spreadsheet has rewritten it and what stood there cannot be recovered; correct the row at its source");
        return new FormulaParser(formula, plain).Run();
    }

    Composition Run()
    {
        while (true)
        {
            Part();
            if (_at == _text.Length) break;
            _at++; // the separator on which Part stopped
        }
        try
        {
            return Composition.FromSums(_total);
        }
        catch (ArgumentException failure)
        {
            throw new FormulaException($"'{_original}': {StructureFile.WithoutParameter(failure)}", failure);
        }
    }

    void Part()
    {
        SkipBlanks();
        var multiplierAt = _at;
        var hasMultiplier = TryNumber(inLeadingMultiplier: true, multiplied: false, out var multiplier);
        if (hasMultiplier) SkipBlanks();
        _depth = 0;
        _frames[0] = new Frame { Amounts = new double[Element.MaxAtomicNumber] };
        while (_at < _text.Length && !IsSeparator(_at))
        {
            var c = _text[_at];
            if (char.IsAsciiLetterUpper(c)) Symbol(hasMultiplier);
            else if (Closer(c) is { } closer) Open(closer);
            else if (c is ')' or ']' or '}') Close(c, hasMultiplier);
            else throw Unexpected(c);
            SkipBlanks();
        }
        if (_depth > 0) throw Error(_frames[_depth].OpenedAt, $"'{_text[_frames[_depth].OpenedAt]}' is never closed");
        if (!_frames[0].Filled)
            throw hasMultiplier
                ? Error(multiplierAt, "a number without an element behind it")
                : Error(Math.Min(_at, _text.Length - 1), "an element is missing here");
        for (var i = 0; i < _total.Length; i++) _total[i] += multiplier * _frames[0].Amounts[i];
    }

    void Symbol(bool multiplied)
    {
        var start = _at++;
        while (_at < _text.Length && char.IsAsciiLetterLower(_text[_at])) _at++;
        var symbol = _text[start.._at];
        if (!Element.TryParse(symbol, out var element)) throw Error(start, Element.Unknown(symbol));
        SkipBlanks();
        TryNumber(inLeadingMultiplier: false, multiplied, out var amount);
        ref var frame = ref _frames[_depth];
        frame.Amounts[element.AtomicNumber - 1] += amount;
        frame.Filled = true;
    }

    void Open(char closer)
    {
        if (_depth == MaxDepth) throw Error(_at, Invariant($"brackets nest deeper than {MaxDepth}"));
        _frames[++_depth] = new Frame { Amounts = new double[Element.MaxAtomicNumber], Multiplier = 1, Closer = closer, OpenedAt = _at };
        _at++;
        SkipBlanks();
        // "(3InAs)0.95": the number counts for everything in the bracket.
        if (TryNumber(inLeadingMultiplier: true, multiplied: false, out var multiplier)) _frames[_depth].Multiplier = multiplier;
    }

    void Close(char c, bool multiplied)
    {
        if (_depth == 0) throw Error(_at, $"'{c}' closes nothing");
        var inner = _frames[_depth];
        if (inner.Closer != c) throw Error(_at, Invariant($"'{c}' closes '{_text[inner.OpenedAt]}' of character {inner.OpenedAt + 1}; '{inner.Closer}' is wanted"));
        if (!inner.Filled) throw Error(_at, "an empty bracket");
        _at++;
        SkipBlanks();
        TryNumber(inLeadingMultiplier: false, multiplied, out var factor);
        ref var outer = ref _frames[--_depth];
        for (var i = 0; i < outer.Amounts.Length; i++) outer.Amounts[i] += factor * inner.Multiplier * inner.Amounts[i];
        outer.Filled = true;
    }

    /// <summary>Reads digits with an optional decimal part; 1 where there is no number.</summary>
    bool TryNumber(bool inLeadingMultiplier, bool multiplied, out double value)
    {
        value = 1;
        var start = _at;
        while (_at < _text.Length && char.IsAsciiDigit(_text[_at])) _at++;
        var integerPart = _text[start.._at];
        // Before the first element, and behind a lone zero, a dot cannot end a part.
        var surelyDecimal = inLeadingMultiplier || integerPart is "0";
        if (_at < _text.Length && _text[_at] == '.' && NextIsDigit(_at) && (surelyDecimal || !IsHydrateDot(_at)))
        {
            // "3.2" after a leading multiplier may as well be the end of one part and the start of the next.
            if (multiplied && !_hasClearSeparator && !surelyDecimal)
                throw Error(_at, "'.' may be a decimal point or may separate two parts; write '·' or '*' between parts");
            _at++;
            while (_at < _text.Length && char.IsAsciiDigit(_text[_at])) _at++;
            if (_at < _text.Length && _text[_at] == '.' && NextIsDigit(_at) && !IsHydrateDot(_at))
                throw Error(_at, "a second decimal point; write '·' or '*' between parts");
        }
        if (_at == start) return false;
        var shown = _text[start.._at];
        value = double.Parse(shown, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
        if (_at < _text.Length && _text[_at] == '/')
        {
            var under = ++_at;
            while (_at < _text.Length && char.IsAsciiDigit(_text[_at])) _at++;
            if (_at == under || _text[under.._at].IndexOfAnyExcept('0') < 0) throw Error(under - 1, "a fraction needs a whole number above 0 behind the stroke, as in Mg1/3");
            value /= double.Parse(_text[under.._at], NumberStyles.None, CultureInfo.InvariantCulture);
            shown = _text[start.._at];
        }
        if (value == 0) throw Error(start, "an amount of zero; leave the element out");
        if (value is < Composition.Resolution or > Composition.MaxAmount)
            throw Error(start, Invariant($"the amount {shown.ToString()} is outside {Composition.Resolution} to {Composition.MaxAmount}"));
        var end = _at;
        SkipBlanks();
        if (_at > end && _at < _text.Length && char.IsAsciiDigit(_text[_at]))
            throw Error(_at, "two numbers in a row; write '·' or '*' between parts");
        if (!inLeadingMultiplier && _at < _text.Length && (_text[_at] == '+' || (_text[_at] == '-' && !PartFollows(_at)))) throw Unexpected(_text[_at]);
        return true;
    }

    bool IsSeparator(int at) => _text[at] is '·' or '*' || (_text[at] == '.' && (!NextIsDigit(at) || IsHydrateDot(at))) || (_text[at] is '-' or '@' or 'x' && PartFollows(at));

    /// <summary>Whether what is behind <paramref name="at"/> begins a part with an element: symbol or bracket, a number before it allowed.</summary>
    bool PartFollows(int at)
    {
        var i = at + 1;
        while (i < _text.Length && (_text[i] is ' ' or '.' or '/' || char.IsAsciiDigit(_text[i]))) i++;
        return i < _text.Length && (char.IsAsciiLetterUpper(_text[i]) || Closer(_text[i]) is not null);
    }

    bool NextIsDigit(int at) => at + 1 < _text.Length && char.IsAsciiDigit(_text[at + 1]);

    /// <summary>Whether the dot at <paramref name="dot"/> is followed by a number and then water.</summary>
    bool IsHydrateDot(int dot)
    {
        var i = dot + 1;
        while (i < _text.Length && char.IsAsciiDigit(_text[i])) i++;
        if (i == dot + 1) return false;
        if (i < _text.Length && _text[i] == '.')
        {
            var fraction = ++i;
            while (i < _text.Length && char.IsAsciiDigit(_text[i])) i++;
            if (i == fraction) return false;
        }
        var rest = _text[i..];
        if (rest.StartsWith("(") && rest.Length > 4 && rest[4] == ')') rest = rest[1..];
        return (rest.StartsWith("H2O") || rest.StartsWith("D2O")) && (rest.Length == 3 || rest[3] is '·' or '*' or '.' or ' ' or ')' or ']' or '}');
    }

    void SkipBlanks()
    {
        while (_at < _text.Length && _text[_at] == ' ') _at++;
    }

    static char? Closer(char opener) => opener switch { '(' => ')', '[' => ']', '{' => '}', _ => null };

    FormulaException Unexpected(char c)
    {
        if (c is '+' or '-') return Error(_at, $"'{_original[_at]}': charges are not part of a formula; leave them out");
        if (char.IsAsciiLetterLower(c)) return Error(_at, $"'{c}': symbols begin with a capital letter");
        if (char.IsAsciiDigit(c) || c == '.') return Error(_at, $"'{c}': a number stands behind an element or bracket, or before a whole part");
        return Error(_at, $"'{_original[_at]}' has no meaning in a formula");
    }

    readonly FormulaException Error(int at, string reason) =>
        new(Invariant($"'{_original}', character {at + 1}: {reason}"), at + 1);

    static char Plain(char c) => c switch
    {
        >= '\u2080' and <= '\u2089' => (char)('0' + (c - '\u2080')), // subscripts
        '\u2022' or '\u22C5' or '\u2219' or '\u30FB' => '·',          // bullet, dot operator, bullet operator, katakana dot
        '\t' or '\r' or '\n' or '\u00A0' or '\u2009' or '\u202F' => ' ',
        '\u207A' => '+',
        '\u207B' or '\u2212' or '\u2013' => '-',
        _ => c,
    };

    static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
