namespace AtomSets.Tensors;

/// <summary>
/// The memory of a <see cref="ParameterLayout"/>: values, gradients and Adam's two moments, each one flat buffer, so that
/// clipping, averaging, checkpointing and the optimiser are single sweeps. Freezing is a mask of ranges.
/// </summary>
public sealed class ParameterSet : IDisposable
{
    readonly DeviceMemory values;
    readonly bool[] frozen;
    readonly ParameterRef[] states;
    readonly List<(int Offset, int Length)> ranges = [];
    readonly List<int> rangeGroups = [];
    readonly int[] groups;
    readonly List<double> rates;
    readonly bool ownsValues = true, ownsRest = true;
    DeviceMemory? gradients, first, second;

    /// <summary>All values are zero until <see cref="Initialize(ulong, string)"/> or an import.</summary>
    public ParameterSet(IKernels kernels, ParameterLayout layout)
    {
        Kernels = kernels;
        Layout = layout;
        values = kernels.Allocate(layout.TotalLength);
        frozen = new bool[layout.Parameters.Count];
        groups = new int[layout.Parameters.Count];
        rates = [1];
        states = [.. layout.Under("").Where(p => layout[p].IsState)];
        FindRanges();
    }

    /// <summary>The parameters of <paramref name="whole"/> in the hands of another thread's kernels.</summary>
    ParameterSet(ParameterSet whole, IKernels kernels, int start, int length)
    {
        if (kernels.Name != whole.Kernels.Name)
            throw new ArgumentException($"the parameters live on {whole.Kernels.Name}, which {kernels.Name} cannot reach", nameof(kernels));
        Kernels = kernels;
        Layout = whole.Layout;
        (values, frozen, groups, rates) = (whole.values, whole.frozen, whole.groups, whole.rates);
        states = [.. whole.states.Where(state => Layout[state].Offset >= start && Layout[state].Offset < start + length)];
        for (var i = 0; i < whole.ranges.Count; i++)
        {
            var range = whole.ranges[i];
            var from = Math.Max(range.Offset, start);
            var to = Math.Min(range.Offset + range.Length, start + length);
            if (from >= to) continue;
            ranges.Add((from, to - from));
            rangeGroups.Add(whole.rangeGroups[i]);
        }
        ownsValues = false;
    }

    ParameterSet(ParameterSet whole, IKernels kernels, int start, int length, (DeviceMemory Gradients, DeviceMemory First, DeviceMemory Second) rest)
        : this(whole, kernels, start, length)
    {
        (gradients, first, second) = rest;
        ownsRest = false;
    }

    public IKernels Kernels { get; }
    public ParameterLayout Layout { get; }

    /// <summary>[Layout.TotalLength]</summary>
    public DeviceSpan Values => values.Span;

    /// <summary>[Layout.TotalLength], allocated when first asked for.</summary>
    public DeviceSpan Gradients => (gradients ??= Kernels.Allocate(Layout.TotalLength)).Span;

    /// <summary>Adam's m.</summary>
    public DeviceSpan FirstMoments => (first ??= Kernels.Allocate(Layout.TotalLength)).Span;

    /// <summary>Adam's v.</summary>
    public DeviceSpan SecondMoments => (second ??= Kernels.Allocate(Layout.TotalLength)).Span;

    /// <summary>Optimiser steps taken; part of a checkpoint.</summary>
    public long Steps { get; set; }

    /// <summary>What is trained, as maximal ranges of the flat buffers within one group; no states.</summary>
    public IReadOnlyList<(int Offset, int Length)> TrainableRanges => ranges;

    /// <summary>Share of the learning rate that a range of <see cref="TrainableRanges"/> takes: that of its group.</summary>
    public double RateOf(int range) => rates[rangeGroups[range]];

    public DeviceSpan Value(ParameterRef parameter) => Part(Values, parameter);

    public DeviceSpan Gradient(ParameterRef parameter) => Part(Gradients, parameter);

    public bool IsFrozen(ParameterRef parameter) => frozen[parameter.Ordinal];

    /// <summary>
    /// Draws initial values of every parameter under <paramref name="prefix"/> from (seed, name); the optimiser's state of them
    /// becomes zero.
    /// </summary>
    public void Initialize(ulong seed, string prefix = "")
    {
        foreach (var parameter in Layout.Under(prefix))
        {
            var info = Layout[parameter];
            var drawn = new float[info.Length];
            info.Initializer.Draw(KeyedRandom.For(seed, info.Name), info.Rows, info.Columns, drawn);
            Kernels.Upload(drawn, Value(parameter));
            if (first is not null) Kernels.Fill(Part(FirstMoments, parameter), 0);
            if (second is not null) Kernels.Fill(Part(SecondMoments, parameter), 0);
        }
    }

