// "Tensor" alone is the tape's matrix; TorchSharp's is Torch, and its functions are torch, as in its own pages.
#pragma warning disable CS8981 // their name
global using torch = TorchSharp.torch;
#pragma warning restore CS8981
global using Torch = TorchSharp.torch.Tensor;
