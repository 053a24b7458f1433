namespace AtomSets.Models;

/// <summary>A family whose models have no gradient steps: one fit over all training rows makes them. A fit has no checkpoint: where it is
/// interrupted it begins anew, with the same numbers.</summary>
public interface IFittedFamily : IModelFamily
{
    /// <summary>What models of a spec predict.</summary>
    OutputKind OutputKind(ModelSpec spec);

    /// <summary>Whether its models say how sure they are of each row (<see cref="IFittedModel.PredictsDeviations"/>).</summary>
    bool PredictsDeviations => false;

    /// <summary>Learns from all rows at once, on the calling thread alone. The same inputs give the same bits.</summary>
    /// <param name="spec">Resolved.</param>
    /// <param name="inputs">Rows, targets, seed.</param>
    /// <param name="cancellation">Looked at every second or so.</param>
    /// <returns>Everything that <see cref="Load"/> needs, by name: what a model file holds.</returns>
    /// <exception cref="ModelException">The settings do not go with the data.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    IReadOnlyDictionary<string, ModelTensor> Fit(ModelSpec spec, FitInputs inputs, CancellationToken cancellation);

    /// <summary>Makes the model of fitted tensors.</summary>
    /// <exception cref="ModelException">They are not those of such a model.</exception>
    IFittedModel Load(ModelSpec spec, IReadOnlyDictionary<string, ModelTensor> tensors);
}

/// <summary>What a fit learns from.</summary>
/// <param name="Rows">The training rows, in manifest order, from the family's own source.</param>
/// <param name="Targets">Of each row: scaled, or 0 and 1 for classes.</param>
/// <param name="Seed">Keys whatever is drawn.</param>
public sealed record FitInputs(IBatch Rows, double[] Targets, ulong Seed)
{
    /// <summary>Hears the share of the fit that is done, now and then.</summary>
    public Action<double>? Progress { get; init; }
}

/// <summary>A fitted model. Immutable: several threads may predict with it.</summary>
public interface IFittedModel
{
    /// <summary>Predicts a batch of the family's source.</summary>
    /// <param name="batch">Rows.</param>
    /// <param name="predictions">[<c>batch.Count</c>] in scaled units; probabilities of class 1 for <see cref="OutputKind.Probability"/>.</param>
    void Predict(IBatch batch, Span<double> predictions);

    /// <summary>Whether <see cref="Predict(IBatch, Span{double}, Span{double})"/> may be asked.</summary>
    bool PredictsDeviations => false;

    /// <summary>As the other overload, with the standard deviation of a new measurement of each row.</summary>
    /// <param name="batch">Rows.</param>
    /// <param name="predictions">[<c>batch.Count</c>] in scaled units.</param>
    /// <param name="deviations">[<c>batch.Count</c>] in scaled units.</param>
    /// <exception cref="NotSupportedException">The model gives none.</exception>
    void Predict(IBatch batch, Span<double> predictions, Span<double> deviations) => throw new NotSupportedException("the model predicts no deviations");
}
