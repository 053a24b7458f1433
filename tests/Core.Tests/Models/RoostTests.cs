using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Models.Roost;
using AtomSets.Tensors;
using Xunit;

namespace AtomSets.Core.Tests.Models;

public sealed class RoostTests
{
    static ModelSpec Tiny(long heads = 2) => ModelRegistry.Default.Resolve("roost",
        [new("preset", "small"), new("width", 5L), new("steps", 2L), new("heads", heads), new("hidden", 4L), new("output_widths", new long[] { 6, 6 })]);

    [Fact]
    public void One_step_and_the_pooling_give_the_numbers_worked_out_by_hand()
    {
        // F = 2: a learnt number and the fraction. Every net has one hidden number with positive values, so that its activation is the identity.
        var layout = new ParameterLayout();
        var core = new RoostCore(layout, "c", elementWidth: 1, width: 2, steps: 1, heads: 1, hidden: 1);
        using var kernels = new ReferenceKernels();
        using var parameters = new ParameterSet(kernels, layout);
        Set("c.embedding.weight", 0.5);
        Set("c.embedding.bias", 1);
        Set("c.steps.0.0.gate.0.weight", 1, 0, 1, 0); // the two learnt numbers
        Set("c.steps.0.0.gate.0.bias", 0);
        Set("c.steps.0.0.gate.1.weight", Math.Log(2));
        Set("c.steps.0.0.gate.1.bias", 7); // the same for all: without effect
        Set("c.steps.0.0.power", 2);
        Set("c.steps.0.0.message.0.weight", 0, 0, 1, 1); // the other's number and fraction
        Set("c.steps.0.0.message.0.bias", 0);
        Set("c.steps.0.0.message.1.weight", 1, 2);
        Set("c.steps.0.0.message.1.bias", 0.5, 0);
        Set("c.pool.0.gate.0.weight", 0, 0);
        Set("c.pool.0.gate.0.bias", 1);
        Set("c.pool.0.gate.1.weight", 3);
        Set("c.pool.0.gate.1.bias", 0);
        Set("c.pool.0.power", 1);
        var formulas = new FormulaRows();
        formulas.Add([0, 1, 2], [1, 1, 2]);
        formulas.Add([1], [3]);
        using var tape = new Tape(kernels, parameters);
        tape.Reset(training: false);
        var values = new double[4];
        tape.Read(core.Forward(tape, tape.Input([0.0, 2, 4], 3, 1), formulas), values);

        // Numbers 1, 2, 3 with fractions ¼, ¼, ½. Weights of a pair i, j: wⱼ²·2^(nᵢ + nⱼ), so of j alone: w²·2ⁿ = 2/16, 4/16, 8/4.
        double[] n = [1, 2, 3], w = [0.25, 0.25, 0.5], gate = [2.0 / 16, 4.0 / 16, 8.0 / 4];
        double[] first = new double[3], second = new double[3];
        for (var i = 0; i < 3; i++)
        {
            double total = 0, message = 0;
            for (var j = 0; j < 3; j++)
            {
                if (j == i) continue;
                total += gate[j];
                message += gate[j] * (n[j] + w[j]);
            }
            (first[i], second[i]) = (n[i] + message / total + 0.5, w[i] + 2 * message / total);
        }
        // Pooled by fraction to the power 1, since the gate is the same for all.
        Assert.Equal(0.25 * first[0] + 0.25 * first[1] + 0.5 * first[2], values[0], 6);
        Assert.Equal(0.25 * second[0] + 0.25 * second[1] + 0.5 * second[2], values[1], 6);
        // The pure element's only context is itself: 2 + (2 + 1) + 0.5 and 1 + 2·(2 + 1).
        Assert.Equal(5.5, values[2], 6);
        Assert.Equal(7, values[3], 6);

        void Set(string name, params double[] numbers) => parameters.Import(name, numbers.AsSpan());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Gradients_are_the_slopes_of_the_loss(long heads)
    {
        var model = new RoostModel(Tiny(heads));
        using var data = Formulas("NaCl", "BaTiO3", "Fe", "Al2O3");
        using var source = new RoostSource(model.Settings, data);
        var batch = source.Create();
        source.Fill(batch, [0, 1, 2, 3]);
        GradientCheck.Run(model, batch);
    }

    [Fact]
    public void The_order_of_a_formula_and_multiples_of_it_do_not_matter_but_fractions_do()
    {
        var model = new RoostModel(Tiny());
        using var kernels = new ReferenceKernels();
        using var parameters = new ParameterSet(kernels, model.Parameters);
        CgatModelTests.Awaken(parameters);
        using var data = Formulas("BaTiO3", "O3BaTi", "Ba2Ti2O6", "BaTiO2", "Fe", "Fe2");
        using var source = new RoostSource(model.Settings, data);
        var batch = source.Create();
        source.Fill(batch, [0, 1, 2, 3, 4, 5]);
        using var tape = new Tape(kernels, parameters);
        tape.Reset(training: false);
        var values = new double[6];
        tape.Read(model.Forward(tape, batch), values);
        Assert.Equal(values[0], values[1], 12);
        Assert.Equal(values[0], values[2], 12);
        Assert.NotEqual(values[0], values[3], 1e-6);
        Assert.Equal(values[4], values[5], 12);
        Assert.True(double.IsFinite(values[4]));
    }

    [Fact]
    public void Formulas_are_learned_by_heart()
    {
        var model = new RoostModel(ModelRegistry.Default.Resolve("roost", [new("preset", "small"), new("width", 16L), new("hidden", 16L), new("output_widths", new long[] { 16 })]));
        using var kernels = CpuKernels.Create();
        using var parameters = new ParameterSet(kernels, model.Parameters);
        parameters.Initialize(seed: 1);
        using var data = Formulas("NaCl", "BaTiO3", "Fe", "Al2O3", "CaF2", "MgO");
        using var source = new RoostSource(model.Settings, data);
        var batch = source.Create();
        source.Fill(batch, [0, 1, 2, 3, 4, 5]);
        using var tape = new Tape(kernels, parameters);
        float[] target = [-1.2f, 0.4f, 1.9f, -0.3f, 0.8f, -1.7f];
        var adam = new Adam(3e-3);
        var loss = double.NaN;
        for (var step = 0; step < 1500 && !(loss < 1e-3); step++)
        {
            tape.Reset(training: true);
            var cost = tape.MeanSquaredError(model.Forward(tape, batch), tape.Input(target, 6, 1));
            tape.Backward(cost, fresh: true);
            adam.Step(parameters);
            loss = tape.Scalar(cost);
        }
        Assert.InRange(loss, 0, 1e-3);
    }

    [Fact]
    public void Its_parts_cover_every_parameter_and_unknown_elements_are_refused()
    {
        var model = new RoostModel(Tiny());
        string[] whole = ["composition", "output"];
        Assert.All(model.Parameters.Parameters, parameter => Assert.Single(whole, part => ParameterLayout.IsUnder(parameter.Name, part)));
        Assert.All(model.Parts, part => Assert.NotEmpty(model.Parameters.Under(part)));
        using var data = Formulas("NaCl", "Md2O3");
        using var source = new RoostSource(model.Settings, data);
        Assert.Equal((1, "there are no numbers for Md: this model's elements end with Z = 100"), (source.Refused.Single().Row, source.Refused.Single().Reason));
        var e = Assert.Throws<ModelException>(() => source.Fill(source.Create(), [1]));
        Assert.StartsWith("row 1: there are no numbers", e.Message, StringComparison.Ordinal);
    }

    static PreparedData Formulas(params string[] formulas) => PreparedData.FromCompositions("formulas", [.. formulas.Select(Composition.Parse)], () => CpuKernels.Create());
}
