using System.Text.Json;
using AtomSets.Models.Cgcnn;

namespace AtomSets.Models.Published;

/// <summary>Networks of the CGCNN repository (PyTorch): matrices are (out, in) there; names, layers and batch-norm statistics are the same.</summary>
static class CgcnnImport
{
    /// <summary>What each network predicts, by the end of its name; the files do not say.</summary>
    static readonly Dictionary<string, (string Property, string Unit)> Properties = new(StringComparer.Ordinal)
    {
        ["formation-energy-per-atom"] = ("Formation energy", "eV/atom"),
        ["final-energy-per-atom"] = ("Total energy", "eV/atom"),
        ["band-gap"] = ("Band gap", "eV"),
        ["efermi"] = ("Fermi energy", "eV"),
        ["bulk-moduli"] = ("Bulk modulus", "log10 GPa"),
        ["shear-moduli"] = ("Shear modulus", "log10 GPa"),
        ["poisson-ratio"] = ("Poisson ratio", ""),
        ["semi-metal-classification"] = ("Metal (1) or semiconductor (0)", "probability"),
    };

    public static PublishedModel Read(
        string name, JsonElement card, IReadOnlyDictionary<string, NumpyArray> arrays, string hash, string place)
    {
        var gaussian = card.GetProperty("gaussian");
        if (gaussian.GetProperty("start").GetDouble() != 0 || gaussian.GetProperty("stop").GetDouble() != card.GetProperty("radius_angstrom").GetDouble())
            throw new ModelException($"{place}: Gaussian centres run from 0 to the cutoff, this model's from {gaussian.GetProperty("start")} to {gaussian.GetProperty("stop")}");
        var isClassifier = card.GetProperty("task").GetString() == "classification";
        var settings = new CgcnnSettings
        {
            AtomFeatures = card.GetProperty("atom_fea_len").GetInt32(),
            Convolutions = card.GetProperty("n_conv").GetInt32(),
            Hidden = card.GetProperty("h_fea_len").GetInt32(),
            HiddenLayers = card.GetProperty("n_h").GetInt32(),
            Neighbours = card.GetProperty("max_num_nbr").GetInt32(),
            CutoffAngstrom = card.GetProperty("radius_angstrom").GetDouble(),
            PadsNeighbours = true,
            GaussianStepAngstrom = gaussian.GetProperty("step").GetDouble(),
            GaussianWidthAngstrom = gaussian.GetProperty("width").GetDouble(),
            Dropout = isClassifier ? 0.5 : 0,
            Output = isClassifier ? CgcnnOutput.TwoClass : CgcnnOutput.Linear,
        };
        var model = new CgcnnModel(settings);
        var (property, unit) = Properties.TryGetValue(name[(name.IndexOf('_', StringComparison.Ordinal) + 1)..], out var known) ? known : (name, "");
        return new PublishedModel
        {
            Name = name,
            Model = model,
            Weights = WeightImport.Match(
                model.Parameters, arrays.ToDictionary(array => array.Key, array => array.Value.Shape.Count == 2 ? WeightImport.Transpose(array.Value) : array.Value, StringComparer.Ordinal), place),
            Transform = card.GetProperty("normalizer") is { ValueKind: JsonValueKind.Object } normalizer
                ? new OutputTransform(normalizer.GetProperty("mean").GetDouble(), normalizer.GetProperty("std").GetDouble(), PerAtom: false)
                : OutputTransform.Identity,
            Property = property,
            Unit = unit,
            TrainedOn = "Materials Project, 2017",
            Source = card.GetProperty("source").GetString() ?? "",
            Licence = card.GetProperty("licence").GetString() ?? "",
            ContentHash = hash,
            Elements = [.. Enumerable.Range(1, ElementVectors.MaxAtomicNumber)],
        };
    }
}
