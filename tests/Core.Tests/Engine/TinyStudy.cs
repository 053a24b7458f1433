using AtomSets.Studies;

namespace AtomSets.Core.Tests.Engine;

/// <summary>A real study that takes a second: one pre-training and, per size, a scratch and a full transfer run with its evaluation.</summary>
static class TinyStudy
{
    public static StudyFile File(string name, string sizes = "[8, 16]", int epochs = 3) => new(
        $$"""
        study: {{name}}
        sources:
          cheap: { data: "ionic:60:1", target: lattice_energy_kapustinskii_ev_atom, where: { max_sites: 8 }, split: { validation: 8 }, model: net }
        targets:
          dear: { data: "ionic:60:2", target: lattice_energy_ev_atom, where: { max_sites: 8 }, split: { validation: 8, test: 8 }, sizes: {{sizes}} }
        models:
          net: { kind: megnet, embedding: 4, hidden: 6, width: 4, readout: 3, blocks: 1, gaussian_centres: 6, cutoff_angstrom: 3.5, gaussian_stop_angstrom: 4 }
        transfer: [scratch, full]
        training: { epochs: {{epochs}}, patience: {{epochs}}, batch_size: 8 }
        """, $"{name}.yaml");

    /// <summary>As <see cref="File"/>, where every network is chosen among two learning rates.</summary>
    public static StudyFile Searched(string name, string sizes) =>
        File(name, sizes) with { Text = File(name, sizes).Text.Replace("batch_size: 8", "batch_size: 8, learning_rate: { choice: [0.01, 0.001] }") + "\nsearch: { sampler: grid }" };
}