    /// <summary>Freezes (or thaws) every parameter under a prefix; frozen ones get no gradient and no update.</summary>
    /// <exception cref="ArgumentException">No parameter has this prefix.</exception>
    public void Freeze(string prefix, bool freeze = true)
    {
        var any = false;
        foreach (var parameter in Layout.Under(prefix))
        {
            frozen[parameter.Ordinal] = freeze;
            any = true;
        }
        if (!any)
        {
            var names = string.Join(", ", Layout.Parameters.Select(p => p.Name));
            throw new ArgumentException($"no parameter under '{prefix}'; there are: {names}", nameof(prefix));
        }
        FindRanges();
    }

    /// <summary>Puts every parameter under a prefix into a group of its own learning rate, the last call counts. Group 0 holds the rest, at rate 1. Call it
    /// before parts and shares are made.</summary>
    /// <returns>The group, for <see cref="SetRate"/>; its rate is 1.</returns>
    /// <exception cref="ArgumentException">No parameter has one of the prefixes.</exception>
    public int AddGroup(IEnumerable<string> prefixes)
    {
        rates.Add(1);
        foreach (var prefix in prefixes)
        {
            var any = false;
            foreach (var parameter in Layout.Under(prefix))
            {
                groups[parameter.Ordinal] = rates.Count - 1;
                any = true;
            }
            if (!any) throw new ArgumentException($"no parameter under '{prefix}'", nameof(prefixes));
        }
        FindRanges();
        return rates.Count - 1;
    }

    /// <summary>Sets the share of the learning rate that a group takes from the next step on, in every part and share of these parameters too.</summary>
    public void SetRate(int group, double share) => rates[group] = share;

    /// <summary>The same values for another thread that computes gradients: its gradients are its own. Dispose it before these parameters.</summary>
    /// <param name="kernels">That thread's, of the same kind in the same memory.</param>
    public ParameterSet Share(IKernels kernels) => new(this, kernels, 0, Layout.TotalLength);

    /// <summary>
    /// The same values, gradients and optimiser state for another thread that updates a part of them: what is trainable within
    /// [start, start + length) of the flat buffers, and the states that begin there. Counts its own <see cref="Steps"/>. Dispose it
    /// before these parameters.
    /// </summary>
    /// <param name="kernels">That thread's, of the same kind in the same memory.</param>
    /// <param name="start">A multiple of the kernels' alignment.</param>
    /// <param name="length">As <paramref name="start"/>.</param>
    public ParameterSet Part(IKernels kernels, int start, int length) =>
        new(this, kernels, start, length, (Gradients.Memory, FirstMoments.Memory, SecondMoments.Memory)) { Steps = Steps };

    public float[] Export(string name)
    {
        var parameter = Layout.Find(name);
        var copy = new float[Layout[parameter].Length];
        Kernels.Download(Value(parameter), copy);
        return copy;
    }

    /// <summary>Sets one parameter, row-major.</summary>
    /// <exception cref="ArgumentException">The number of values is not the parameter's.</exception>
    public void Import(string name, ReadOnlySpan<float> from)
    {
        var parameter = Layout.Find(name);
        Check(parameter, from.Length);
        Kernels.Upload(from, Value(parameter));
    }

    /// <inheritdoc cref="Import(string, ReadOnlySpan{float})"/>
    public void Import(string name, ReadOnlySpan<double> from)
    {
        var parameter = Layout.Find(name);
        Check(parameter, from.Length);
        Kernels.Upload(from, Value(parameter));
    }

    /// <summary>Moves every state that is not frozen towards the statistic in its gradient slot; part of each optimiser step.</summary>
    public void UpdateStates()
    {
        for (var i = 0; i < states.Length; i++)
        {
            var state = states[i];
            if (frozen[state.Ordinal]) continue;
            var momentum = Layout[state].Momentum;
            Kernels.Combine(1 - momentum, Value(state), momentum, Gradient(state), Value(state));
        }
    }

    public void ZeroGradients() => Kernels.Fill(Gradients, 0);

    public void Dispose()
    {
        if (ownsValues) values.Dispose();
        if (!ownsRest) return;
        gradients?.Dispose();
        first?.Dispose();
        second?.Dispose();
    }

    void Check(ParameterRef parameter, int length)
    {
        var info = Layout[parameter];
        if (length != info.Length)
            throw new ArgumentException($"parameter '{info.Name}' is {info.Rows} × {info.Columns}, {info.Length} values, but got {length}");
    }

    DeviceSpan Part(DeviceSpan flat, ParameterRef parameter)
    {
        var info = Layout[parameter];
        return new(flat.Memory, flat.Offset + info.Offset, info.Length);
    }

    void FindRanges()
    {
        ranges.Clear();
        rangeGroups.Clear();
        bool Trained(int i) => !frozen[i] && !Layout.Parameters[i].IsState;
        for (var i = 0; i < frozen.Length; i++)
        {
            if (!Trained(i)) continue;
            var start = Layout.Parameters[i].Offset;
            var group = groups[i];
            while (i + 1 < frozen.Length && Trained(i + 1) && groups[i + 1] == group) i++;
            var end = i + 1 < frozen.Length ? Layout.Parameters[i + 1].Offset : Layout.TotalLength;
            ranges.Add((start, end - start));
            rangeGroups.Add(group);
        }
    }
}
