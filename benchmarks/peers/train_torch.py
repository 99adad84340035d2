"""Trains MLPs on MNIST with PyTorch, written for speed on a processor.

Fused Adam, denormals flushed, images in memory and shared by the fork, batches gathered by index_select, plain tensors
instead of modules, evaluation in inference mode, late imports made before the fork, the dearest members first.
"""

import json
import os
import time
from pathlib import Path

import common

ARGS = common.arguments(__doc__.splitlines()[0])
os.environ.update(OMP_NUM_THREADS=str(ARGS.threads), MKL_NUM_THREADS=str(ARGS.threads))  # read when torch loads
import torch
import torch._dynamo  # the optimizers import it at their first step
from torch.nn import functional as F


def main():
    torch.set_num_threads(ARGS.threads)
    members = json.loads(Path(ARGS.members).read_text())
    images, labels, test_images, test_labels = map(torch.from_numpy, common.load_data(ARGS.data))
    data = images, labels.long(), test_images, test_labels.long()
    work = lambda _, task: [train(member, *data) for member in task]
    results = common.train_all([[member] for member in members], ARGS.workers, start_worker, work)
    common.write_result(ARGS, f"PyTorch {torch.__version__}", results)


def start_worker():
    torch.set_num_threads(ARGS.threads)
    torch.set_flush_denormal(True)  # small weights and gradients cost up to a hundred times more otherwise


def train(member, images, labels, test_images, test_labels):
    params = [torch.from_numpy(a).requires_grad_() for layer in common.initial_weights(member) for a in layer]
    betas = common.ADAM["beta1"], common.ADAM["beta2"]
    optimizer = torch.optim.Adam(params, common.ADAM["learning_rate"], betas, common.ADAM["epsilon"], fused=True)
    orders = common.epoch_orders(member, len(images), ARGS.batch)
    epochs = []
    for _ in range(ARGS.epochs):
        began = time.perf_counter()
        order = torch.from_numpy(next(orders))
        total = torch.zeros(())
        for batch in order.unbind():
            logits = forward(params, images.index_select(0, batch))
            loss = F.cross_entropy(logits, labels.index_select(0, batch))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach()
        mean = total.item() / len(order)
        trained = time.perf_counter()
        epochs.append(common.epoch_row(mean, test_accuracy(params, test_images, test_labels), began, trained))
    return {**member, "epochs": epochs}


def forward(params, x):
    """params: kernel [in, out] and bias [out] of each layer in turn."""
    *hidden, kernel, bias = params
    for k, b in zip(hidden[::2], hidden[1::2]):
        x = torch.addmm(b, x, k).relu_()
    return torch.addmm(bias, x, kernel)


@torch.inference_mode()
def test_accuracy(params, images, labels):
    return (forward(params, images).argmax(1) == labels).sum().item() / len(labels)


if __name__ == "__main__":
    main()
