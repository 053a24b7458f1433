"""CGCNN (T. Xie, J. C. Grossman, Phys. Rev. Lett. 120, 145301 (2018)) in eager PyTorch, in the manner of its authors: dense [N, 12] neighbour
lists, gather, concatenate, one linear layer, two batch norms, and a Python loop over crystals for the pooling.

Tensors of every crystal are made once and kept; an epoch shuffles, collates its batches, and steps. Same weights and crystals as ours.
"""
import copy

from peer import blas, serve


def prepare(data):
    import torch
    from torch import nn

    torch.set_num_threads(1)
    backend = blas()
    s = data["settings"]
    width = s["atom_features"]

    class Convolution(nn.Module):
        def __init__(self, edge_width):
            super().__init__()
            self.fc_full = nn.Linear(2 * width + edge_width, 2 * width)
            self.bn1 = nn.BatchNorm1d(2 * width)
            self.bn2 = nn.BatchNorm1d(width)
            self.softplus = nn.Softplus()

        def forward(self, atoms, edges, neighbours):
            n, m = neighbours.shape
            gathered = atoms[neighbours, :]
            z = self.fc_full(torch.cat([atoms.unsqueeze(1).expand(n, m, width), gathered, edges], dim=2))
            z = self.bn1(z.view(-1, 2 * width)).view(n, m, 2 * width)
            gate, core = z.chunk(2, dim=2)
            summed = torch.sum(torch.sigmoid(gate) * self.softplus(core), dim=1)
            return self.softplus(atoms + self.bn2(summed))

    class Network(nn.Module):
        def __init__(self, element_width, edge_width):
            super().__init__()
            self.embedding = nn.Linear(element_width, width)
            self.convs = nn.ModuleList([Convolution(edge_width) for _ in range(s["convolutions"])])
            self.conv_to_fc = nn.Linear(width, s["hidden"])
            self.fc_out = nn.Linear(s["hidden"], 1)
            self.softplus = nn.Softplus()

        def forward(self, elements, edges, neighbours, crystals):
            atoms = self.embedding(elements)
            for convolution in self.convs:
                atoms = convolution(atoms, edges, neighbours)
            pooled = torch.cat([torch.mean(atoms[rows], dim=0, keepdim=True) for rows in crystals], dim=0)
            return self.fc_out(self.softplus(self.conv_to_fc(self.softplus(pooled))))

    # What the authors' data set keeps of each crystal: element vectors, expanded distances, neighbour lists.
    table = torch.tensor(data["elements"]["values"], dtype=torch.float32).reshape(-1, data["elements"]["width"])
    centres = torch.arange(0, s["cutoff"] + s["step"] / 2, s["step"])
    targets = torch.tensor(data["targets"], dtype=torch.float32).unsqueeze(1)
    kept = []
    for row, crystal in enumerate(data["crystals"]):
        distances = torch.tensor(crystal["distances"], dtype=torch.float32).reshape(-1, s["neighbours"], 1)
        kept.append((table[torch.tensor(crystal["numbers"])], torch.exp(-((distances - centres) ** 2) / s["width"] ** 2),
                     torch.tensor(crystal["neighbours"], dtype=torch.int64).reshape(-1, s["neighbours"]), targets[row]))
    network = Network(table.shape[1], len(centres))
    with torch.no_grad():
        named = dict(network.named_parameters())
        for p in data["parameters"]:
            values = torch.tensor(p["values"], dtype=torch.float32).reshape(p["rows"], p["columns"])
            named[p["name"]].copy_(values.flatten() if named[p["name"]].dim() == 1 else values.t())
    optimizer = torch.optim.SGD(network.parameters(), s["learning_rate"], momentum=s["momentum"])
    criterion = nn.MSELoss()

    def collate(rows):
        elements, edges, neighbours, crystals, wanted = [], [], [], [], []
        first = 0
        for row in rows:
            atom, edge, neighbour, target = kept[row]
            elements.append(atom)
            edges.append(edge)
            neighbours.append(neighbour + first)
            crystals.append(torch.arange(first, first + atom.shape[0]))
            wanted.append(target)
            first += atom.shape[0]
        return torch.cat(elements, dim=0), torch.cat(edges, dim=0), torch.cat(neighbours, dim=0), crystals, torch.stack(wanted, dim=0)

    def epoch():
        order = torch.randperm(len(kept)).tolist()
        for start in range(0, len(order), s["batch"]):
            elements, edges, neighbours, crystals, wanted = collate(order[start:start + s["batch"]])
            loss = criterion(network(elements, edges, neighbours, crystals), wanted)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            loss.item()

    def check():
        # In float64: rounding of its own float32 gradients (up to 1e-4 of the largest element before batch norm) is not ours to match.
        exact = copy.deepcopy(network).double()
        elements, edges, neighbours, crystals, wanted = collate(range(min(s["batch"], len(kept))))
        output = exact(elements.double(), edges.double(), neighbours, crystals)
        criterion(output, wanted.double()).backward()
        found = {name: p.grad.t().flatten().tolist() if p.dim() == 2 else p.grad.tolist() for name, p in exact.named_parameters()}
        return {"predictions": output.detach().flatten().tolist(), "gradients": found}

    return f"PyTorch {torch.__version__} with {backend}, eager", check, epoch


serve(prepare)
