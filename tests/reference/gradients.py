"""
Losses and gradients of each layer and of whole networks by JAX, in float64, to gradients.json. Renew it by
`python tests/reference/gradients.py`, with JAX 0.10.2 and NumPy 2.4.

A layer's loss is the sum of its outputs, each times a given number, `probe`. A network's is the mean cross-entropy to
labels, perhaps smoothed. Where units are dropped, the masks are given: what each value is multiplied by.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy.special import erf

from values import random_values, write

jax.config.update("jax_enable_x64", True)
RNG = np.random.default_rng(2)

ACTIVATIONS = {
    "relu": jax.nn.relu,
    "tanh": jnp.tanh,
    "sigmoid": jax.nn.sigmoid,
    "elu": jax.nn.elu,
    "gelu": lambda x: x * (1 + erf(x / np.sqrt(2))) / 2,
    "linear": lambda x: x,
}


# Layers


def dense(x, kernel, bias):
    return x @ kernel + bias


def convolve(maps, kernel, bias, stride, padding):
    dimensions = ("NHWC", "HWIO", "NHWC")
    strides = (stride, stride)
    return lax.conv_general_dilated(maps, kernel, strides, padding.upper(), dimension_numbers=dimensions) + bias


def max_pool(maps):
    return lax.reduce_window(maps, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def cut_patches(images, shape, patch):
    maps = images.reshape(-1, *shape)
    rows, columns = shape[0] // patch, shape[1] // patch
    squares = [
        maps[:, patch * i : patch * (i + 1), patch * j : patch * (j + 1)].reshape(len(images), -1)
        for i in range(rows)
        for j in range(columns)
    ]
    return jnp.stack(squares, 1)


def layer_norm(tokens, scale, bias):
    mean, variance = tokens.mean(-1, keepdims=True), tokens.var(-1, keepdims=True)
    return (tokens - mean) / jnp.sqrt(variance + 1e-6) * scale + bias


def attend(queries, keys, values, heads):
    size = queries.shape[-1] // heads
    mixed = []
    for head in range(heads):
        part = slice(head * size, (head + 1) * size)
        scores = queries[..., part] @ jnp.swapaxes(keys[..., part], 1, 2) / np.sqrt(size)
        mixed.append(jax.nn.softmax(scores, -1) @ values[..., part])
    return jnp.concatenate(mixed, -1)


def prepend(token, tokens):
    return jnp.concatenate([jnp.broadcast_to(token, (len(tokens), 1, token.shape[0])), tokens], 1)


# Networks: weights by name, masks in the order in which they are used


def mlp(settings, weights, images, shape, drop):
    x = images
    for layer, _ in enumerate(settings["widths"], 1):
        x = drop(activate(settings, dense_layer(weights, f"dense_{layer}", x)))
    return dense_layer(weights, f"dense_{len(settings['widths']) + 1}", x)


def cnn(settings, weights, images, shape, drop):
    maps = images.reshape(-1, *shape)
    for layer, convolution in enumerate(settings["convolutions"], 1):
        kernel, bias = weights[f"conv_{layer}/kernel"], weights[f"conv_{layer}/bias"]
        maps = activate(settings, convolve(maps, kernel, bias, convolution["stride"], convolution["padding"]))
        maps = max_pool(maps) if convolution["pool"] else maps
    x = maps.reshape(len(images), -1)
    if not settings["dense"]:
        return dense_layer(weights, "dense_1", drop(x))
    for layer, _ in enumerate(settings["dense"], 1):
        x = drop(activate(settings, dense_layer(weights, f"dense_{layer}", x)))
    return dense_layer(weights, f"dense_{len(settings['dense']) + 1}", x)


def vit(settings, weights, images, shape, drop):
    x = dense_layer(weights, "patch_embedding", cut_patches(images, shape, settings["patch"]))
    if settings["pooling"] == "class":
        x = prepend(weights["class_token"], x)
    x = drop(x + weights["position"])
    for block in range(1, settings["depth"] + 1):
        at = lambda part: f"block_{block}/{part}"
        normal = norm_layer(weights, at("norm_1"), x)
        parts = [dense_layer(weights, at(f"attention/{part}"), normal) for part in ("query", "key", "value")]
        x = x + drop(dense_layer(weights, at("attention/output"), attend(*parts, settings["heads"])))
        hidden = dense_layer(weights, at("mlp/dense_1"), norm_layer(weights, at("norm_2"), x))
        x = x + drop(dense_layer(weights, at("mlp/dense_2"), ACTIVATIONS["gelu"](hidden)))
    x = norm_layer(weights, "norm", x)
    summary = x[:, 0] if settings["pooling"] == "class" else x.mean(1)
    return dense_layer(weights, "dense_1", summary)


def dense_layer(weights, name, x):
    return dense(x, weights[f"{name}/kernel"], weights[f"{name}/bias"])


def norm_layer(weights, name, x):
    return layer_norm(x, weights[f"{name}/scale"], weights[f"{name}/bias"])


def activate(settings, x):
    return ACTIVATIONS[settings["activation"]](x)


def cross_entropy(logits, labels, smoothing):
    classes = logits.shape[1]
    targets = (1 - smoothing) * jax.nn.one_hot(labels, classes) + smoothing / classes
    return -(targets * jax.nn.log_softmax(logits)).sum(1).mean()


# What is written


def layer_case(layer, apply, inputs, **settings):
    """`inputs` by name; the gradient by each is written."""
    probe = random_values(RNG, *apply(**inputs).shape)
    loss, gradients = jax.value_and_grad(lambda given: (probe * apply(**given)).sum())(inputs)
    return {"layer": layer, **settings, "inputs": inputs, "probe": probe, "loss": loss, "gradients": gradients}


def layer_cases():
    normal = lambda *shape: random_values(RNG, *shape)
    for name, function in ACTIVATIONS.items():
        inputs = {"x": normal(3, 4), "kernel": normal(4, 5), "bias": normal(5)}
        yield layer_case("dense", lambda x, kernel, bias: function(dense(x, kernel, bias)), inputs, activation=name)
    for padding in ("valid", "same"):
        for stride in (1, 2):
            inputs = {"maps": normal(2, 5, 6, 2), "kernel": normal(3, 3, 2, 3), "bias": normal(3)}
            apply = lambda maps, kernel, bias: convolve(maps, kernel, bias, stride, padding)
            yield layer_case("convolution", apply, inputs, stride=stride, padding=padding)
    yield layer_case("max_pool", max_pool, {"maps": normal(2, 5, 4, 3)})
    inputs = {"images": normal(2, 4 * 6 * 2), "kernel": normal(8, 3), "bias": normal(3)}
    embed = lambda images, kernel, bias: dense(cut_patches(images, (4, 6, 2), 2), kernel, bias)
    yield layer_case("patch_embedding", embed, inputs, image=[4, 6, 2], patch=2)
    yield layer_case("layer_norm", layer_norm, {"tokens": normal(2, 3, 5), "scale": normal(5), "bias": normal(5)})
    for heads in (1, 3):
        inputs = {name: normal(2, 4, 6) for name in ("queries", "keys", "values")}
        yield layer_case("attention", lambda **tokens: attend(**tokens, heads=heads), inputs, heads=heads)
    yield layer_case("prepend", prepend, {"token": normal(3), "tokens": normal(2, 2, 3)})
    yield layer_case("class_pooling", lambda tokens: tokens[:, 0], {"tokens": normal(2, 3, 4)})
    yield layer_case("mean_pooling", lambda tokens: tokens.mean(1), {"tokens": normal(2, 3, 4)})


def loss_cases():
    for smoothing in (0, 0.1, 1):
        logits, labels = 3 * random_values(RNG, 4, 5), np.array([0, 4, 2, 2])
        loss, gradient = jax.value_and_grad(cross_entropy)(jnp.array(logits), labels, smoothing)
        yield {"label_smoothing": smoothing, "logits": logits, "labels": labels, "loss": loss, "gradient": gradient}


NETWORKS = {"mlp": mlp, "cnn": cnn, "vit": vit}


def network_case(architecture, shape, weights, smoothing, mask_shapes):
    """`weights`: shapes by name, in the order of the architecture's tensors."""
    images, labels = random_values(RNG, 3, int(np.prod(shape))), np.array([0, 3, 1])
    given = {name: random_values(RNG, *size, spread=0.5) for name, size in weights.items()}
    masks = [(RNG.random(size) >= 0.25) / 0.75 for size in mask_shapes]

    def loss_of(weights):
        left = list(masks)
        drop = lambda x: x * left.pop(0) if masks else x
        logits = NETWORKS[architecture["kind"]](architecture, weights, images, shape, drop)
        assert not left
        return cross_entropy(logits, labels, smoothing)

    loss, gradients = jax.value_and_grad(loss_of)(given)
    return {
        "architecture": architecture,
        "image": list(shape),
        "label_smoothing": smoothing,
        "images": images,
        "labels": labels,
        "masks": [np.round(mask, 9) for mask in masks],
        "weights": [{"name": name, **as_dict(values)} for name, values in given.items()],
        "loss": loss,
        "gradients": [gradients[name] for name in given],
    }


