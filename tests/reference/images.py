"""
Images made smaller, larger and grey by PyTorch and Pillow: the values that tests compare ours with.

    pip install torch==2.15.0 pillow==13.0.0
    python tests/reference/images.py > tests/reference/images.json

Byte i of an input, in row-major order [height, width, channels], is (7919 i + (i^2 mod 251)) mod 256.

resize: torch.nn.functional.interpolate in float64, mode "area" where an axis shrinks and "bilinear" with
align_corners=False where it grows; both axes in one call where they go the same way. Rounded with halves up, once what
float64 leaves of a half is taken away.
grayscale: PIL.Image.convert("L").
"""

import json
import sys

import numpy as np
import PIL
import torch
from PIL import Image
from torch.nn.functional import interpolate

RESIZES = [
    # height, width, channels, new height, new width
    (28, 28, 1, 14, 14),
    (32, 32, 1, 28, 28),
    (9, 7, 3, 4, 5),
    (10, 6, 3, 1, 1),
    (6, 5, 2, 13, 8),
    (1, 3, 3, 4, 7),
    (8, 5, 3, 3, 12),
    (5, 8, 1, 9, 3),
    (7, 7, 3, 7, 4),
]
GRAYS = [(16, 32, 3)]


def made(height, width, channels):
    i = np.arange(height * width * channels, dtype=np.int64)
    return ((7919 * i + (i * i) % 251) % 256).astype(np.uint8).reshape(height, width, channels)


def resized(image, height, width):
    x = torch.from_numpy(image).to(torch.float64).permute(2, 0, 1)[None]
    ways = [mode(image.shape[0], height), mode(image.shape[1], width)]
    if ways[0] == ways[1]:
        x = scaled(x, (height, width), ways[0])
    else:
        x = scaled(x, (height, image.shape[1]), ways[0])
        x = scaled(x, (height, width), ways[1])
    values = x[0].permute(1, 2, 0).numpy()
    return np.floor(np.round(values, 9) + 0.5).astype(np.uint8)


def mode(before, after):
    return "bilinear" if after > before else "area"


def scaled(x, size, way):
    return interpolate(x, size=size, mode=way, **({"align_corners": False} if way == "bilinear" else {}))


def main():
    result = {
        "torch": torch.__version__,
        "pillow": PIL.__version__,
        "resize": [
            {"from": [h, w, c], "to": [nh, nw], "values": resized(made(h, w, c), nh, nw).ravel().tolist()}
            for h, w, c, nh, nw in RESIZES
        ],
        "grayscale": [
            {"from": list(shape), "values": np.asarray(Image.fromarray(made(*shape)).convert("L")).ravel().tolist()}
            for shape in GRAYS
        ],
    }
    json.dump(result, sys.stdout, separators=(",", ":"))
    print()


if __name__ == "__main__":
    main()
