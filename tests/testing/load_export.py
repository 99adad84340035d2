"""Loads an export the way its users do, and tells each network's accuracy: by safetensors and NumPy, and by TensorFlow.

    load_export.py EXPORT IMAGES LABELS: raw uint8 files; writes JSON to standard output
"""

import csv
import json
import math
import os
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
import tensorflow as tf
from safetensors import safe_open


def main(export, images, labels):
    export = Path(export)
    about = json.loads((export / "export.json").read_text())
    images = np.fromfile(images, np.uint8).reshape(-1, *about["dataset"]["shape"])
    labels = np.fromfile(labels, np.uint8)
    with open(export / "metrics.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    final = [row for row in rows if row["laststep"] == "true"]
    result = {
        "columns": list(rows[0]),
        "rows": [[row[""], row["step"], row["laststep"], row["test_accuracy"]] for row in rows],
        "members": {row["member"]: describe(export, row, images, labels) for row in final},
    }
    if (export / "weights.npy").exists():
        result["matrix"] = matrix(export, rows)
    print(json.dumps(result))


def describe(export, row, images, labels):
    with safe_open(export / row[""], "numpy") as file:
        weights = {name: file.get_tensor(name) for name in file.keys()}
        metadata = file.metadata()
    settings, normalization = json.loads(metadata["settings"]), json.loads(metadata["normalization"])
    x = ((images - np.float32(normalization["mean"])) / np.float32(normalization["std"])).astype(np.float32)
    model = tf.saved_model.load(str(export / row["modeldir"])).signatures["serving_default"]
    outputs = model(images=tf.constant(images))
    logits = outputs["logits"].numpy()
    return {
        "csv": float(row["test_accuracy"]),
        "metadata": json.loads(metadata["metrics"])["test_accuracy"],
        "numpy": accuracy(FORWARD[settings["architecture"]["kind"]](weights, settings["architecture"], x), labels),
        "tensorflow": accuracy(logits, labels),
        "probabilities": float(np.abs(outputs["probabilities"].numpy() - softmax(logits)).max()),
        "parameters": sum(value.size for value in weights.values()) - int(row["parameters"]),
    }


def matrix(export, rows):
    """Whether each row of the matrix holds the tensors of its checkpoint at the places of the layout."""
    weights = np.load(export / "weights.npy", mmap_mode="r")
    with open(export / "layout.csv", newline="") as file:
        layout = list(csv.DictReader(file))
    for row, values in zip(rows, weights, strict=True):
        with safe_open(export / row[""], "numpy") as file:
            for place in layout:
                part = values[int(place["start_idx"]) : int(place["end_idx"])]
                assert (part == file.get_tensor(place["varname"]).ravel()).all()
    return list(weights.shape)


def accuracy(logits, labels):
    return float((logits.argmax(-1) == labels).mean())


def dense(w, name, x):
    return x @ w[f"{name}/kernel"] + w[f"{name}/bias"]


def relu(x):
    return np.maximum(x, 0)


def mlp(w, settings, x):
    x, hidden = x.reshape(len(x), -1), settings["depth"]
    for i in range(hidden):
        x = relu(dense(w, f"dense_{i + 1}", x))
    return dense(w, f"dense_{hidden + 1}", x)


def cnn(w, settings, x):
    for i, layer in enumerate(settings["convolutions"]):
        assert (layer["padding"], layer["stride"]) == ("valid", 1)
        kernel = w[f"conv_{i + 1}/kernel"]
        windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape[:2], axis=(1, 2))
        x = relu(np.einsum("bhwcij,ijco->bhwo", windows, kernel, optimize=True) + w[f"conv_{i + 1}/bias"])
        if layer["pool"]:
            height, width = (n // 2 * 2 for n in x.shape[1:3])
            x = x[:, :height, :width].reshape(len(x), height // 2, 2, width // 2, 2, -1).max((2, 4))
    return dense(w, "dense_1", x.reshape(len(x), -1))


def vit(w, settings, x):
    n, height, width, channels = x.shape
    patch, heads = settings["patch"], settings["heads"]
    x = x.reshape(n, height // patch, patch, width // patch, patch, channels).swapaxes(2, 3)
    x = dense(w, "patch_embedding", x.reshape(n, -1, patch * patch * channels))
    if settings["pooling"] == "class":
        x = np.concatenate([np.broadcast_to(w["class_token"], (n, 1, x.shape[-1])), x], 1)
    x = x + w["position"]
    for i in range(settings["depth"]):
        block = f"block_{i + 1}"
        normed = norm(w, f"{block}/norm_1", x)
        split = lambda part: dense(w, f"{block}/attention/{part}", normed).reshape(*x.shape[:2], heads, -1).swapaxes(1, 2)
        queries, keys, values = map(split, ("query", "key", "value"))
        shares = softmax(queries @ keys.swapaxes(-1, -2) / math.sqrt(queries.shape[-1]))
        x = x + dense(w, f"{block}/attention/output", (shares @ values).swapaxes(1, 2).reshape(x.shape))
        hidden = dense(w, f"{block}/mlp/dense_1", norm(w, f"{block}/norm_2", x))
        hidden = hidden * 0.5 * (1 + np.vectorize(math.erf)(hidden / math.sqrt(2)))
        x = x + dense(w, f"{block}/mlp/dense_2", hidden)
    x = norm(w, "norm", x)
    return dense(w, "dense_1", x[:, 0] if settings["pooling"] == "class" else x.mean(1))


def norm(w, name, x):
    centered = x - x.mean(-1, keepdims=True)
    return centered / np.sqrt((centered**2).mean(-1, keepdims=True) + 1e-6) * w[f"{name}/scale"] + w[f"{name}/bias"]


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


FORWARD = {"mlp": mlp, "cnn": cnn, "vit": vit}

if __name__ == "__main__":
    main(*sys.argv[1:])
