namespace AtomSets.Tensors;

/// <summary>The reverse sweep.</summary>
public sealed partial class Tape
{
    /// <summary>
    /// Adds d(scale · Σ of <paramref name="result"/>)/dx to the gradient of every x that it was computed from: parameters (in
    /// <see cref="ParameterSet.Gradients"/>, which the caller zeroes) and inputs made with a gradient. Once per step.
    /// </summary>
    /// <param name="result">What is differentiated.</param>
    /// <param name="scale">Factor of the result.</param>
    /// <param name="fresh">Gradients of parameters hold nothing of use: instead of adding, the sweep writes them, those of parameters that the
    /// result does not depend on as zeros. Saves <see cref="ParameterSet.ZeroGradients"/> and reading the zeros again.</param>
    /// <exception cref="InvalidOperationException">Nothing that the result depends on has a gradient, or the tape is not training.</exception>
    public void Backward(Tensor result, double scale = 1, bool fresh = false)
    {
        if (!result.HasGradient)
            throw new InvalidOperationException("nothing to differentiate: reset the tape with training: true, and leave some parameter unfrozen");
        if (fresh) ClaimGradients();
        Kernels.Fill(result.Gradient, scale);
        written[result.Slot] = true;
        for (var i = recorded - 1; i >= 0; i--)
        {
            ref readonly var record = ref records[i];
            if (!IsWritten(record.Out) && !IsWritten(record.Out2)) continue; // the result does not depend on it
            Ready(record.Out);
            Ready(record.Out2);
            Reverse(in record);
        }
        if (fresh) ZeroUnwritten();
    }

    bool IsWritten(Tensor tensor) => tensor.HasGradient && (tensor.Slot == 0 || written[tensor.Slot]);

    /// <summary>The gradient of a tensor, zeroed if nothing has been added to it yet.</summary>
    DeviceSpan Ready(Tensor tensor)
    {
        if (tensor.HasGradient && !IsWritten(tensor))
        {
            Kernels.Fill(tensor.Gradient, 0);
            written[tensor.Slot] = true;
        }
        return tensor.Gradient;
    }

    /// <summary>dx += p·dy, or dx = p·dy for the first term.</summary>
    void AddTerm(double p, DeviceSpan dy, Tensor x)
    {
        if (!x.HasGradient) return;
        if (IsWritten(x))
        {
            Kernels.AddScaled(p, dy, x.Gradient);
            return;
        }
        if (p == 1) Kernels.Copy(dy, x.Gradient);
        else Kernels.Combine(p, dy, 0, dy, x.Gradient);
        written[x.Slot] = true;
    }

    void ReverseMlp(MlpCall call, Tensor residual)
    {
        // The residual's part is written as the rows pass, before anything that the inputs add to the same tensor.
        if (residual.HasGradient && !IsWritten(residual))
        {
            call.OverwriteResidual = true;
            written[residual.Slot] = true;
        }
        for (var i = 0; i < call.InputCount; i++)
        {
            ref var input = ref call.Inputs[i];
            if (input.Gradient.IsEmpty || input.Slot == 0 || written[input.Slot]) continue;
            if (input.Kind == MlpInputKind.Rows && call.Rows > 0) input.Overwrite = true;
            else Kernels.Fill(input.Gradient, 0);
            written[input.Slot] = true;
        }
        Kernels.MlpBackward(call);
        for (var l = 0; l < call.LayerCount; l++) call.Layers[l].Overwrite = false;
    }

