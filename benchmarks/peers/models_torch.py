"""Forward passes in PyTorch. Parameters: name -> tensor, dense kernels [in, out], convolutions' [out, in, h, w].

Images: float32 [batch, height, width, channels]; logits: float32 [batch, classes].
"""

import torch
from torch.nn import functional as F

import common


def to_parameters(weights):
    """Tensors of numpy's arrays, in the layouts that PyTorch is fast with."""
    tensors = {name: torch.from_numpy(array) for name, array in weights.items()}
    fast = lambda tensor: tensor.permute(3, 2, 0, 1).contiguous() if tensor.ndim == 4 else tensor
    return {name: fast(tensor).requires_grad_() for name, tensor in tensors.items()}


def forward_of(member):
    """A function of parameters and images."""
    return {"mlp": _mlp, "cnn": _cnn, "vit": _vit}[member["architecture"]["kind"]](member)


def _dense(p, name, x):
    return torch.addmm(p[f"{name}/bias"], x, p[f"{name}/kernel"])


def _mlp(member):
    hidden = len(common.mlp_units(member))

    def forward(p, x):
        x = x.flatten(1)
        for i in range(hidden):
            x = _dense(p, f"dense_{i + 1}", x).relu_()
        return _dense(p, f"dense_{hidden + 1}", x)

    return forward


def _cnn(member):
    layers, _ = common.convolutions(member)

    def forward(p, x):
        x = x.permute(0, 3, 1, 2)  # channels last: with channels first these convolutions take a third longer
        for i, layer in enumerate(layers):
            (top, bottom), (left, right) = layer.pads
            if any((top, bottom, left, right)):
                x = F.pad(x, (left, right, top, bottom))
            x = F.conv2d(x, p[f"conv_{i + 1}/kernel"], p[f"conv_{i + 1}/bias"], layer.stride).relu_()
            if layer.pool:
                x = F.max_pool2d(x, 2)
        return _dense(p, "dense_1", x.flatten(1))

    return forward


def _vit(member):
    settings, cut = member["architecture"], common.patches(member)
    dim, heads = settings["dim"], settings["heads"]

    def norm(p, name, x):
        return F.layer_norm(x, (dim,), p[f"{name}/scale"], p[f"{name}/bias"], common.NORM_EPSILON)

    def attention(p, block, x):
        """x: [batch * tokens, dim]"""
        parts = _dense(p, f"{block}/attention", x).view(-1, cut.count, 3, heads, dim // heads)
        mixed = F.scaled_dot_product_attention(*parts.permute(2, 0, 3, 1, 4).unbind())
        return _dense(p, f"{block}/output", mixed.transpose(1, 2).reshape(-1, dim))

    def forward(p, x):
        count = len(x)
        x = x.view(count, cut.rows, cut.size, cut.columns, cut.size, -1).transpose(2, 3).reshape(-1, cut.values)
        x = _dense(p, "patch_embedding", x).view(count, cut.count, dim) + p["position"]
        x = x.view(-1, dim)
        for i in range(settings["depth"]):
            block = f"block_{i + 1}"
            x = x + attention(p, block, norm(p, f"{block}/norm_1", x))
            hidden = F.gelu(_dense(p, f"{block}/dense_1", norm(p, f"{block}/norm_2", x)))
            x = x + _dense(p, f"{block}/dense_2", hidden)
        x = norm(p, "norm", x).view(count, cut.count, dim)
        return _dense(p, "dense_1", x.mean(1))

    return forward
