"""Trains networks with PyTorch, written for speed on a processor.

Fused Adam, denormals flushed, images in memory and shared by the fork, batches gathered by index_select, plain tensors
instead of modules, evaluation in inference mode, late imports made before the fork, the dearest members first.
"""

import os
import time

import common

ARGS = common.arguments(__doc__.splitlines()[0])
os.environ.update(OMP_NUM_THREADS=str(ARGS.threads), MKL_NUM_THREADS=str(ARGS.threads))  # read when torch loads
import torch
import torch._dynamo  # the optimizers import it at their first step
from torch.nn import functional as F

from models_torch import forward_of, to_parameters


def main():
    torch.set_num_threads(ARGS.threads)
    members = common.read_members(ARGS)
    loaded = common.load_data(ARGS, members)
    data = {name: [torch.from_numpy(array) for array in arrays] for name, arrays in loaded.items()}
    work = lambda _, task: [train(member, *data[member["dataset"]]) for member in task]
    results = common.train_all([[member] for member in members], ARGS.workers, start_worker, work)
    common.write_result(ARGS, f"PyTorch {torch.__version__}", results)


def start_worker():
    torch.set_num_threads(ARGS.threads)
    torch.set_flush_denormal(True)  # small weights and gradients cost up to a hundred times more otherwise


def train(member, images, labels, test_images, test_labels):
    forward, params = forward_of(member), to_parameters(common.initial_weights(member))
    labels, test_labels = labels.long(), test_labels.long()
    betas = common.ADAM["beta1"], common.ADAM["beta2"]
    optimizer = torch.optim.Adam(
        list(params.values()), common.ADAM["learning_rate"], betas, common.ADAM["epsilon"], fused=True
    )
    orders = common.epoch_orders(member, len(images), ARGS.batch)
    epochs = []
    for _ in range(ARGS.epochs):
        began = time.perf_counter()
        order = torch.from_numpy(next(orders))
        total = torch.zeros(())
        for batch in order.unbind():
            loss = F.cross_entropy(forward(params, images.index_select(0, batch)), labels.index_select(0, batch))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach()
        mean = total.item() / len(order)
        trained = time.perf_counter()
        accuracy = test_accuracy(member, forward, params, test_images, test_labels)
        epochs.append(common.epoch_row(mean, accuracy, began, trained))
    return {**member, "epochs": epochs}


@torch.inference_mode()
def test_accuracy(member, forward, params, images, labels):
    size = common.test_batch(member)
    batches = zip(images.split(size), labels.split(size))
    return sum((forward(params, x).argmax(1) == y).sum().item() for x, y in batches) / len(labels)


if __name__ == "__main__":
    main()
