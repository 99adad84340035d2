"""
How many trainable values PyTorch counts in networks built of its own layers, to parameters.json.
Renew it by `python tests/reference/parameters.py`, with PyTorch 2.15.0.

Layers that have to be told how much comes in are lazy: the image decides.
"""

import torch
from torch import nn

from values import write

MNIST, CIFAR = [28, 28, 1], [32, 32, 3]


def main():
    mlp, cnn, vit = ({"kind": kind} for kind in ("mlp", "cnn", "vit"))
    block = {"kernel": 3, "stride": 1, "padding": "valid", "pool": False}
    lenet = {"channels": 20, "kernel": 5, "pool": True}
    lists = [
        [{**block, "channels": 16, "pool": True}, {**block, "channels": 32, "kernel": 5, "stride": 2, "padding": "same"}],
        [{**block, "channels": 8}],
    ]
    token = {"patch": 7, "dim": 32, "depth": 2, "heads": 4, "mlp_ratio": 2, "pooling": "class"}
    networks = [
        ({**mlp, "depth": 3, "width": 50}, MNIST),
        ({**mlp, "widths": [300, 100]}, MNIST),
        ({**mlp, "widths": [7, 90, 1]}, CIFAR),
        *(({**cnn, **block, "depth": 1, "channels": channels, "dense": 0}, MNIST) for channels in (1, 4, 32)),
        ({**cnn, **block, **lenet, "depth": 2, "dense": 50}, MNIST),
        ({**cnn, **block, "depth": 3, "channels": 8, "stride": 2, "padding": "same", "dense": [64, 32]}, CIFAR),
        *(({**cnn, "convolutions": convolutions, "dense": [40, 20]}, CIFAR) for convolutions in lists),
        ({**vit, **token}, MNIST),
        ({**vit, **token, "pooling": "mean"}, MNIST),
        ({**vit, **token, "patch": 4, "dim": 48, "depth": 1, "heads": 3, "mlp_ratio": 4}, CIFAR),
    ]
    counts = [
        {"architecture": settings, "image": image, "parameters": count(settings, image)} for settings, image in networks
    ]
    write(__file__, f"PyTorch {torch.__version__}", {"counts": counts})


def count(settings, image):
    network = {"mlp": multilayer, "cnn": convolutional, "vit": transformer}[settings["kind"]](settings, image)
    height, width, channels = image
    network(torch.zeros(2, channels, height, width))
    return sum(parameter.numel() for parameter in network.parameters())


def multilayer(settings, _image):
    widths = settings.get("widths") or [settings["width"]] * settings["depth"]
    return nn.Sequential(nn.Flatten(), *hidden(widths), nn.LazyLinear(10))


def convolutional(settings, _image):
    layers = []
    for one in settings.get("convolutions") or [settings] * settings["depth"]:
        same = one["padding"] == "same"
        padding = one["kernel"] // 2 if same else 0
        layers += [nn.LazyConv2d(one["channels"], one["kernel"], one["stride"], padding), nn.ReLU()]
        layers += [nn.MaxPool2d(2)] if one["pool"] else []
    dense = settings["dense"] if isinstance(settings["dense"], list) else [settings["dense"]]
    return nn.Sequential(*layers, nn.Flatten(), *hidden([units for units in dense if units > 0]), nn.LazyLinear(10))


def hidden(widths):
    return [layer for width in widths for layer in (nn.LazyLinear(width), nn.ReLU())]


def transformer(settings, image):
    return Transformer(image=image, **{key: value for key, value in settings.items() if key != "kind"})


class Transformer(nn.Module):
    def __init__(self, image, patch, dim, depth, heads, mlp_ratio, pooling):
        super().__init__()
        self.embed = nn.Conv2d(image[2], dim, patch, patch)
        tokens = (image[0] // patch) * (image[1] // patch)
        self.token = nn.Parameter(torch.zeros(1, 1, dim)) if pooling == "class" else None
        self.position = nn.Parameter(torch.zeros(1, tokens + (pooling == "class"), dim))
        self.blocks = nn.Sequential(*(
            nn.TransformerEncoderLayer(dim, heads, mlp_ratio * dim, activation="gelu", batch_first=True, norm_first=True)
            for _ in range(depth)
        ))
        self.norm, self.head = nn.LayerNorm(dim), nn.Linear(dim, 10)

    def forward(self, images):
        tokens = self.embed(images).flatten(2).transpose(1, 2)
        if self.token is not None:
            tokens = torch.cat([self.token.expand(len(tokens), -1, -1), tokens], 1)
        tokens = self.norm(self.blocks(tokens + self.position))
        return self.head(tokens.mean(1) if self.token is None else tokens[:, 0])


if __name__ == "__main__":
    main()
