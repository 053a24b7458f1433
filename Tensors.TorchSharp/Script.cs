namespace AtomSets.Tensors.TorchSharp;

/// <summary>
/// Operations of libtorch that TorchSharp has no method for: those that write into a given tensor, and sums over groups of rows. Each is one
/// operation, or a few that write where they are told: nothing that TorchScript's compilers would fuse, which would change bits between the
/// first runs and later ones.
/// </summary>
static class Script
{
    const string Source = """
        def matmul(x, w, y):
            torch.mm(x, w, out=y)
        def dense(b, x, w, y):
            torch.addmm(b, x, w, out=y)
        def add(a, b, y):
            torch.add(a, b, out=y)
        def select_rows(x, i, y):
            torch.index_select(x, 0, i, out=y)
        def softplus(x, y):
            torch.softplus(x, 1, 20, out=y)
        def relu(x, y):
            torch.clamp_min(x, 0, out=y)
        def leaky_relu(x, y):
            torch.leaky_relu(x, 0.01, out=y)
        def sigmoid(x, y):
            torch.sigmoid(x, out=y)
        def tanh(x, y):
            torch.tanh(x, out=y)
        def hard_sigmoid(x, y):
            torch.clamp(torch.mul(x, 0.2, out=y).add_(0.5), 0, 1, out=y)
        def silu(x, y):
            torch.silu(x, out=y)
        def softplus_slope(g, x, y):
            torch.softplus_backward(g, x, 1, 20, grad_input=y)
        def relu_slope(g, x, y):
            torch.threshold_backward(g, x, 0, grad_input=y)
        def sigmoid_slope(g, x, y):
            torch.sigmoid_backward(g, x, grad_input=y)
        def tanh_slope(g, x, y):
            torch.tanh_backward(g, x, grad_input=y)
        def silu_slope(g, x, y):
            torch.silu_backward(g, x, grad_input=y)
        def group_sum(x, rows, offsets):
            return torch.embedding_bag(x, rows, offsets, False, 0, False, None, True)[0]
        def group_weighted_sum(x, rows, offsets, w):
            return torch.embedding_bag(x, rows, offsets, False, 0, False, w, True)[0]
        def group_max(x, rows, offsets):
            y, a, b, winners = torch.embedding_bag(x, rows, offsets, False, 2, False, None, True)
            return y, winners
        def segment_max(x, lengths):
            return torch.segment_reduce(x, 'max', lengths=lengths, unsafe=True)
        """;

    static readonly Lazy<torch.jit.CompilationUnit> Unit = new(() => torch.jit.compile(Source + "\n"));

    /// <summary>Runs a function that writes into its last argument.</summary>
    public static void Into(string function, params object[] arguments) => Unit.Value.invoke(function, arguments);

    /// <summary>Runs a function that returns a tensor.</summary>
    public static Torch Of(string function, params object[] arguments) => (Torch)Unit.Value.invoke(function, arguments);

    /// <summary>Runs a function that returns two.</summary>
    public static (Torch, Torch) Two(string function, params object[] arguments) => ((Torch, Torch))Unit.Value.invoke(function, arguments);
}
