"""Forward passes in JAX. Parameters: name -> array, dense kernels [in, out], convolutions' [h, w, in, out].

Images: float32 [batch, height, width, channels]; logits: float32 [batch, classes].
"""

import jax
import jax.numpy as jnp

import common


def forward_of(member):
    """A function of parameters and images."""
    return {"mlp": _mlp, "cnn": _cnn, "vit": _vit}[member["architecture"]["kind"]](member)


def _dense(p, name, x):
    return x @ p[f"{name}/kernel"] + p[f"{name}/bias"]


def _mlp(member):
    hidden = len(common.mlp_units(member))

    def forward(p, x):
        x = x.reshape(len(x), -1)
        for i in range(hidden):
            x = jax.nn.relu(_dense(p, f"dense_{i + 1}", x))
        return _dense(p, f"dense_{hidden + 1}", x)

    return forward


def _cnn(member):
    layers, _ = common.convolutions(member)

    def forward(p, x):
        for i, layer in enumerate(layers):
            x = jax.nn.relu(_convolve(layer, p[f"conv_{i + 1}/kernel"], x) + p[f"conv_{i + 1}/bias"])
            if layer.pool:
                x = _max_pool(x)
        return _dense(p, "dense_1", x.reshape(len(x), -1))

    return forward


def _convolve(layer, kernel, x):
    """Shifted images side by side, and one product: the gradients of lax's convolution are far slower on processors."""
    height, width = layer.size
    x = jnp.pad(x, ((0, 0), *layer.pads, (0, 0)))
    down, right = (layer.stride * (n - 1) + 1 for n in (height, width))
    shifts = [(i, j) for i in range(layer.kernel) for j in range(layer.kernel)]
    shifted = [x[:, i : i + down : layer.stride, j : j + right : layer.stride] for i, j in shifts]
    return jnp.concatenate(shifted, -1) @ kernel.reshape(-1, kernel.shape[-1])


def _max_pool(x):
    batch, height, width, channels = x.shape
    x = x[:, : height // 2 * 2, : width // 2 * 2]
    return x.reshape(batch, height // 2, 2, width // 2, 2, channels).max((2, 4))


def _vit(member):
    settings, cut = member["architecture"], common.patches(member)
    dim, heads = settings["dim"], settings["heads"]
    size = dim // heads

    def norm(p, name, x):
        return jax.nn.standardize(x, -1, epsilon=common.NORM_EPSILON) * p[f"{name}/scale"] + p[f"{name}/bias"]

    def attention(p, block, x):
        parts = _dense(p, f"{block}/attention", x).reshape(len(x), cut.count, 3, heads, size)
        queries, keys, values = parts[:, :, 0], parts[:, :, 1], parts[:, :, 2]
        shares = jax.nn.softmax(jnp.einsum("nqhd,nkhd->nhqk", queries, keys) * size**-0.5)
        mixed = jnp.einsum("nhqk,nkhd->nqhd", shares, values)
        return _dense(p, f"{block}/output", mixed.reshape(len(x), cut.count, dim))

    def forward(p, x):
        x = x.reshape(len(x), cut.rows, cut.size, cut.columns, cut.size, -1).swapaxes(2, 3)
        x = _dense(p, "patch_embedding", x.reshape(len(x), cut.count, cut.values)) + p["position"]
        for i in range(settings["depth"]):
            block = f"block_{i + 1}"
            x = x + attention(p, block, norm(p, f"{block}/norm_1", x))
            hidden = jax.nn.gelu(_dense(p, f"{block}/dense_1", norm(p, f"{block}/norm_2", x)), approximate=False)
            x = x + _dense(p, f"{block}/dense_2", hidden)
        return _dense(p, "dense_1", norm(p, "norm", x).mean(1))

    return forward
