using System.Globalization;
using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Tensors;

namespace AtomSets.Training;

/// <summary>What a model takes from its parent, as users write it: <c>scratch</c>, <c>full</c>, <c>new-head</c>, <c>freeze:part[,part]</c>,
/// <c>features:layer</c> (as <see cref="LayerNames"/> reads it). Of <c>freeze</c>, <c>first-4</c> names the first four parts from the input on, <c>body</c>
/// all before the output network, which is also called <c>only-residual</c>. Behind <c>full</c> or <c>freeze</c>, <c>+parent-scaler</c> keeps the parent's target scaling, so that training starts at the
/// parent's predictions (for the same property at another level of theory); without it the target is scaled on its own training rows. Behind
/// <c>freeze</c>, <c>+new-head</c> draws the output layer anew. <c>+references</c> fits element references (<see cref="ElementReferences"/>) to what the
/// target's training labels exceed the parent's predictions by, and takes them off the labels. <c>delta</c> draws everything anew and learns what the labels exceed the parent's
/// predictions by, which are added to what it predicts (Δ-learning: R. Ramakrishnan et al., J. Chem. Theory Comput. 11, 2087 (2015), doi 10.1021/acs.jctc.5b00099); <c>+delta</c> does so
/// behind every other mode.</summary>
public sealed record TransferPlan
{
    const string ParentScalerSuffix = "parent-scaler", ReferencesSuffix = "references", NewHeadSuffix = "new-head", FirstParts = "first-", Body = "body", OnlyResidual = "only-residual", Difference = "delta";
    static readonly string[] Names = ["scratch", Difference, "full", "new-head", "freeze", OnlyResidual, "features"];

    TransferPlan(TransferMode mode) => Mode = mode;

    /// <summary>The mode.</summary>
    public TransferMode Mode { get; }

    /// <summary>Parts that stay as they are, sorted; empty unless the mode is <see cref="TransferMode.Freeze"/>.</summary>
    public IReadOnlyList<string> FrozenParts { get; private init; } = [];

    /// <summary>The parent's layer that is the input; null unless the mode is <see cref="TransferMode.Features"/>.</summary>
    public string? FeatureLayer { get; private init; }

    /// <summary>Whether the output layer is drawn anew.</summary>
    public bool HasNewHead { get; private init; }

    /// <summary>Whether the parent's target scaling is kept.</summary>
    public bool UsesParentScaler { get; private init; }

    /// <summary>Whether references of the elements are fitted between the parent's predictions and the target, and taken off the target.</summary>
    public bool RefitsReferences { get; private init; }

    /// <summary>Whether the model learns what the target exceeds the parent's predictions by.</summary>
    public bool LearnsDifference { get; private init; }

    /// <summary>Whether the parent's weights become the model's own.</summary>
    public bool CarriesWeights => Mode is TransferMode.Full or TransferMode.NewHead or TransferMode.Freeze;

    /// <summary>Whether there must be a parent.</summary>
    public bool NeedsParent => Mode != TransferMode.Scratch || LearnsDifference;

    /// <summary>From scratch.</summary>
    public static TransferPlan Scratch { get; } = new(TransferMode.Scratch);

