using AtomSets.Materials;
using AtomSets.Models.Published;
using AtomSets.Tensors;

namespace AtomSets.Training;

/// <summary>Predicts molecules (XYZ files) with a published network for molecules, in physical units. A file that cannot be predicted gets a message and harms no other. For
/// one thread.</summary>
public sealed class MoleculePredictor : IDisposable
{
    readonly PublishedModel _published;
    readonly IKernels _kernels;
    readonly PublishedPredictor _predictor;

    /// <param name="published">A network for molecules.</param>
    /// <param name="kernels">Where to compute; disposed with the predictor.</param>
    public MoleculePredictor(PublishedModel published, IKernels kernels)
    {
        (_published, _kernels) = (published, kernels);
        _predictor = new PublishedPredictor(published, kernels);
    }

    /// <summary>Predicts files, in order.</summary>
    /// <param name="paths">XYZ files.</param>
    /// <param name="cancellation">Looked at between files.</param>
    public IEnumerable<Prediction> Predict(IEnumerable<string> paths, CancellationToken cancellation = default)
    {
        foreach (var path in paths)
        {
            cancellation.ThrowIfCancellationRequested();
            yield return Predict(path);
        }
    }

    public void Dispose()
    {
        _predictor.Dispose();
        _kernels.Dispose();
    }

    Prediction Predict(string path)
    {
        try
        {
            if (!path.EndsWith(".xyz", StringComparison.OrdinalIgnoreCase))
                throw new TrainingInputException($"'{_published.Name}' predicts molecules: give an XYZ file (.xyz); for crystals choose another model, such as mp-2019.4.1_formation_energy");
            if (!File.Exists(path)) throw new TrainingInputException($"there is no file {path}");
            var molecule = Molecule.ParseXyz(File.ReadAllText(path));
            return new Prediction(path, _predictor.Predict(new GraphList([molecule.Graph(_published.TypeOf)]))[0], _published.Unit, null);
        }
        catch (Exception e) when (e is InputException or IOException or UnauthorizedAccessException)
        {
            return new Prediction(path, null, _published.Unit, e.Message);
        }
    }
}