    void Reverse(in TapeRecord r)
    {
        var dy = r.Out.Gradient;
        if (r.Op == TapeOp.Mlp)
        {
            ReverseMlp(r.Mlp!, r.A);
            return;
        }
        if (r.Op == TapeOp.Combine)
        {
            AddTerm(r.P, dy, r.A);
            AddTerm(r.Q, dy, r.B);
            return;
        }
        if (r.Op == TapeOp.BatchNorm)
        {
            Ready(r.A);
            Kernels.BatchNormBackward(r.Norm!);
            return;
        }
        if (r.Op == TapeOp.GatedConvolution)
        {
            Ready(r.A);
            Kernels.GatedConvolutionBackward(r.Gated!);
            return;
        }
        if (r.Op == TapeOp.Generated)
        {
            Ready(r.A);
            Ready(r.B);
            Kernels.GeneratedBackward(r.Generated!);
            r.Generated!.Overwrite = false;
            return;
        }
        DeviceSpan da = Ready(r.A), db = Ready(r.B);
        switch (r.Op)
        {
            case TapeOp.Multiply:
                if (!da.IsEmpty) Kernels.Multiply(dy, r.B.Value, da, accumulate: true);
                if (!db.IsEmpty) Kernels.Multiply(dy, r.A.Value, db, accumulate: true);
                break;
            case TapeOp.Activate:
                Kernels.ActivateBackward(r.Activation, r.A.Value, r.Out.Value, dy, da);
                break;
            case TapeOp.Dropout:
                Kernels.Dropout(r.Key, r.P, dy, da, accumulate: true);
                break;
            case TapeOp.Gather:
                Kernels.ScatterAdd(dy, r.Index, da, r.A.Columns);
                break;
            case TapeOp.RowDot:
                if (!da.IsEmpty) Kernels.ScaleRows(r.B.Value, dy, da, r.A.Rows, r.A.Columns, accumulate: true);
                if (!db.IsEmpty) Kernels.ScaleRows(r.A.Value, dy, db, r.A.Rows, r.A.Columns, accumulate: true);
                break;
            case TapeOp.ScaleRows:
                if (!da.IsEmpty) Kernels.ScaleRows(dy, r.B.Value, da, r.A.Rows, r.A.Columns, accumulate: true);
                if (!db.IsEmpty) Kernels.RowDot(dy, r.A.Value, db, r.A.Rows, r.A.Columns, accumulate: true);
                break;
            case TapeOp.Concat:
                if (!da.IsEmpty) Kernels.CopyColumns(dy, r.Out.Columns, 0, da, r.A.Columns, 0, r.A.Rows, r.A.Columns, accumulate: true);
                if (!db.IsEmpty) Kernels.CopyColumns(dy, r.Out.Columns, r.A.Columns, db, r.B.Columns, 0, r.B.Rows, r.B.Columns, accumulate: true);
                break;
            case TapeOp.Columns:
                Kernels.CopyColumns(dy, r.Out.Columns, 0, da, r.A.Columns, r.Start, r.A.Rows, r.Out.Columns, accumulate: true);
                break;
            case TapeOp.SegmentSum:
                Kernels.SegmentSumBackward(dy, r.Index, da, r.A.Columns, r.Mean);
                break;
            case TapeOp.SegmentExpand:
                Kernels.SegmentExpandBackward(dy, r.Index, da, r.A.Columns);
                break;
            case TapeOp.SegmentMax:
                Kernels.SegmentMaxBackward(dy, r.Index, da, r.A.Columns);
                break;
            case TapeOp.SegmentSoftmax:
                Kernels.SegmentSoftmaxBackward(r.Out.Value, dy, r.Index, da, r.A.Columns);
                break;
            case TapeOp.SegmentWeightedMean:
                Kernels.SegmentWeightedMeanBackward(r.Weights.Value, dy, r.Index, da, r.A.Columns);
                break;
            case TapeOp.SegmentSoftmaxSum:
                Kernels.SegmentSoftmaxSumBackward(r.B.Value, r.Index, r.Kept, r.Out.Value, dy, da, db, r.B.Columns);
                break;
            case TapeOp.LayerNorm:
                Kernels.LayerNormBackward(r.Out.Value, r.Kept, dy, da, r.A.Rows, r.A.Columns);
                break;
            case TapeOp.SegmentAttention:
                Kernels.SegmentAttentionBackward(r.A.Value, r.B.Value, r.Index, r.Kept, dy, da, db, r.A.Columns);
                break;
            case TapeOp.Lstm:
                Kernels.LstmBackward(
                    r.B.Value, r.Kept, r.Out2.Value, r.Out2.Gradient, dy, da, db, r.Out.Rows, r.Out.Columns, r.Activation);
                break;
            case TapeOp.Loss:
                Kernels.LossBackward(
                    r.Loss, r.A.Value, r.B.Value, r.Weights.Value, dy, da, r.A.Rows, r.A.Columns, r.P);
                break;
            default:
                throw new InvalidOperationException($"no backward pass for {r.Op}");
        }
    }
}
