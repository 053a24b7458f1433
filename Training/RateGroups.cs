using AtomSets.Tensors;

namespace AtomSets.Training;

/// <summary>Learning rates of the parts of a network over a training: single parts at shares of their own, all but the output layer at a share of theirs,
/// and not at all before the head has had its epochs.</summary>
sealed class RateGroups
{
    readonly TrainSettings _settings;
    readonly ParameterSet _parameters;
    readonly List<(int Group, double Share, bool IsHead)> _groups = [];

    public RateGroups(TrainInputs inputs)
    {
        (_settings, _parameters) = (inputs.Settings, inputs.Parameters);
        var single = _settings.PartRates.All;
        if (single.IsEmpty && _settings.BodyRate == 1 && _settings.HeadEpochs == 0) return;
        var model = inputs.Model;
        var body = model.Parameters.Parameters.Select(parameter => parameter.Name).Where(name => !ParameterLayout.IsUnder(name, model.Head)).ToArray();
        if (body.Length > 0) _groups.Add((_parameters.AddGroup(body), _settings.BodyRate, IsHead: false));
        // A part's own share takes the place of the body's.
        foreach (var (part, share) in single) _groups.Add((_parameters.AddGroup([part]), share, ParameterLayout.IsUnder(part, model.Head)));
    }

    /// <summary>Sets the rates of an epoch, counted from 0.</summary>
    public void Begin(int epoch)
    {
        foreach (var (group, share, isHead) in _groups) _parameters.SetRate(group, isHead || epoch >= _settings.HeadEpochs ? share : 0);
    }
}
