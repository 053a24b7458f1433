using AtomSets.Models;
using AtomSets.Models.Published;

namespace AtomSets.Training;

/// <summary>Published networks as model files: to predict with, to start from, to take features of.</summary>
public static class PublishedImport
{
    /// <summary>Takes over a published network for crystals.</summary>
    /// <exception cref="ModelException">The network is for molecules.</exception>
    public static ModelFile ToModelFile(PublishedModel published)
    {
        if (published.IsMolecular || published.AtomTypes is not null || published.Transform.PerAtom)
            throw new ModelException($"'{published.Name}' is a network for molecules, it cannot take crystals: choose a model whose name begins with mp-, mf_, matgl_ or cgcnn_");
        return new ModelFile
        {
            Spec = published.Model.Spec,
            Target = new ModelTarget(published.Property, published.Unit, new TargetScaler(published.Transform.Shift, published.Transform.Scale)),
            Parameters = published.Model.Parameters.Parameters.ToDictionary(
                parameter => parameter.Name, parameter => new ModelTensor(parameter.Rows, parameter.Columns, published.Weights[parameter.Name]), StringComparer.Ordinal),
            States = published.States,
            Provenance = new ModelProvenance
            {
                TrainedOn = [new TrainedOn(published.TrainedOn, "", published.Property, 0, "")],
                Elements = published.Elements,
                Parents = [new ModelParent(published.Name, published.ContentHash, $"published weights ({published.Source}; {published.Licence})", []) { Elements = published.Elements }],
            },
        };
    }
}
