"""What both peers share: arguments, data, initial weights, the order of batches, worker processes, the result.

Imports numpy alone, so that a framework can be imported before the fork (PyTorch) or after it (JAX).
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

PIXELS, CLASSES = 784, 10
ADAM = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7}


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("members", help="JSON file: a list of {width, depth, seed}")
    parser.add_argument("--data", required=True, help="folder with MNIST's four files, zipped or not")
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--workers", type=int, default=2, help="members trained at once, each in a process")
    parser.add_argument("--threads", type=int, default=1, help="threads of each worker")
    parser.add_argument("--out", required=True, help="JSON file for the result")
    return parser.parse_args()


class Data(NamedTuple):
    """MNIST: images float32 [n, 784] in [0, 1], labels int32 [n]."""

    images: np.ndarray
    labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray


def load_data(folder):
    return Data(*_split(Path(folder), "train"), *_split(Path(folder), "t10k"))


def _split(folder, name):
    images = _bytes(folder / f"{name}-images-idx3-ubyte.gz", header=16).reshape(-1, PIXELS)
    labels = _bytes(folder / f"{name}-labels-idx1-ubyte.gz", header=8)
    scaled = np.divide(images, np.float32(255), out=_aligned(images.shape))
    return scaled, labels.astype(np.int32)


def _bytes(path, header):
    content = gzip.decompress(path.read_bytes()) if path.exists() else path.with_suffix("").read_bytes()
    return np.frombuffer(content, np.uint8, offset=header)


def _aligned(shape):
    """An empty float32 array at an address that JAX can use without a copy (64 bytes)."""
    size = 4 * math.prod(shape)
    raw = np.empty(size + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + size].view(np.float32).reshape(shape)


def layer_sizes(member):
    return [PIXELS, *[member["width"]] * member["depth"], CLASSES]


def initial_weights(member):
    """A (kernel [in, out], bias [out]) for each layer, he_normal and zeros, float32."""
    random = np.random.default_rng([member["seed"], 1])
    sizes = layer_sizes(member)
    return [
        (random.normal(0, math.sqrt(2 / n), (n, m)).astype(np.float32), np.zeros(m, np.float32))
        for n, m in zip(sizes, sizes[1:])
    ]


def epoch_orders(member, count, batch):
    """Endless: for each epoch the indices of its batches, int32 [steps, batch]; a last, smaller batch is dropped."""
    random = np.random.default_rng([member["seed"], 2])
    steps = count // batch
    while True:
        yield random.permutation(count)[: steps * batch].astype(np.int32).reshape(steps, batch)


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
    sizes = layer_sizes(member)
    return sum(n * m for n, m in zip(sizes, sizes[1:]))


def write_result(args, peer, results):
    """results: for each member, {width, depth, seed, epochs: [epoch_row()]}."""
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
