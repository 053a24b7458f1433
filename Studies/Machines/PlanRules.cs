namespace AtomSets.Studies;

/// <summary>The rules that a plan must keep; resolvers make plans that do, and this says where one does not.</summary>
static class PlanRules
{
    const string NameRule = "a study's name is 1 to 100 characters of a-z A-Z 0-9 . _ - and begins with a letter or digit";

    public static void CheckName(string name)
    {
        var valid = name.Length is >= 1 and <= 100 && char.IsAsciiLetterOrDigit(name[0])
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');
        if (!valid) throw new StudyInputException($"The study name '{name}' is not allowed: {NameRule}.");
    }

    public static void CheckId(PlanNode node)
    {
        if (string.IsNullOrWhiteSpace(node.Id) || node.Id.Length > 300 || node.Id.Contains('\0', StringComparison.Ordinal))
            throw new StudyInputException($"The node id '{node.Id}' is not allowed: an id has 1 to 300 characters, none of them U+0000.");
    }

    public static void Check(PlanIndex plan)
    {
        if (plan.Study.Nodes.IsDefaultOrEmpty) throw new StudyInputException($"Study '{plan.Study.Name}' has nothing to do: its plan has no nodes.");
        if (plan.Study.MaxAttempts < 1) throw new StudyInputException($"maxAttempts is {plan.Study.MaxAttempts}, but must be at least 1.");
        if (plan.Study.CoreHours is { } hours and not > 0) throw new StudyInputException($"The budget is {hours} core hours, but must be above 0.");
        foreach (var (group, members) in plan.Groups)
        {
            if (plan.Nodes.ContainsKey(group) && plan.Nodes[group] is SelectNode or SearchNode)
                throw new StudyInputException($"'{group}' names a group and a {KindOf(plan.Nodes[group])} node; choose another name for one.");
            for (var i = 1; i < members.Length; i++)
            {
                if (members[i].Replicate == members[i - 1].Replicate)
                    throw new StudyInputException($"Group '{group}' has replicate {members[i].Replicate} twice: '{members[i - 1].Id}' and '{members[i].Id}'.");
            }
        }
        foreach (var node in plan.Study.Nodes) CheckNode(plan, node);
        CheckOrder(plan);
    }

    public static string KindOf(PlanNode node) => node switch
    {
        TrainNode => "train",
        SelectNode => "select",
        EvaluateNode => "evaluate",
        SearchNode => "search",
        _ => throw new InvalidOperationException(),
    };

    static void CheckNode(PlanIndex plan, PlanNode node)
    {
        switch (node)
        {
            case TrainNode train:
                CheckSpec(plan, node, train.Spec, TrialKind.Train, train.Replicate);
                CheckNoDraws(node, train.Spec);
                break;
            case EvaluateNode evaluate:
                CheckSpec(plan, node, evaluate.Spec, TrialKind.Evaluate, evaluate.Replicate);
                CheckNoDraws(node, evaluate.Spec);
                if (evaluate.Spec.Parents.IsEmpty) throw Broken(node, "evaluates nothing: its template must name a parent");
                break;
            case SelectNode select:
                if (select.Candidates.IsDefaultOrEmpty) throw Broken(node, "has no candidates");
                foreach (var candidate in select.Candidates)
                {
                    if (!plan.Groups.ContainsKey(candidate) && plan.Nodes.GetValueOrDefault(candidate) is not SearchNode)
                        throw Broken(node, $"names the candidate '{candidate}', which is neither a group nor a search node");
                }
                break;
            case SearchNode search:
                CheckSearch(plan, search);
                break;
        }
    }

