using AtomSets.Models;
using AtomSets.Tensors;

namespace AtomSets.Training;

/// <summary>A model file ready to predict rows: one model, or the members of an ensemble. For one thread; dispose it before the kernels.</summary>
public sealed class RowModel : IDisposable
{
    readonly List<Member> _members = [];

    RowModel(OutputKind kind, ModelNeeds needs) => (OutputKind, Needs) = (kind, needs);

    /// <summary>What is predicted.</summary>
    public OutputKind OutputKind { get; }

    /// <summary>What any of the members reads.</summary>
    public ModelNeeds Needs { get; }

    /// <summary>Whether it says how sure it is of each row: by the spread of several members, or by a deviation that a single one predicts.</summary>
    public bool HasDeviations => OutputKind == OutputKind.Linear && (_members.Count > 1 || _members[0].Model.PredictsDeviations);

    /// <summary>Opens a model.</summary>
    /// <param name="file">One model, or an ensemble.</param>
    /// <param name="registry">The known kinds.</param>
    /// <param name="kernels">Where networks compute.</param>
    /// <exception cref="ModelException">A kind is unknown, of another revision, or the parameters are not its own.</exception>
    public static RowModel Open(ModelFile file, ModelRegistry registry, IKernels kernels)
    {
        var parents = new Dictionary<string, ParentModel>(StringComparer.Ordinal);
        var members = file.Parts.Select(Opened).ToArray();
        var model = new RowModel(members[0].Model.OutputKind, members.Aggregate(ModelNeeds.None, (needs, member) => needs | member.Needs));
        model._members.AddRange(members);
        return model;

        Member Opened(ModelFile part)
        {
            ParentModel? parent = null;
            if (part.FeatureParent is { } features && !parents.TryGetValue(features.ContentHash, out parent)) parents.Add(features.ContentHash, parent = features.ToParent(registry));
            var family = registry[part.Spec.Kind];
            var needs = family.Needs(part.Spec);
            // What a parent predicts needs what the parent reads.
            if (parent is not null && part.Spec.Text("features") is { Length: > 0 } layers && LayerNames.Parse(layers).HasPrediction) needs |= registry[parent.Model.Spec.Kind].Needs(parent.Model.Spec);
            var baseline = part.Baseline is { } other ? Opened(other) : null;
            return new Member(part, family, TrainedModel.Open(part, registry, kernels), parent, needs | (baseline?.Needs ?? ModelNeeds.None), baseline);
        }
    }

    /// <summary>Opens the inputs of every member.</summary>
    /// <param name="prepare">The data with a parent, asked once for each parent.</param>
    /// <exception cref="ModelException">The data are not such as a member reads.</exception>
    public RowInputs OpenInputs(Func<ParentModel?, PreparedData> prepare)
    {
        var prepared = new Dictionary<string, PreparedData>(StringComparer.Ordinal);
        var inputs = new List<MemberInputs>();
        try
        {
            foreach (var member in _members) inputs.Add(Opened(member));
            return new RowInputs(inputs);
        }
        catch
        {
            foreach (var input in inputs) input.Dispose();
            throw;
        }

        MemberInputs Opened(Member member)
        {
            var key = member.Parent?.ContentHash ?? "";
            if (!prepared.TryGetValue(key, out var data)) prepared.Add(key, data = prepare(member.Parent));
            var baseline = member.Baseline is { } other ? Opened(other) : null;
            return new MemberInputs(member.Model, data, member.Family.OpenSource(member.File.Spec, data), baseline);
        }
    }

    public void Dispose()
    {
        foreach (var member in _members) member.Dispose();
    }

    sealed record Member(ModelFile File, IModelFamily Family, TrainedModel Model, ParentModel? Parent, ModelNeeds Needs, Member? Baseline) : IDisposable
    {
        public void Dispose()
        {
            Model.Dispose();
            Baseline?.Dispose();
        }
    }
}
