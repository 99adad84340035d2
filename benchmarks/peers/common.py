"""What both peers share: arguments, data, initial weights, the order of batches, worker processes, the result.

Imports numpy alone, so that a framework can be imported before the fork (PyTorch) or after it (JAX).

A member is {id, dataset, architecture, scheme, seed}: its architecture as weft's members have it, and the scheme that its
kernels start by.
"""

import argparse
import gzip
import json
import math
import multiprocessing
import os
import time
import traceback
from pathlib import Path
from typing import NamedTuple

import numpy as np

CLASSES = 10
ADAM = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7}
IMAGES = {"mnist": (28, 28, 1), "fashion-mnist": (28, 28, 1), "cifar-10": (32, 32, 3)}
EMBEDDING_STD = 0.02
NORM_EPSILON = 1e-6
VARIANCE = {
    "he_normal": lambda fan_in, fan_out: 2 / fan_in,
    "glorot_normal": lambda fan_in, fan_out: 2 / (fan_in + fan_out),
}


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("members", help="JSON file: a list of {id, dataset, architecture, scheme, seed}")
    parser.add_argument("--data", required=True, help="JSON: the folder of each data set's files")
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--workers", type=int, default=2, help="members trained at once, each in a process")
    parser.add_argument("--threads", type=int, default=1, help="threads of each worker")
    parser.add_argument("--out", required=True, help="JSON file for the result")
    return parser.parse_args()


def read_members(args):
    return json.loads(Path(args.members).read_text())


class Data(NamedTuple):
    """Images float32 [n, height, width, channels] in [0, 1], labels int32 [n]."""

    images: np.ndarray
    labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray


def load_data(args, members):
    """The data sets that the members need, by name."""
    places = json.loads(args.data)
    names = sorted({member["dataset"] for member in members})
    return {name: (_cifar if name == "cifar-10" else _idx)(Path(places[name])) for name in names}


def _idx(folder):
    def split(name):
        images = _bytes(folder / f"{name}-images-idx3-ubyte.gz", header=16).reshape(-1, 28, 28, 1)
        return _scaled(images), _bytes(folder / f"{name}-labels-idx1-ubyte.gz", header=8).astype(np.int32)

    return Data(*split("train"), *split("t10k"))


def _bytes(path, header):
    content = gzip.decompress(path.read_bytes()) if path.exists() else path.with_suffix("").read_bytes()
    return np.frombuffer(content, np.uint8, offset=header)


def _cifar(folder):
    """From the batches in it. A record is a label, then the three planes of an image."""

    def split(names):
        records = np.frombuffer(b"".join((folder / name).read_bytes() for name in names), np.uint8).reshape(-1, 3073)
        images = records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        return _scaled(images), records[:, 0].astype(np.int32)

    return Data(*split([f"data_batch_{i}.bin" for i in range(1, 6)]), *split(["test_batch.bin"]))


def _scaled(images):
    return np.divide(images, np.float32(255), out=_aligned(images.shape))


def _aligned(shape):
    """An empty float32 array at an address that JAX can use without a copy (64 bytes)."""
    size = 4 * math.prod(shape)
    raw = np.empty(size + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + size].view(np.float32).reshape(shape)


class Convolution(NamedTuple):
    """Its settings, and the sizes of what it reads and makes, before pooling."""

    kernel: int
    stride: int
    pads: tuple
    pool: bool
    channels: tuple
    size: tuple


