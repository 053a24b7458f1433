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

    /// <summary>Opens a model.</summary>
    /// <param name="file">One model, or an ensemble.</param>
    /// <param name="registry">The known kinds.</param>
    /// <param name="kernels">Where networks compute.</param>
    /// <exception cref="ModelException">A kind is unknown, of another revision, or the parameters are not its own.</exception>
    public static RowModel Open(ModelFile file, ModelRegistry registry, IKernels kernels)
    {
        var parents = new Dictionary<string, ParentModel>(StringComparer.Ordinal);
        var files = file.Parts;
        var members = new List<Member>();
        foreach (var part in files)
        {
            ParentModel? parent = null;
            if (part.FeatureParent is { } features && !parents.TryGetValue(features.ContentHash, out parent)) parents.Add(features.ContentHash, parent = features.ToParent(registry));
            members.Add(new Member(part, registry[part.Spec.Kind], TrainedModel.Open(part, registry, kernels), parent));
        }
        var model = new RowModel(members[0].Model.OutputKind, members.Aggregate(ModelNeeds.None, (needs, member) => needs | member.Family.Needs(member.File.Spec)));
        model._members.AddRange(members);
        return model;
    }

    /// <summary>Opens the inputs of every member.</summary>
    /// <param name="prepare">The data with a parent, asked once for each parent.</param>
    /// <exception cref="ModelException">The data are not such as a member reads.</exception>
    public RowInputs OpenInputs(Func<ParentModel?, PreparedData> prepare)
    {
        var prepared = new Dictionary<string, PreparedData>(StringComparer.Ordinal);
        var sources = new List<(TrainedModel, PreparedData, IBatchSource)>();
        try
        {
            foreach (var member in _members)
            {
                var key = member.Parent?.ContentHash ?? "";
                if (!prepared.TryGetValue(key, out var data)) prepared.Add(key, data = prepare(member.Parent));
                sources.Add((member.Model, data, member.Family.OpenSource(member.File.Spec, data)));
            }
            return new RowInputs(sources);
        }
        catch
        {
            foreach (var (_, _, source) in sources) source.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var member in _members) member.Model.Dispose();
    }

    sealed record Member(ModelFile File, IModelFamily Family, TrainedModel Model, ParentModel? Parent);
}

/// <summary>The rows of prepared data as a <see cref="RowModel"/> reads them.</summary>
public sealed class RowInputs : IDisposable
{
    readonly IReadOnlyList<(TrainedModel Model, PreparedData Data, IBatchSource Source)> _members;

    internal RowInputs(IReadOnlyList<(TrainedModel, PreparedData, IBatchSource)> members)
    {
        _members = members;
        Refused = [.. _members.SelectMany(member => member.Source.Refused).DistinctBy(row => row.Row)];
    }

    /// <summary>Rows that a member cannot take, with the first reason.</summary>
    public IReadOnlyList<RefusedRow> Refused { get; }

    /// <summary>Each member's predictions, in the target's unit; probabilities of class 1 for a classifier.</summary>
    /// <param name="rows">None of the refused.</param>
    /// <param name="cancellation">Looked at between batches.</param>
    /// <returns>[members][rows]</returns>
    public double[][] Predict(int[] rows, CancellationToken cancellation = default) => [.. _members.Select(member => member.Model.Predict(member.Source, member.Data, rows, cancellation))];

    public void Dispose()
    {
        foreach (var (_, _, source) in _members) source.Dispose();
    }
}