    /// <summary>Reads a plan.</summary>
    /// <exception cref="TrainingInputException">The mode is unknown, lacks its part or layer, or does not go with what is added to it.</exception>
    public static TransferPlan Parse(string text)
    {
        var pieces = text.Split('+', StringSplitOptions.TrimEntries);
        var colon = pieces[0].IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? pieces[0] : pieces[0][..colon].TrimEnd();
        // Layers are joined by + as well: features:V0+V1.
        var named = name == "features" ? Math.Max(1, pieces.TakeWhile(piece => piece is not (ParentScalerSuffix or NewHeadSuffix or Difference)).Count()) : 1;
        var argument = colon < 0 ? null : string.Join('+', pieces.Take(named))[(colon + 1)..].Trim();
        var plan = name switch
        {
            "scratch" => Scratch,
            Difference => new TransferPlan(TransferMode.Scratch) { LearnsDifference = true },
            "full" => new TransferPlan(TransferMode.Full),
            "new-head" => new TransferPlan(TransferMode.NewHead) { HasNewHead = true },
            "freeze" => new TransferPlan(TransferMode.Freeze) { FrozenParts = Parts(text, argument) },
            OnlyResidual => new TransferPlan(TransferMode.Freeze) { FrozenParts = [Body] },
            "features" when !string.IsNullOrEmpty(argument) => new TransferPlan(TransferMode.Features) { FeatureLayer = argument },
            "features" => throw new TrainingInputException($"transfer '{text}' names no layer: write for example features:V1"),
            _ => throw new TrainingInputException($"transfer '{text}' is unknown; {NearestName.Advice(name, Names)}"),
        };
        if (argument is not null && (name == OnlyResidual || plan.Mode is not (TransferMode.Freeze or TransferMode.Features)))
            throw new TrainingInputException($"transfer '{text}': {name} takes nothing behind a colon");
        foreach (var suffix in pieces.Skip(named))
        {
            plan = (suffix, plan.Mode) switch
            {
                (ParentScalerSuffix, TransferMode.Full or TransferMode.Freeze) when !plan.UsesParentScaler => plan with { UsesParentScaler = true },
                (ReferencesSuffix, TransferMode.Full or TransferMode.NewHead or TransferMode.Freeze) when !plan.RefitsReferences => plan with { RefitsReferences = true },
                (ReferencesSuffix, TransferMode.Scratch) when plan is { LearnsDifference: true, RefitsReferences: false } => plan with { RefitsReferences = true },
                (Difference, not TransferMode.Scratch) when !plan.LearnsDifference => plan with { LearnsDifference = true },
                (NewHeadSuffix, TransferMode.Freeze) when !plan.HasNewHead => plan with { HasNewHead = true },
                _ => throw new TrainingInputException($"transfer '{text}': '+{suffix}' does not go with {name}; "
                    + "full and freeze take +parent-scaler, freeze takes +new-head, full, new-head, freeze and delta take +references, all but scratch take +delta, each once"),
            };
        }
        if (plan is { UsesParentScaler: true, HasNewHead: true })
            throw new TrainingInputException($"transfer '{text}': a new head does not know the parent's scaling; leave out +parent-scaler");
        if (plan is { UsesParentScaler: true, LearnsDifference: true })
            throw new TrainingInputException($"transfer '{text}': differences to the parent's predictions have a scaling of their own; leave out +parent-scaler");
        return plan;
    }

    /// <summary>The plan as <see cref="Parse"/> reads it; equal plans give equal texts.</summary>
    public override string ToString() => Mode switch
    {
        TransferMode.Scratch => LearnsDifference ? Difference : "scratch",
        TransferMode.Full => "full",
        TransferMode.NewHead => "new-head",
        TransferMode.Features => "features:" + FeatureLayer,
        _ => "freeze:" + string.Join(',', FrozenParts) + (HasNewHead ? "+" + NewHeadSuffix : ""),
    } + (UsesParentScaler ? "+" + ParentScalerSuffix : "") + (RefitsReferences ? "+" + ReferencesSuffix : "") + (LearnsDifference && Mode != TransferMode.Scratch ? "+" + Difference : "");

    public bool Equals(TransferPlan? other) => other is not null && ToString() == other.ToString();

    public override int GetHashCode() => string.GetHashCode(ToString(), StringComparison.Ordinal);

    /// <summary>Refuses a plan that cannot work between two kinds of model, before anything is trained.</summary>
    /// <param name="model">The model to train; for <see cref="TransferMode.Features"/> only the parent is looked at.</param>
    /// <param name="parent">The parent's spec, or null without a parent.</param>
    /// <exception cref="TrainingInputException">No parent, another kind, settings that give the weights another meaning, or an unknown part.</exception>
    /// <exception cref="ModelException">The parent has no such layer.</exception>
    public void Check(IModel model, ModelSpec? parent)
    {
        if (!NeedsParent) return;
        if (parent is null) throw new TrainingInputException($"transfer '{this}' needs a parent: name a source, or use scratch");
        if (Mode == TransferMode.Scratch) return;
        if (Mode == TransferMode.Features)
        {
            ParentFeatures.WidthIn(parent, FeatureLayer!);
            return;
        }
        SpecComparison.Check(ToString(), model.Spec, parent, HasNewHead);
        foreach (var part in FrozenPartsOf(model))
        {
            if (!model.Parts.Contains(part))
                throw new TrainingInputException($"transfer '{this}': a {model.Spec.Kind} has no part '{part}'; {NearestName.Advice(part, model.Parts)}");
            if (HasNewHead && (ParameterLayout.IsUnder(part, model.Head) || ParameterLayout.IsUnder(model.Head, part)))
                throw new TrainingInputException($"transfer '{this}': '{part}' holds the output layer, which would be drawn anew and then frozen");
        }
    }