def convolutions(member):
    """The convolutions of a CNN, and the number of values that they leave."""
    height, width, channels = IMAGES[member["dataset"]]
    layers = []
    for settings in member["architecture"]["convolutions"]:
        kernel, stride = settings["kernel"], settings["stride"]
        pads = [_padding(n, kernel, stride) if settings["padding"] == "same" else (0, 0) for n in (height, width)]
        height, width = ((n + sum(p) - kernel) // stride + 1 for n, p in zip((height, width), pads))
        fans = channels, settings["channels"]
        layers.append(Convolution(kernel, stride, tuple(pads), settings["pool"], fans, (height, width)))
        channels = settings["channels"]
        if settings["pool"]:
            height, width = height // 2, width // 2
    return layers, height * width * channels


def _padding(size, kernel, stride):
    missing = max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
    return missing // 2, missing - missing // 2


class Patches(NamedTuple):
    size: int
    rows: int
    columns: int
    values: int

    @property
    def count(self):
        return self.rows * self.columns


def patches(member):
    height, width, channels = IMAGES[member["dataset"]]
    size = member["architecture"]["patch"]
    return Patches(size, height // size, width // size, size * size * channels)


def mlp_units(member):
    """Units of the hidden layers."""
    settings = member["architecture"]
    return settings.get("widths") or [settings["width"]] * settings["depth"]


def tensor_specs(member):
    """[(name, shape, fan-in, fan-out)]; fans are those of kernels alone, dense ones [in, out], others [h, w, in, out]."""
    return list(_SPECS[member["architecture"]["kind"]](member))


def _dense(name, fan_in, fan_out, parts=1):
    yield f"{name}/kernel", (fan_in, fan_out), fan_in, fan_out // parts
    yield f"{name}/bias", (fan_out,), None, None


def _norm(name, dim):
    yield f"{name}/scale", (dim,), None, None
    yield f"{name}/bias", (dim,), None, None


def _mlp_specs(member):
    sizes = [math.prod(IMAGES[member["dataset"]]), *mlp_units(member), CLASSES]
    for i, (fan_in, fan_out) in enumerate(zip(sizes, sizes[1:])):
        yield from _dense(f"dense_{i + 1}", fan_in, fan_out)


def _cnn_specs(member):
    layers, values = convolutions(member)
    for i, layer in enumerate(layers):
        (fan_in, fan_out), area = layer.channels, layer.kernel**2
        yield f"conv_{i + 1}/kernel", (layer.kernel, layer.kernel, fan_in, fan_out), area * fan_in, area * fan_out
        yield f"conv_{i + 1}/bias", (fan_out,), None, None
    yield from _dense("dense_1", values, CLASSES)


def _vit_specs(member):
    settings, cut = member["architecture"], patches(member)
    dim, hidden = settings["dim"], round(settings["mlp_ratio"] * settings["dim"])
    yield from _dense("patch_embedding", cut.values, dim)
    yield "position", (cut.count, dim), None, None
    for i in range(settings["depth"]):
        block = f"block_{i + 1}"
        yield from _norm(f"{block}/norm_1", dim)
        yield from _dense(f"{block}/attention", dim, 3 * dim, parts=3)
        yield from _dense(f"{block}/output", dim, dim)
        yield from _norm(f"{block}/norm_2", dim)
        yield from _dense(f"{block}/dense_1", dim, hidden)
        yield from _dense(f"{block}/dense_2", hidden, dim)
    yield from _norm("norm", dim)
    yield from _dense("dense_1", dim, CLASSES)


_SPECS = {"mlp": _mlp_specs, "cnn": _cnn_specs, "vit": _vit_specs}


def initial_weights(member):
    """name -> float32: kernels by the scheme, embeddings normal, scales one, biases zero."""
    random = np.random.default_rng([member["seed"], 1])

    def start(name, shape, fan_in, fan_out):
        if fan_in is not None:
            return random.normal(0, math.sqrt(VARIANCE[member["scheme"]](fan_in, fan_out)), shape)
        if name == "position":
            return random.normal(0, EMBEDDING_STD, shape)
        return np.full(shape, float(name.endswith("/scale")))

    return {spec[0]: start(*spec).astype(np.float32) for spec in tensor_specs(member)}


def epoch_orders(member, count, batch):
    """Endless: for each epoch the indices of its batches, int32 [steps, batch]; a last, smaller batch is dropped."""
    random = np.random.default_rng([member["seed"], 2])
    steps = count // batch
    while True:
        yield random.permutation(count)[: steps * batch].astype(np.int32).reshape(steps, batch)


def test_batch(member):
    """Images classified at once; activations of more leave the cache. It divides 10,000."""
    return 10_000 if member["architecture"]["kind"] == "mlp" else 500


def train_all(tasks, workers, start, work):
    """Calls work(start(), task) for each list of members, the dearest first, in forked processes; one worker: here.

    work returns a result for each member of its task.
    """
    tasks = sorted(tasks, key=lambda task: -sum(map(_cost, task)))
    if workers == 1:
        state = start()
        return [result for task in tasks for result in work(state, task)]
    fork = multiprocessing.get_context("fork")
    following, answers = fork.Value("i", 0), fork.SimpleQueue()

    def body():
        try:
            state = start()
            while (task := _take(following)) < len(tasks):
                answers.put(work(state, tasks[task]))
        except BaseException:
            answers.put(traceback.format_exc())
        os._exit(0)  # skips the exit handlers, which belong to the parent

    processes = [fork.Process(target=body) for _ in range(workers)]
    for process in processes:
        process.start()
    results = []
    for _ in tasks:
        answer = answers.get()
        if isinstance(answer, str):
            for process in processes:
                process.terminate()
            raise SystemExit(f"A worker failed:\n{answer}")
        results += answer
    for process in processes:
        process.join()
    return results


def _take(following):
    with following.get_lock():
        following.value += 1
        return following.value - 1


def _cost(member):
    """Multiplications of a forward pass."""
    kernels = {name: shape for name, shape, fan_in, _ in tensor_specs(member) if fan_in is not None}
    kind, once = member["architecture"]["kind"], {name: math.prod(shape) for name, shape in kernels.items()}
    if kind == "cnn":
        sizes = {f"conv_{i + 1}/kernel": math.prod(c.size) for i, c in enumerate(convolutions(member)[0])}
        return sum(count * sizes.get(name, 1) for name, count in once.items())
    if kind == "vit":
        settings, tokens = member["architecture"], patches(member).count
        return tokens * (sum(once.values()) + 2 * tokens * settings["dim"] * settings["depth"])
    return sum(once.values())


def write_result(args, peer, results):
    """results: for each member, the member and its epochs: [epoch_row()]."""
    result = {"peer": peer, "wall_seconds": _seconds_since_start(), "members": results}
    Path(args.out).write_text(json.dumps(result))


def epoch_row(loss, accuracy, began, trained):
    """train_seconds: of the steps and the drawing of their order; test_seconds: of all test images. No compiling in either."""
    tested = time.perf_counter()
    return {
        "train_loss": loss,
        "test_accuracy": accuracy,
        "train_seconds": trained - began,
        "test_seconds": tested - trained,
    }


def _seconds_since_start():
    """Since the kernel started this process: the interpreter's and the imports' time counts."""
    ticks = int(Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
