using System.Globalization;

namespace AtomSets.Bench;

/// <summary>MEGNet (3 blocks, 64 crystals of at most 20 atoms at 5 Å) against the same network in eager PyTorch.</summary>
sealed class MegNetBenchmark : IBenchmark
{
    readonly bool _trains, _mergesEqualBonds;
    readonly ComputeDevice _device;

    MegNetBenchmark(string name, string about, bool trains, bool mergesEqualBonds, ComputeDevice? device = null)
    {
        (Name, About) = (name, about);
        (_trains, _mergesEqualBonds, _device) = (trains, mergesEqualBonds, device ?? ComputeDevice.Own);
    }

    public static MegNetBenchmark Step { get; } =
        new("megnet-step", "MEGNet training step, 64 crystals, one core; peer: eager PyTorch", trains: true, mergesEqualBonds: true);

    public static MegNetBenchmark PlainStep { get; } =
        new("megnet-step-plain", "the same, computing every bond as the peer does: kernels alone", trains: true, mergesEqualBonds: false);

    public static MegNetBenchmark Prediction { get; } =
        new("megnet-predict", "MEGNet inference, 64 crystals, one core; peer: eager PyTorch, no_grad", trains: false, mergesEqualBonds: true);

    /// <summary>The step on TorchSharp, on the device that <c>ATOMSETS_TORCH_DEVICE</c> names; the peer on the same. None in a build without it.</summary>
    public static IReadOnlyList<MegNetBenchmark> OnTorch { get; } = ComputeDevice.Torch is { } torch
        ?
        [
            new("megnet-step-torch", $"MEGNet training step on TorchSharp, {torch.Name}; peer: eager PyTorch there", trains: true, mergesEqualBonds: true, torch),
            new("megnet-step-torch-plain", "the same, computing every bond as the peer does", trains: true, mergesEqualBonds: false, torch),
        ]
        : [];

    public string Name { get; }

    public string About { get; }

    public bool HasAvx2 => Name == "megnet-step";

    public Contest Prepare()
    {
        var side = new MegNetSide(_mergesEqualBonds, _device.Create());
        var input = side.ToJson(_trains ? "step" : "predict");
        input["device"] = _device.Name;
        var (peer, missing) = PeerProcess.Start("megnet.py", input);
        var note = missing ?? MegNetAgreement.Check(side.Predict(), side.ExportGradients(), peer!);
        var predictions = side.Predict();
        if (_trains) side.Step();
        var operations = side.Flops;
        var allBonds = input["distances"]!.AsArray().Count;
        return new Contest(side, peer)
        {
            Unit = "ms",
            Figure = seconds => 1000 * seconds,
            Peer = peer,
            Operations = operations,
            Note = string.Create(CultureInfo.InvariantCulture,
                $"{side.What}: {side.Atoms} atoms, {allBonds} bonds of which ours computes {side.Bonds}; {side.KernelName}; {note}"),
            Ours = _trains ? side.Step : () => side.Predict(predictions),
        };
    }
}