def as_dict(values):
    return {"shape": list(values.shape), "values": values.ravel().tolist()}


def dense_shapes(name, *sizes):
    return {f"{name}/kernel": sizes, f"{name}/bias": sizes[-1:]}


def network_cases():
    mlp_settings = {"kind": "mlp", "widths": [5, 4], "activation": "elu"}
    weights = dense_shapes("dense_1", 6, 5) | dense_shapes("dense_2", 5, 4) | dense_shapes("dense_3", 4, 4)
    yield network_case(mlp_settings, (2, 3, 1), weights, 0, [])
    yield network_case(mlp_settings, (2, 3, 1), weights, 0.1, [(3, 5), (3, 4)])

    block = {"channels": 2, "kernel": 3, "stride": 1, "padding": "same", "pool": True}
    strided = {"channels": 3, "kernel": 2, "stride": 2, "padding": "valid", "pool": False}
    convolutions = dense_shapes("conv_1", 3, 3, 2, 2) | dense_shapes("conv_2", 2, 2, 2, 3)
    for units, masks, smoothing in (([5], [], 0.1), ([5, 3], [(3, 5), (3, 3)], 0), ([], [(3, 6)], 0.2)):
        settings = {"kind": "cnn", "convolutions": [block, strided], "dense": units, "activation": "relu"}
        sizes = [6, *units, 4]
        layers = [dense_shapes(f"dense_{i + 1}", *sizes[i : i + 2]) for i in range(len(sizes) - 1)]
        yield network_case(settings, (8, 5, 2), merged(convolutions, *layers), smoothing, masks)

    for pooling, depth, drops, smoothing in (("class", 1, False, 0.1), ("mean", 2, True, 0)):
        settings = {"kind": "vit", "patch": 2, "dim": 4, "depth": depth, "heads": 2, "mlp_ratio": 1.5, "pooling": pooling}
        tokens = 6 + (pooling == "class")
        token = {"class_token": (4,)} if pooling == "class" else {}
        blocks = [block_shapes(f"block_{block + 1}") for block in range(depth)]
        ends = [{"norm/scale": (4,), "norm/bias": (4,)}, dense_shapes("dense_1", 4, 4)]
        embedding = [dense_shapes("patch_embedding", 4, 4), token, {"position": (tokens, 4)}]
        masks = [(3, tokens, 4)] * (1 + 2 * depth) if drops else []
        yield network_case(settings, (6, 4, 1), merged(*embedding, *blocks, *ends), smoothing, masks)


def block_shapes(block):
    norm = lambda name: {f"{block}/{name}/scale": (4,), f"{block}/{name}/bias": (4,)}
    attention = [dense_shapes(f"{block}/attention/{part}", 4, 4) for part in ("query", "key", "value", "output")]
    mlp = [dense_shapes(f"{block}/mlp/dense_1", 4, 6), dense_shapes(f"{block}/mlp/dense_2", 6, 4)]
    return merged(norm("norm_1"), *attention, norm("norm_2"), *mlp)


def merged(*parts):
    return {name: shape for part in parts for name, shape in part.items()}


if __name__ == "__main__":
    cases = {"layers": list(layer_cases()), "losses": list(loss_cases()), "networks": list(network_cases())}
    write(__file__, f"JAX {jax.__version__}, float64", cases)
