"""CGAT (J. Schmidt et al., Sci. Adv. 7, eabi7948 (2021)) in eager PyTorch, in the manner of its authors: every atom and every edge, [x ; e ; x] gathered and
concatenated, all heads of a layer in one product, generated weights of every atom as a tensor and a batched product with them.

Where their program scatters, this one uses that every atom has as many neighbours: softmax over a dense axis, which is faster. The edge's own layers, which see
its rank alone, run once per rank. Same weights, crystals and loss as ours; its tensors are made once.
"""
import base64

from peer import blas, serve


def prepare(data):
    import torch
    from torch.nn import functional

    torch.set_num_threads(1)
    backend = blas()
    s = data["settings"]
    width, edge_width, heads, steps = s["width"], s["edge_width"], s["heads"], s["steps"]

    def decode(text, *shape):
        return torch.frombuffer(bytearray(base64.b64decode(text)), dtype=torch.float32).reshape(*shape).clone()

    def encode(tensor):
        return base64.b64encode(tensor.detach().float().contiguous().numpy().tobytes()).decode()

    given = {p["name"]: decode(p["values"], p["rows"], p["columns"]) for p in data["parameters"]}
    owned = {}  # leaf tensors: by our name, or by a name of their own
    groups = {}  # stacked heads: name -> [(our name, how to cut it out of the gradient)]

    def own(name):
        owned[name] = given[name].squeeze(0) if given[name].shape[0] == 1 and name.endswith("bias") else given[name]

    def stack(name, nets):
        """Two-layer nets beside each other: one product for all first layers, a batched one for the second."""
        parts = [(f"{name}.w1", [f"{n}.0.weight" for n in nets], 1), (f"{name}.b1", [f"{n}.0.bias" for n in nets], 1),
                 (f"{name}.w2", [f"{n}.1.weight" for n in nets], None), (f"{name}.b2", [f"{n}.1.bias" for n in nets], None)]
        for part, names, dim in parts:
            tensors = [given[n] for n in names]
            owned[part] = torch.cat(tensors, dim=dim) if dim == 1 else torch.stack(tensors)
            groups[part] = (names, dim, [t.shape[1] for t in tensors])

    for l in range(steps):
        stack(f"graph.steps.{l}", [f"graph.steps.{l}.node.{h}.{kind}" for kind in ("attention", "message") for h in range(heads)])
    stack("graph.attention", [f"graph.pool.{h}.attention" for h in range(heads)])
    stack("graph.value", [f"graph.pool.{h}.value" for h in range(heads)])
    stacked = {name for names, _, _ in groups.values() for name in names}
    for name in given:
        if name not in stacked:
            own(name)
    for tensor in owned.values():
        tensor.requires_grad_()

    ints = {key: torch.tensor(values, dtype=torch.int64) for key, values in data["indices"].items()}
    vectors = decode(data["elements"]["values"], data["elements"]["rows"], data["elements"]["width"])
    fractions = decode(data["fractions"], -1, 1)
    targets = decode(data["targets"], -1, 1)
    optimizer = torch.optim.Adam(list(owned.values()), lr=data["learning_rate"], **({"foreach": True} if data["optimizer"] == "foreach" else {}))

    def forward(p, vectors, fractions):
        atoms, neighbours = ints["numbers"].shape[0], s["neighbours"]
        crystals = int(ints["atom_crystals"][-1]) + 1

        def dense(name, x):
            return torch.addmm(p[name + ".bias"], x, p[name + ".weight"])

        def two_layers(name, x):
            return dense(name + ".1", functional.leaky_relu(dense(name + ".0", x)))

        def all_heads(name, x, count):
            hidden = functional.leaky_relu(torch.addmm(p[name + ".b1"].squeeze(0), x, p[name + ".w1"]))
            return torch.baddbmm(p[name + ".b2"], hidden.view(x.shape[0], count, -1).transpose(0, 1), p[name + ".w2"])

        def scatter_sum(x, index, count):
            return torch.zeros((count,) + x.shape[1:], dtype=x.dtype).index_add_(0, index, x)

        def softmax(x, index, count):
            top = torch.full((count,) + x.shape[1:], -torch.inf, dtype=x.dtype).scatter_reduce(0, index.view(-1, *[1] * (x.dim() - 1)).expand_as(x), x.detach(), "amax")
            e = torch.exp(x - top[index])
            return e / scatter_sum(e, index, count)[index]

        def hyper(name, generator, x):
            for j in range(4):
                g = generator
                for t in range(4):
                    g = torch.tanh(dense(f"{name}.{j}.{t}", g))
                made = dense(f"{name}.{j}.generated", g)
                matrix = made[:, :width * width].view(-1, width, width)
                x = torch.bmm(x.unsqueeze(1), matrix).squeeze(1) + made[:, width * width:]
                if j < 3:
                    x = torch.tanh(functional.layer_norm(x, [width]))
            return x

        def roost():
            items = ints["item_elements"].shape[0]
            x = torch.cat([dense("graph.composition.embedding", vectors[ints["item_elements"]]), fractions], dim=1)
            selves, others = ints["pair_selves"], ints["pair_others"]
            logarithms = torch.log(fractions)
            for l in range(s["composition_steps"]):
                name = f"graph.composition.steps.{l}.0"
                pair = torch.cat([x[selves], x[others]], dim=1)
                weight = softmax(two_layers(name + ".gate", pair) + p[name + ".power"] * logarithms[others], selves, items)
                x = x + scatter_sum(weight * two_layers(name + ".message", pair), selves, items)
            name = "graph.composition.pool.0"
            weight = softmax(two_layers(name + ".gate", x) + p[name + ".power"] * logarithms, ints["item_crystals"], crystals)
            return scatter_sum(weight * x, ints["item_crystals"], crystals)

        origin = x = vectors[ints["numbers"]] @ p["graph.nodes.weight"]
        ranks = p["graph.edges.ranks"]
        centres = torch.arange(atoms).repeat_interleave(neighbours)
        for l in range(steps):
            name = f"graph.steps.{l}"
            both = all_heads(name, torch.cat([x[centres], ranks[ints["ranks"]], x[ints["neighbours"]]], dim=1), 2 * heads)
            both = both.view(2 * heads, atoms, neighbours, width)
            u = (torch.softmax(both[:heads], dim=2) * both[heads:]).sum(dim=2).mean(dim=0)
            d = p[f"{name}.node.hyper.damping"].clamp(0, 1) if l > 0 else 1
            change = hyper(f"{name}.node.hyper", d * origin + (1 - d) * u if l > 0 else origin, u)
            ranks = ranks + two_layers(f"{name}.edge.update", ranks)
            x = x + change

        composition = roost()
        owner = ints["atom_crystals"]
        scores = all_heads("graph.attention", torch.cat([x, composition[owner]], dim=1), heads).transpose(0, 1)
        values = all_heads("graph.value", x, heads).transpose(0, 1)
        y = scatter_sum(softmax(scores, owner, crystals) * values, owner, crystals).reshape(crystals, -1)
        for l in range(len(s["output_widths"])):
            change = p[f"output.{l}.alpha"] * torch.relu(dense(f"output.{l}", y))
            residual = f"output.{l}.residual.weight"
            y = change + (y @ p[residual] if residual in p else y)
        return dense("output.last", y)[:, :1]

    def step():
        optimizer.zero_grad()
        loss = functional.l1_loss(forward(owned, vectors, fractions), targets)
        loss.backward()
        optimizer.step()
        return loss.item()

    def check():
        # In float64: rounding of its own float32 gradients is not ours to match.
        exact = {name: tensor.detach().double().requires_grad_() for name, tensor in owned.items()}
        output = forward(exact, vectors.double(), fractions.double())
        functional.l1_loss(output, targets.double()).backward()
        gradients = {}
        for name, tensor in exact.items():
            grad = tensor.grad if tensor.grad is not None else torch.zeros_like(tensor)
            if name not in groups:
                gradients[name] = encode(grad)
                continue
            names, dim, columns = groups[name]
            cut = torch.split(grad, columns, dim=1) if dim == 1 else list(grad)
            gradients.update({ours: encode(piece) for ours, piece in zip(names, cut)})
        return {"predictions": encode(output), "gradients": gradients}

    return f"PyTorch {torch.__version__} with {backend}, eager, {data['optimizer']} Adam", check, step


serve(prepare)
