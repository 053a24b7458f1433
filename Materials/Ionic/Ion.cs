using System.Globalization;

namespace AtomSets.Materials;

/// <summary>An ion of the synthetic model.</summary>
/// <param name="Element">Its element.</param>
/// <param name="Charge">Formal charge in e.</param>
/// <param name="RadiusAngstrom">
/// Effective ionic radius, sixfold coordination, high spin: R. D. Shannon, Acta Cryst. A32, 751 (1976), doi:10.1107/S0567739476001551;
/// N³⁻ fourfold; P³⁻, As³⁻ after Pauling; H⁻ a customary 1.40 Å.
/// </param>
sealed record Ion(Element Element, int Charge, double RadiusAngstrom)
{
    const string CationTable =
        """
        Li+1 0.76  Na+1 1.02  K+1 1.38  Rb+1 1.52  Cs+1 1.67  Ag+1 1.15  Cu+1 0.77  Tl+1 1.50
        Be+2 0.45  Mg+2 0.72  Ca+2 1.00  Sr+2 1.18  Ba+2 1.35  Zn+2 0.74  Cd+2 0.95  Hg+2 1.02  Mn+2 0.83  Fe+2 0.78  Co+2 0.745  Ni+2 0.69
        Cu+2 0.73  Pb+2 1.19  Eu+2 1.17  V+2 0.79  Ti+2 0.86
        Al+3 0.535  Ga+3 0.62  In+3 0.80  Tl+3 0.885  Sc+3 0.745  Y+3 0.90  La+3 1.032  Ce+3 1.01  Nd+3 0.983  Sm+3 0.958  Gd+3 0.938  Dy+3 0.912
        Er+3 0.89  Lu+3 0.861  Ti+3 0.67  V+3 0.64  Cr+3 0.615  Mn+3 0.645  Fe+3 0.645  Co+3 0.61  Rh+3 0.665  Bi+3 1.03
        Si+4 0.40  Ge+4 0.53  Sn+4 0.69  Pb+4 0.775  Ti+4 0.605  Zr+4 0.72  Hf+4 0.71  Ce+4 0.87  Th+4 0.94  U+4 0.89  V+4 0.58  Mn+4 0.53
        Mo+4 0.65  W+4 0.66  Ru+4 0.62  Pt+4 0.625
        V+5 0.54  Nb+5 0.64  Ta+5 0.64  Sb+5 0.60
        """;

    const string AnionTable = "H-1 1.40  F-1 1.33  Cl-1 1.81  Br-1 1.96  I-1 2.20  O-2 1.40  S-2 1.84  Se-2 1.98  Te-2 2.21  N-3 1.46  P-3 2.12  As-3 2.22";

    public static IReadOnlyList<Ion> Cations { get; } = Read(CationTable);

    public static IReadOnlyList<Ion> Anions { get; } = Read(AnionTable);

    /// <summary>Pauling's electronegativity (1.2 for the few lanthanides without one).</summary>
    public double Electronegativity => Element.Electronegativity ?? 1.2;

    /// <summary>Shannon's crystal radius: 0.14 Å more for cations, less for anions. Sums of unlike ions stay; anions repel each other less.</summary>
    public double CrystalRadiusAngstrom => RadiusAngstrom + 0.14 * Math.Sign(Charge);

    /// <summary>Half of the Born–Mayer softness of a contact, in Å: 0.31 Å for Na⁺Cl⁻, as for the alkali halides.</summary>
    public double SoftnessAngstrom => 0.085 + 0.05 * RadiusAngstrom;

    static List<Ion> Read(string table)
    {
        var words = table.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var ions = new List<Ion>();
        for (var i = 0; i < words.Length; i += 2)
        {
            var sign = words[i].IndexOfAny(['+', '-']);
            ions.Add(new Ion(
                Element.Parse(words[i].AsSpan(0, sign)), int.Parse(words[i].AsSpan(sign), CultureInfo.InvariantCulture), double.Parse(words[i + 1], CultureInfo.InvariantCulture)));
        }
        return ions;
    }
}
