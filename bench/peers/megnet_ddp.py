"""The MEGNet step of megnet.py as DistributedDataParallel processes over Gloo on this machine: one thread each, an equal number of the batch's crystals
each, so that the mean of their gradients is the batch's.

Process 0 speaks with the other side and passes its commands on to the others.
"""
import atexit
import datetime
import os
import shutil
import subprocess
import sys
import tempfile

from megnet import network
from peer import Missing, blas, serve


def part(data, crystals):
    """The same data with these crystals alone, in this order."""
    place = {crystal: i for i, crystal in enumerate(crystals)}
    index = data["indices"]
    atoms = sorted((place[g], a) for a, g in enumerate(index["atom_graphs"]) if g in place)
    atom_place = {a: i for i, (_, a) in enumerate(atoms)}
    bonds = sorted((atom_place[c], b) for b, c in enumerate(index["centres"]) if c in atom_place)
    return data | {
        "indices": {
            "numbers": [index["numbers"][a] for _, a in atoms],
            "atom_graphs": [g for g, _ in atoms],
            "centres": [c for c, _ in bonds],
            "neighbours": [atom_place[index["neighbours"][b]] for _, b in bonds],
            "bond_graphs": [place[index["bond_graphs"][b]] for _, b in bonds],
        },
        "distances": [data["distances"][b] for _, b in bonds],
        "targets": [data["targets"][c] for c in crystals],
    }


def prepare(data):
    import torch
    import torch.distributed as dist
    import torch.nn.functional as F
    from torch.nn.parallel import DistributedDataParallel

    if not (dist.is_available() and dist.is_gloo_available()):
        raise Missing("this PyTorch was built without torch.distributed and Gloo")
    torch.set_num_threads(1)
    torch.manual_seed(1)
    shares = data["shares"]
    rank = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    others = []
    if rank == 0:
        folder = tempfile.mkdtemp(prefix="atomsets-bench-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        meeting = os.path.join(folder, "meeting")
        others = [subprocess.Popen([sys.executable, "-W", "ignore", __file__, sys.argv[1], str(r), meeting], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
                  for r in range(1, len(shares))]
    else:
        meeting = sys.argv[3]
    dist.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=len(shares), timeout=datetime.timedelta(minutes=1))
    parameters, forward, targets = network(part(data, shares[rank]))

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            for name, p in parameters.items():
                parameters[name] = torch.nn.Parameter(p.detach())
                self.register_parameter(name.replace(".", "/"), parameters[name])

        def forward(self):
            return forward()

    net = DistributedDataParallel(Net())
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, eps=1e-7)

    def tell(command):
        for other in others:
            print(command, file=other.stdin, flush=True)

    def step():
        optimizer.zero_grad()
        loss = F.mse_loss(net(), targets)
        loss.backward()
        optimizer.step()
        return loss.item()

    def check():
        optimizer.zero_grad()
        prediction = net()
        F.mse_loss(prediction, targets).backward()
        gathered = [None] * len(shares)
        dist.all_gather_object(gathered, prediction.flatten().tolist())
        predictions = {crystal: value for crystals, values in zip(shares, gathered) for crystal, value in zip(crystals, values)}
        return {"predictions": [predictions[i] for i in range(len(predictions))],
                "gradients": {name: p.grad.flatten().tolist() for name, p in parameters.items()}}

    return f"PyTorch {torch.__version__} with {blas()}, {len(shares)} processes, DistributedDataParallel over Gloo", check, step, tell


if __name__ == "__main__":
    serve(prepare)