    static void CheckSearch(PlanIndex plan, SearchNode search)
    {
        if (search.Replicates.IsDefaultOrEmpty) throw Broken(search, "has no replicates");
        if (search.Draws < 0) throw Broken(search, $"asks for {search.Draws} draws");
        var names = search.Space.Select(dimension => dimension.Name).ToHashSet(StringComparer.Ordinal);
        if (names.Count != search.Space.Length) throw Broken(search, "names a dimension twice");
        for (var replicate = 0; replicate < search.Replicates.Length; replicate++)
        {
            CheckSpec(plan, search, search.Replicates[replicate], TrialKind.Train, replicate);
            foreach (var draw in search.Replicates[replicate].Draws.Where(draw => !names.Contains(draw)))
                throw Broken(search, $"uses the draw '{draw}', which its space does not have");
        }
        Samplers.Check(search);
        search.Pruning?.Check(search.Id);
        search.Share?.Check(search);
    }

    static void CheckSpec(PlanIndex plan, PlanNode node, SpecTemplate spec, TrialKind kind, int replicate)
    {
        if (spec.Kind != kind) throw Broken(node, $"has a template of kind {spec.Kind}, but must have {kind}");
        foreach (var parent in spec.Parents)
        {
            switch (plan.Nodes.GetValueOrDefault(parent.Node))
            {
                case TrainNode:
                    if (parent.Replicate is not null) throw Broken(node, $"names a replicate of '{parent.Node}', which is a single Train node");
                    break;
                case SelectNode select:
                    CheckReplicate(plan, node, select, parent.Replicate ?? replicate);
                    break;
                case null:
                    throw Broken(node, $"names the parent '{parent.Node}', which the plan does not have");
                case var other:
                    throw Broken(node, $"names the parent '{parent.Node}', which is {KindOf(other)}; a parent is a train or select node");
            }
        }
    }

    static void CheckReplicate(PlanIndex plan, PlanNode node, SelectNode select, int replicate)
    {
        foreach (var candidate in select.Candidates)
        {
            var has = plan.Groups.TryGetValue(candidate, out var members)
                ? members.Any(member => member.Replicate <= replicate && replicate < member.Replicate + (member.Stands ?? 1))
                : plan.Nodes.GetValueOrDefault(candidate) is not SearchNode search || replicate < search.Replicates.Length;
            if (!has) throw Broken(node, $"needs replicate {replicate} of the winner of '{select.Id}', but its candidate '{candidate}' has none");
        }
    }

    static void CheckNoDraws(PlanNode node, SpecTemplate spec)
    {
        if (!spec.Draws.IsEmpty) throw Broken(node, $"uses the draw '{spec.Draws[0]}', but only search nodes draw");
    }

    /// <summary>Takes away, again and again, what waits for nothing; what is left waits in a circle.</summary>
    static void CheckOrder(PlanIndex plan)
    {
        var open = new Dictionary<string, int>(StringComparer.Ordinal);
        var waiting = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var node in plan.Study.Nodes)
        {
            var needs = PlanIndex.Needs(node)
                .SelectMany(need => plan.Groups.TryGetValue(need, out var members) && node is SelectNode ? members.Select(member => member.Id) : [need])
                .Distinct(StringComparer.Ordinal).ToArray();
            open[node.Id] = needs.Length;
            foreach (var need in needs)
            {
                if (!waiting.TryGetValue(need, out var list)) waiting.Add(need, list = []);
                list.Add(node.Id);
            }
        }
        var ready = new Queue<string>(open.Where(entry => entry.Value == 0).Select(entry => entry.Key));
        var done = 0;
        while (ready.TryDequeue(out var id))
        {
            done++;
            foreach (var child in waiting.GetValueOrDefault(id) ?? [])
            {
                if (--open[child] == 0) ready.Enqueue(child);
            }
        }
        if (done == open.Count) return;
        var circle = open.Where(entry => entry.Value > 0).Select(entry => entry.Key).Order(StringComparer.Ordinal).Take(5);
        throw new StudyInputException($"These nodes wait for each other in a circle (or for nodes that do): {string.Join(", ", circle)}.");
    }

    static StudyInputException Broken(PlanNode node, string what) => new($"The {KindOf(node)} node '{node.Id}' {what}.");
}
