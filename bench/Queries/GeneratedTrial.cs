namespace AtomSets.Bench;

/// <summary>A finished (or failed) trial as the database holds it.</summary>
/// <param name="Begun">Epochs that an earlier rung has run.</param>
/// <param name="Epochs">The last epoch; 0 for an evaluation.</param>
/// <param name="Error">Validation error of a training, test error of an evaluation; NaN where it failed.</param>
/// <param name="Parent">The trial that an evaluation evaluates, or 0.</param>
sealed record GeneratedTrial(
    long Id, string Key, bool IsTraining, string Spec, string? Result, string Owner, DateTime Ended, int Begun, int Epochs, double Error, double Seconds, long Parent, GeneratedProblem Problem)
{
    public bool Failed => double.IsNaN(Error);
}

/// <summary>Something to be learnt: a property of a data set, with its test rows.</summary>
/// <param name="Scale">Error of a network trained on ten rows.</param>
sealed record GeneratedProblem(string DataSet, string Property, string Unit, double Scale, int TestRows)
{
    public static IReadOnlyList<GeneratedProblem> All { get; } =
    [
        new("struct_matbench_phonons", "last_phdos_peak_cm1", "1/cm", 400, 100),
        new("struct_elastic_mp_binary", "log10_k_vrh", "log10(GPa)", 0.5, 100),
        new("struct_elastic_mp_binary", "log10_g_vrh", "log10(GPa)", 0.6, 100),
        new("struct_mp_pool", "formation_energy_ev_atom", "eV/atom", 0.4, 120),
        new("struct_mp_pool", "band_gap_ev", "eV", 1.5, 120),
        new("comp_jarvis", "exfoliation_energy_mev_atom", "meV/atom", 120, 60),
        new("comp_expt_gap", "gap_expt_ev", "eV", 1.2, 80),
        new("ionic", "lattice_energy_ev_atom", "eV/atom", 9, 60),
    ];

    public string Material(int row) => $"{DataSet}-{row:000000}";

    /// <summary>What the material's property is: the same for whoever predicts it.</summary>
    public double Truth(int row) => Scale * (2 + Math.Sin(row * 12.9898));
}

/// <summary>A node of a generated study.</summary>
sealed record GeneratedNode(long Study, string Node, string Kind, string? Group, int? Replicate, string Status, string? Key, string Labels);
