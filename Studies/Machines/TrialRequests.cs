namespace AtomSets.Studies;

/// <summary>Fills the template of a node whose parents have ended.</summary>
static class TrialRequests
{
    public static RequestTrial For(
        NodeState node, int priority, IReadOnlyDictionary<string, NodeState> nodes, IReadOnlyDictionary<string, GroupState> groups)
    {
        var (template, replicate) = node.Node switch
        {
            TrainNode train => (train.Spec, train.Replicate),
            EvaluateNode evaluate => (evaluate.Spec, evaluate.Replicate),
            _ => throw new InvalidOperationException($"Node '{node.Node.Id}' has no trial."),
        };
        var spec = template.Resolve(
            parent => ParentKey(parent, replicate, nodes, groups),
            node.Draws is { } draws ? name => draws.GetValueOrDefault(name) : null,
            node.Rung?.ToJson(from => nodes[from].Key ?? throw new InvalidOperationException($"Node '{from}' has not resolved.")));
        return new RequestTrial(spec.Key, spec, node.Node.Id, priority, node.Order);
    }

    static TrialKey ParentKey(
        NodeReference parent, int replicate, IReadOnlyDictionary<string, NodeState> nodes, IReadOnlyDictionary<string, GroupState> groups)
    {
        var state = nodes[parent.Node];
        if (state.Winner is { } winner)
        {
            var wanted = parent.Replicate ?? replicate;
            // Members are in the order of their replicates; one may stand for those that follow.
            state = nodes[groups[winner].Members.Last(member => member.Replicate <= wanted).Node];
        }
        return state.Key ?? throw new InvalidOperationException($"Node '{parent.Node}' has not resolved.");
    }
}
