namespace AtomSets.Models;

/// <summary>A family of networks, trained by gradient steps.</summary>
public interface INetworkFamily : IModelFamily
{
    /// <summary>Fills in what the data decides (feature width, standardisation of inputs) from the training rows alone. A spec that needs nothing
    /// from the data comes back unchanged; a bound spec stays as it is. The bound spec is what belongs in a model file.</summary>
    ModelSpec Bind(ModelSpec spec, PreparedData data, ReadOnlySpan<int> trainingRows);

    /// <summary>Makes the network of a bound spec.</summary>
    IModel Create(ModelSpec spec);
}
