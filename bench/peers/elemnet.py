"""ElemNet-17 (D. Jha et al., Sci. Rep. 8, 17593 (2018)) in eager PyTorch, as one writes it there: nn.Sequential of Linear and ReLU, L1 loss, Adam.

Same weights and batch as ours. Numbers travel as base64 of little-endian float32; weights are (in, out) there and (out, in) here.
"""
import base64

from peer import blas, serve


def prepare(data):
    import torch
    from torch import nn

    torch.set_num_threads(1)
    backend = blas()

    def decode(text, *shape):
        return torch.frombuffer(bytearray(base64.b64decode(text)), dtype=torch.float32).reshape(*shape).clone()

    def encode(tensor):
        return base64.b64encode(tensor.detach().contiguous().numpy().tobytes()).decode()

    modules, linear = [], {}
    for layer in data["layers"]:
        module = linear[layer["name"]] = nn.Linear(layer["inputs"], layer["outputs"])
        with torch.no_grad():
            module.weight.copy_(decode(layer["weight"], layer["inputs"], layer["outputs"]).t())
            module.bias.copy_(decode(layer["bias"], layer["outputs"]))
        modules += [module, nn.ReLU()]
    model = nn.Sequential(*modules[:-1])  # the output is linear
    inputs = decode(data["inputs"], data["rows"], data["layers"][0]["inputs"])
    targets = decode(data["targets"], data["rows"], 1)
    measure = nn.L1Loss()
    options = {"foreach": True} if data["optimizer"] == "foreach" else {}
    optimizer = torch.optim.Adam(model.parameters(), lr=data["learning_rate"], eps=data["epsilon"], **options)

    def step():
        optimizer.zero_grad()
        loss = measure(model(inputs), targets)
        loss.backward()
        optimizer.step()
        return loss.item()

    def check():
        optimizer.zero_grad()
        predictions = model(inputs)
        measure(predictions, targets).backward()
        gradients = {}
        for name, module in linear.items():
            gradients[name + ".W"] = encode(module.weight.grad.t())
            gradients[name + ".b"] = encode(module.bias.grad)
        return {"predictions": encode(predictions), "gradients": gradients}

    return f"PyTorch {torch.__version__} with {backend}, eager, {data['optimizer']} Adam", check, step


serve(prepare)
