"""MEGNet (C. Chen et al., Chem. Mater. 31, 3564 (2019)) in eager PyTorch, as one writes it there: concatenate, dense layers, scatter.

Same architecture, weights and batch as ours; parameters keep the names and the (in, out) layout of the exchange file.
"""
import math

from peer import blas, serve


def network(data):
    """(parameters by name, forward(), targets [crystals x 1]) of one batch."""
    import torch
    import torch.nn.functional as F

    s = data["settings"]
    device = data.get("device", "cpu")
    parameters = {p["name"]: torch.tensor(p["values"], dtype=torch.float32, device=device).reshape(p["rows"], p["columns"]).requires_grad_(True)
                  for p in data["parameters"]}
    index = {k: torch.tensor(v, dtype=torch.int64, device=device) for k, v in data["indices"].items()}
    distances = torch.tensor(data["distances"], dtype=torch.float32, device=device)
    targets = torch.tensor(data["targets"], dtype=torch.float32, device=device).unsqueeze(1)
    atoms_of, bonds_of, centres, neighbours = index["atom_graphs"], index["bond_graphs"], index["centres"], index["neighbours"]
    count, atom_count = len(data["targets"]), len(index["numbers"])
    gaussians = torch.linspace(0, s["stop"], s["gaussians"], device=device)
    # Sizes of the groups are part of the batch: computed once, as a data loader would.
    per_atom = torch.bincount(centres, minlength=atom_count).clamp(min=1).unsqueeze(1).float()
    bonds_per_graph = torch.bincount(bonds_of, minlength=count).clamp(min=1).unsqueeze(1).float()
    atoms_per_graph = torch.bincount(atoms_of, minlength=count).clamp(min=1).unsqueeze(1).float()

    def soft(x):
        return F.softplus(x) - math.log(2.0)

    def dense(prefix, x, layers, last=soft):
        for layer in range(layers):
            x = torch.addmm(parameters[f"{prefix}.{layer}.b"], x, parameters[f"{prefix}.{layer}.W"])
            x = soft(x) if layer < layers - 1 else last(x)
        return x

    def linear(x):
        return x

    def scatter_sum(x, groups, size):
        return torch.zeros(size, x.shape[1], device=device).index_add(0, groups, x)

    def set2set(prefix, x, groups):
        m = torch.addmm(parameters[prefix + ".bm"], x, parameters[prefix + ".Wm"])
        width = m.shape[1]
        q = torch.zeros(count, 2 * width, device=device)
        for _ in range(s["set2set_steps"]):
            z = torch.addmm(parameters[prefix + ".br"], q, parameters[prefix + ".Wr"])
            i, _, c, o = z.split(width, dim=1)
            cell = (0.2 * i + 0.5).clamp(0, 1) * torch.tanh(c)
            h = (0.2 * o + 0.5).clamp(0, 1) * torch.tanh(cell)
            e = (m * h[groups]).sum(1, keepdim=True)
            e = torch.exp(e - e.detach().max())
            a = e / scatter_sum(e, groups, count)[groups]
            q = torch.cat([h, scatter_sum(a * m, groups, count)], dim=1)
        return q

    def forward():
        v = dense("pre.atom", parameters["embed.atom"][index["numbers"]], 2)
        basis = torch.exp(-((distances.unsqueeze(1) - gaussians) ** 2) / s["width"] ** 2)
        e = dense("pre.bond", basis, 2)
        u = dense("pre.state", torch.zeros(count, 2, device=device), 2)
        for k in range(s["blocks"]):
            block = f"block{k}"
            v0, e0, u0 = v, e, u
            if k > 0:
                v, e, u = dense(block + ".ff.atom", v, 2), dense(block + ".ff.bond", e, 2), dense(block + ".ff.state", u, 2)
            e = dense(block + ".phi_e", torch.cat(
                [v[centres], v[neighbours], e, u[bonds_of]], dim=1), 3, linear)
            mean = scatter_sum(e, centres, atom_count) / per_atom
            v = dense(block + ".phi_v", torch.cat([mean, v, u[atoms_of]], dim=1), 3, linear)
            u = dense(block + ".phi_u", torch.cat(
                [scatter_sum(e, bonds_of, count) / bonds_per_graph, scatter_sum(v, atoms_of, count) / atoms_per_graph, u], dim=1), 3, linear)
            v, e, u = v0 + v, e0 + e, u0 + u
        vectors = torch.cat([set2set("set2set.atom", v, atoms_of), set2set("set2set.bond", e, bonds_of), u], dim=1)
        return dense("readout", vectors, 3, linear)

    return parameters, forward, targets


def prepare(data):
    import torch
    import torch.nn.functional as F

    threads = data.get("threads", 1)
    torch.set_num_threads(threads)
    backend = blas()
    parameters, forward, targets = network(data)
    optimizer = torch.optim.Adam(parameters.values(), lr=1e-3, eps=1e-7)

    def step():
        optimizer.zero_grad()
        loss = F.mse_loss(forward(), targets)
        loss.backward()
        optimizer.step()
        return loss.item()

    def predict():
        with torch.no_grad():
            return forward()

    def check():
        optimizer.zero_grad()
        prediction = forward()
        F.mse_loss(prediction, targets).backward()
        gradients = {name: p.grad.flatten().tolist() for name, p in parameters.items()}
        return {"predictions": prediction.flatten().tolist(), "gradients": gradients}

    where = "" if data.get("device", "cpu") == "cpu" else f" on {data['device']}"
    what = f"PyTorch {torch.__version__} with {backend}, eager{where}" + (f", {threads} threads" if threads > 1 else "")
    return what, check, step if data["mode"] == "step" else predict


if __name__ == "__main__":
    serve(prepare)