    /// <summary>Gives the parameters their first values, and freezes what the plan freezes.</summary>
    /// <param name="model">The model to train.</param>
    /// <param name="parameters">Of the model; all earlier values and frozen ranges are replaced.</param>
    /// <param name="parent">The parent; null for scratch.</param>
    /// <param name="seed">Keys what is drawn anew.</param>
    /// <exception cref="TrainingInputException">As <see cref="Check"/>; or the parent's tensors do not fit.</exception>
    public TransferReport Apply(IModel model, ParameterSet parameters, ModelFile? parent, ulong seed)
    {
        Check(model, parent?.Spec);
        var all = model.Parameters.Parameters;
        parameters.Freeze("", freeze: false);
        parameters.Initialize(seed);
        // Of a features plan nothing enters the new model's parameters: the layer is its input.
        if (Mode is TransferMode.Scratch or TransferMode.Features) return new TransferReport([], [], all);
        var frozenParts = FrozenPartsOf(model);
        List<ParameterInfo> copied = [], frozen = [], reset = [];
        foreach (var parameter in all)
        {
            if (HasNewHead && ParameterLayout.IsUnder(parameter.Name, model.Head))
            {
                reset.Add(parameter);
                continue;
            }
            if (!parent!.Parameters.TryGetValue(parameter.Name, out var tensor))
                throw new TrainingInputException($"transfer '{this}': the parent has no parameter '{parameter.Name}'");
            if ((tensor.Rows, tensor.Columns) != (parameter.Rows, parameter.Columns))
                throw new TrainingInputException($"transfer '{this}': '{parameter.Name}' is {tensor.Rows} × {tensor.Columns} in the parent, {parameter.Rows} × {parameter.Columns} here");
            parameters.Import(parameter.Name, tensor.Values);
            (frozenParts.Any(part => ParameterLayout.IsUnder(parameter.Name, part)) ? frozen : copied).Add(parameter);
        }
        foreach (var part in frozenParts) parameters.Freeze(part);
        return new TransferReport(copied, frozen, reset);
    }

    /// <summary>The scaler that the plan prescribes; null: one fitted to the target's own training rows.</summary>
    public TargetScaler? ScalerFrom(ModelFile? parent) => UsesParentScaler ? parent!.Target.Scaler : null;

    /// <summary>The parts that stay, by their names in a model: <c>first-k</c> is its first k parts, <c>body</c> all before its output network.</summary>
    /// <exception cref="TrainingInputException">The model has fewer parts before its output layer.</exception>
    public IReadOnlyList<string> FrozenPartsOf(IModel model)
    {
        var parts = new List<string>();
        foreach (var part in FrozenParts)
        {
            if (part == Body && !model.Parts.Contains(part))
            {
                parts.AddRange(model.Parts.Where(one => !ParameterLayout.IsUnder(one, model.OutputNetwork) && !ParameterLayout.IsUnder(model.OutputNetwork, one)));
                continue;
            }
            if (!part.StartsWith(FirstParts, StringComparison.Ordinal) || model.Parts.Contains(part))
            {
                parts.Add(part);
                continue;
            }
            var most = model.Parts.Count(one => one != model.Head);
            if (!int.TryParse(part.AsSpan(FirstParts.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count < 1 || count > most)
                throw new TrainingInputException(FormattableString.Invariant($"transfer '{this}': '{part}' is not the first parts of a {model.Spec.Kind}; it has {most} before its output layer: write first-1 to first-{most}"));
            parts.AddRange(model.Parts.Take(count));
        }
        return [.. parts.Distinct(StringComparer.Ordinal)];
    }

    static string[] Parts(string text, string? argument)
    {
        var parts = (argument ?? "").Split(',', StringSplitOptions.TrimEntries);
        if (parts.Any(part => part.Length == 0)) throw new TrainingInputException($"transfer '{text}' names no part: write for example freeze:embed,pre");
        return parts.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
    }
}
