using System.Collections.Immutable;

namespace AtomSets.Studies;

/// <summary>A checked plan with the links that the machine follows: who waits for whom. Immutable.</summary>
sealed class PlanIndex
{
    static readonly string[] None = [];

    string? _hash;
    readonly Dictionary<string, PlanNode> _nodes = new(StringComparer.Ordinal);
    readonly Dictionary<string, string[]> _waiting = new(StringComparer.Ordinal);
    readonly Dictionary<string, ImmutableArray<TrainNode>> _groups = new(StringComparer.Ordinal);

    /// <exception cref="StudyInputException">The plan breaks a rule.</exception>
    public PlanIndex(ResolvedStudy study)
    {
        Study = study;
        PlanRules.CheckName(study.Name);
        foreach (var node in study.Nodes)
        {
            PlanRules.CheckId(node);
            if (!_nodes.TryAdd(node.Id, node)) throw new StudyInputException($"Two nodes of study '{study.Name}' have the id '{node.Id}'; ids must be unique.");
        }
        foreach (var group in study.Nodes.OfType<TrainNode>().GroupBy(node => node.Group, StringComparer.Ordinal))
            _groups.Add(group.Key, [.. group.OrderBy(node => node.Replicate)]);
        PlanRules.Check(this);
        Link();
    }

    public ResolvedStudy Study { get; }

    /// <summary><see cref="ResolvedStudy.Hash"/>, computed once.</summary>
    public string Hash => _hash ??= Study.Hash;

    public IReadOnlyDictionary<string, PlanNode> Nodes => _nodes;

    /// <summary>Declared groups (those of searches come while the study runs), replicates in order.</summary>
    public IReadOnlyDictionary<string, ImmutableArray<TrainNode>> Groups => _groups;

    /// <summary>Nodes that wait for this one: the children of a Train or Select node, the Select nodes over a group or search id.</summary>
    public string[] WaitingFor(string id) => _waiting.GetValueOrDefault(id, None);

    /// <summary>The nodes or groups that a node waits for, each once.</summary>
    public static IEnumerable<string> Needs(PlanNode node) => node switch
    {
        TrainNode train => train.Spec.Parents.Select(parent => parent.Node).Distinct(StringComparer.Ordinal),
        EvaluateNode evaluate => evaluate.Spec.Parents.Select(parent => parent.Node).Distinct(StringComparer.Ordinal),
        SelectNode select => select.Candidates.Distinct(StringComparer.Ordinal),
        SearchNode search => search.Replicates.SelectMany(spec => spec.Parents).Select(parent => parent.Node).Distinct(StringComparer.Ordinal),
        _ => [],
    };

    void Link()
    {
        var waiting = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var node in Study.Nodes)
        {
            foreach (var need in Needs(node))
            {
                if (!waiting.TryGetValue(need, out var list)) waiting.Add(need, list = []);
                list.Add(node.Id);
            }
        }
        foreach (var (id, list) in waiting) _waiting.Add(id, [.. list]);
    }
}
