"""The MEGNet step of megnet.py as DistributedDataParallel processes over Gloo on this machine: one thread each, an equal number of the batch's crystals
each, so that the mean of their gradients is the batch's."""
from gloo import join
from megnet import network
from peer import blas, serve


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

    torch.manual_seed(1)
    shares = data["shares"]
    rank, tell = join(__file__, len(shares))
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
