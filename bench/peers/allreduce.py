"""Averaging one flat gradient between processes of this machine with Gloo."""
from gloo import join
from peer import serve


def prepare(data):
    import torch
    import torch.distributed as dist

    processes = data["processes"]
    rank, tell = join(__file__, processes)
    own = torch.full((data["length"],), float(rank + 1))
    mean = torch.empty_like(own)

    def average():
        # A gradient is scaled on the way, as DistributedDataParallel does.
        torch.mul(own, 1 / processes, out=mean)
        dist.all_reduce(mean)

    def check():
        average()
        return {"mean": mean[0].item(), "last": mean[-1].item()}

    return f"PyTorch {torch.__version__}, Gloo", check, average, tell


if __name__ == "__main__":
    serve(prepare)
