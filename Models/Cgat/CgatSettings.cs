using AtomSets.Materials;

namespace AtomSets.Models.Cgat;

/// <summary>Settings of a CGAT. The defaults are those of the authors' program when it is run without options.</summary>
public sealed record CgatSettings
{
    /// <summary>Widths of the published output network.</summary>
    public static IReadOnlyList<int> PublishedOutputWidths { get; } = [1024, 1024, 512, 512, 256, 256, 128];

    /// <summary>F: numbers per atom.</summary>
    public int Width { get; init; } = 128;

    /// <summary>E: numbers per edge. The authors' option for it (512) never reaches their network, which has 128.</summary>
    public int EdgeWidth { get; init; } = 128;

    /// <summary>H: attention networks beside each other.</summary>
    public int Heads { get; init; } = 5;

    /// <summary>L: message steps.</summary>
    public int Steps { get; init; } = 5;

    /// <summary>Message steps of the composition branch.</summary>
    public int CompositionSteps { get; init; } = 3;

    /// <summary>Attention networks of the composition branch.</summary>
    public int CompositionHeads { get; init; } = 1;

    /// <summary>Width of the hidden layers of the composition branch.</summary>
    public int CompositionHidden { get; init; } = 256;

    /// <summary>Each atom sees so many of its nearest neighbours.</summary>
    public int Neighbours { get; init; } = 24;

    /// <summary>… within this distance, in Å; a crystal in which some atom has fewer is refused.</summary>
    public double CutoffAngstrom { get; init; } = 18;

    /// <summary>A neighbour farther by more than this, in Å, than the first of a shell begins the next shell.</summary>
    public double ShellToleranceAngstrom { get; init; } = 1e-8;

    /// <summary>At which end of an edge messages are summed.</summary>
    public CgatDirection Direction { get; init; } = CgatDirection.Neighbour;

    /// <summary>What is done with the message of an atom.</summary>
    public CgatNodeUpdate NodeUpdate { get; init; } = CgatNodeUpdate.Hyper;

    /// <summary>How edges change.</summary>
    public CgatEdgeUpdate EdgeUpdate { get; init; } = CgatEdgeUpdate.Mlp;

    /// <summary>With <see cref="CgatEdgeUpdate.Mlp"/>: keeps the edge attention networks that the authors' program computes and does not use.</summary>
    public bool UnusedEdgeAttention { get; init; } = true;

    /// <summary>Attention by channel between atoms; else one number for all channels.</summary>
    public bool VectorAttention { get; init; } = true;

    /// <summary>The same in the pooling over atoms.</summary>
    public bool GlobalVectorAttention { get; init; } = true;

    /// <summary>Whether the heads of the pooling are averaged; else concatenated.</summary>
    public bool AveragesHeads { get; init; }

    /// <summary>Whether the output network's layers start switched off, as numbers α = 0 before them.</summary>
    public bool ReZero { get; init; } = true;

    /// <summary>Widths of the output network.</summary>
    public IReadOnlyList<int> OutputWidths { get; init; } = PublishedOutputWidths;

    /// <summary>What the network is told of an element (<see cref="ElementInputs"/>).</summary>
    public string ElementFeatures { get; init; } = ElementInputs.Matscholar;

    /// <summary>Whether crystals of one element are refused, as the authors leave them out; else the element is its own context.</summary>
    public bool RefusesPureElements { get; init; }

    public OutputKind Output { get; init; } = OutputKind.Linear;

    /// <summary>The graphs that the network reads.</summary>
    public GraphSettings Graphs => new(CutoffAngstrom, Neighbours);

    /// <summary>Width of the hidden layers of the networks on edges: (2F + E)/1.5, cut to a whole number.</summary>
    public int EdgeHidden => (int)((2 * Width + EdgeWidth) / 1.5);

    /// <summary>Numbers per crystal after the pooling.</summary>
    public int PooledWidth => AveragesHeads ? Width : Heads * Width;

    /// <summary>Reads a resolved spec.</summary>
    public static CgatSettings From(ModelSpec spec) => new()
    {
        Width = spec.Integer("width"),
        EdgeWidth = spec.Integer("edge_width"),
        Heads = spec.Integer("heads"),
        Steps = spec.Integer("steps"),
        CompositionSteps = spec.Integer("composition_steps"),
        CompositionHeads = spec.Integer("composition_heads"),
        CompositionHidden = spec.Integer("composition_hidden"),
        Neighbours = spec.Integer("neighbours"),
        CutoffAngstrom = spec.Number("cutoff_angstrom"),
        ShellToleranceAngstrom = spec.Number("shell_tolerance_angstrom"),
        Direction = spec.Text("direction") == "centre" ? CgatDirection.Centre : CgatDirection.Neighbour,
        NodeUpdate = spec.Text("node_update") switch { "mlp" => CgatNodeUpdate.Mlp, "none" => CgatNodeUpdate.None, _ => CgatNodeUpdate.Hyper },
        EdgeUpdate = spec.Text("edge_update") switch
        {
            "none" => CgatEdgeUpdate.None,
            "attention" => CgatEdgeUpdate.Attention,
            "hyper" => CgatEdgeUpdate.Hyper,
            _ => CgatEdgeUpdate.Mlp,
        },
        UnusedEdgeAttention = spec.Flag("unused_edge_attention"),
        VectorAttention = spec.Flag("vector_attention"),
        GlobalVectorAttention = spec.Flag("global_vector_attention"),
        AveragesHeads = spec.Text("pooled_heads") == "mean",
        ReZero = spec.Flag("rezero"),
        OutputWidths = spec.Integers("output_widths"),
        ElementFeatures = spec.Text("element_features"),
        RefusesPureElements = spec.Text("pure_elements") == "refuse",
        Output = spec.Text("output") == "sigmoid" ? OutputKind.Probability : OutputKind.Linear,
    };
}

/// <summary>Where messages over an edge are summed. The centre is the atom whose list of neighbours holds the edge.</summary>
public enum CgatDirection
{
    /// <summary>At the neighbour, as in the authors' program: over the edges in which the atom is someone's neighbour, of whatever number.</summary>
    Neighbour,

    /// <summary>At the centre: over the atom's own neighbours.</summary>
    Centre,
}

/// <summary>What becomes of the message u of an atom before it is added.</summary>
public enum CgatNodeUpdate
{
    /// <summary>It passes a network whose weights are generated for each atom.</summary>
    Hyper,

    /// <summary>It passes two layers, the same for all atoms.</summary>
    Mlp,

    /// <summary>It is added as it is.</summary>
    None,
}

/// <summary>What is added to an edge in each step.</summary>
public enum CgatEdgeUpdate
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Two layers on the edge itself, as in the authors' program: it remains a function of the neighbour's rank.</summary>
    Mlp,

    /// <summary>Two layers on a message from both atoms and the edge, the heads weighted by attention.</summary>
    Attention,

    /// <summary>A network on that message whose weights are generated for each edge.</summary>
    Hyper,
}
