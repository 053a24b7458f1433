using System.Globalization;

namespace AtomSets.Acceptance.Tests;

/// <summary>A study of many short trials: a parent, and for every replicate twelve trainings (three ways × four sizes), each with its evaluation. Never twice the same trial in two rounds.</summary>
/// <param name="round">From 1 on.</param>
/// <param name="replicates">At most 999.</param>
sealed class EnduranceStudy(int round, int replicates)
{
    const int Ways = 3, Sizes = 4, TestRows = 20, Epochs = 8;

    /// <summary>In an undisturbed run every tenth replicate is computed again: its trials have the same keys, and must have the same numbers.</summary>
    public const int ComparedEvery = 10;

    public string Name { get; } = string.Create(CultureInfo.InvariantCulture, $"endurance-{round}");

    public int Trainings => 1 + Ways * Sizes * replicates;

    public int Trials => 1 + 2 * Ways * Sizes * replicates;

    /// <summary>Rows that the trials write.</summary>
    public (int Epochs, int Predictions) Rows => (Trainings * Epochs, Ways * Sizes * replicates * TestRows);

    /// <summary>The study file; <paramref name="compared"/>: of the compared replicates alone.</summary>
    public string Text(bool compared) => string.Create(CultureInfo.InvariantCulture, $$"""
        study: {{Name}}
        seed: {{round}}
        sources:
          cheap:
            data: ionic:300:1
            target: lattice_energy_kapustinskii_ev_atom
            where: { max_sites: 8, limit: 150 }
            split: { validation: 0.1 }
            model: net
        targets:
          dear:
            data: ionic:200:2
            target: lattice_energy_ev_atom
            where: { max_sites: 8 }
            split: { validation: 10, test: {{TestRows}} }
            sizes: [10, 15, 20, 30]
        models:
          net: { kind: megnet, hidden: 8, width: 8, readout: 8, blocks: 1, gaussian_centres: 12, cutoff_angstrom: 4.0, gaussian_stop_angstrom: 5.0 }
          sets: { kind: atomsets, phi: [8], rho: [8] }
        transfer: [scratch, full, { mode: "features:V1", name: sets, model: sets }]
        seeds: [{{string.Join(", ", Enumerable.Range(0, replicates).Where(replicate => !compared || replicate % ComparedEvery == 0).Select(replicate => 1000 * round + replicate))}}]
        training: { epochs: {{Epochs}}, patience: 1000, batch_size: 10 }
        """);
}
