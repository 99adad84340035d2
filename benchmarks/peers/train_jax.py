"""Trains MLPs on MNIST with JAX, written for speed on a processor.

An epoch is one jitted lax.scan over its steps with donated state; one compilation for each architecture, in advance;
images shared by the fork and used without a copy; workers as processes; the dearest members first. Adam is written out:
that trains a little faster than optax does, and spares its import.
"""

import json
import os
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np

import common

ARGS = common.arguments(__doc__.splitlines()[0])
# jax and jnp are imported by Worker, after the fork: JAX and a fork do not go together.


def main():
    members = json.loads(Path(ARGS.members).read_text())
    data = common.load_data(ARGS.data)
    tasks = {}
    for member in members:
        tasks.setdefault(architecture(member), []).append(member)
    work = lambda worker, task: [worker.train(member) for member in task]
    results = common.train_all(tasks.values(), ARGS.workers, lambda: Worker(data), work)
    common.write_result(ARGS, f"JAX {version('jax')}", results)


def architecture(member):
    return member["width"], member["depth"]


class Worker:
    def __init__(self, data):
        import_jax()
        self.data = common.Data(*map(jax.device_put, data))
        self.programs = {}

    def train(self, member):
        run_epoch, accuracy_of = self.compiled(member)
        orders = common.epoch_orders(member, len(self.data.images), ARGS.batch)
        state, epochs = jax.device_put(initial_state(member)), []
        for _ in range(ARGS.epochs):
            began = time.perf_counter()
            state, loss = run_epoch(state, self.data.images, self.data.labels, next(orders))
            loss = float(loss)  # waits
            trained = time.perf_counter()
            accuracy = float(accuracy_of(state["params"], self.data.test_images, self.data.test_labels))
            epochs.append(common.epoch_row(loss, accuracy, began, trained))
        return {**member, "epochs": epochs}

    def compiled(self, member):
        """The programs of an epoch and of the test; members of one architecture share them."""
        key = architecture(member)
        if key not in self.programs:
            state, data = initial_state(member), self.data
            order = jax.ShapeDtypeStruct((len(data.images) // ARGS.batch, ARGS.batch), jnp.int32)
            epoch = jax.jit(run_epoch, donate_argnums=0).lower(state, data.images, data.labels, order)
            accuracy = jax.jit(accuracy_of).lower(state["params"], data.test_images, data.test_labels)
            self.programs[key] = epoch.compile(), accuracy.compile()
        return self.programs[key]


def import_jax():
    flags = ["--xla_cpu_multi_thread_eigen=false"] if ARGS.threads == 1 else []
    os.environ.update(
        JAX_PLATFORMS="cpu",
        NPROC=str(ARGS.threads),
        OMP_NUM_THREADS=str(ARGS.threads),
        XLA_FLAGS=" ".join([os.environ.get("XLA_FLAGS", ""), *flags]).strip(),
    )
    global jax, jnp
    import jax
    import jax.numpy as jnp


def initial_state(member):
    params = common.initial_weights(member)
    zeros = lambda: jax.tree.map(np.zeros_like, params)
    return {"step": np.float32(0), "params": params, "first": zeros(), "second": zeros()}


def run_epoch(state, images, labels, order):
    """Trains all batches of `order`, int32 [steps, batch]. Returns the state and the mean loss."""

    def step(state, batch):
        x, y = (array.at[batch].get(mode="promise_in_bounds") for array in (images, labels))
        loss, gradients = jax.value_and_grad(mean_loss)(state["params"], x, y)
        return adam(state, gradients), loss

    state, losses = jax.lax.scan(step, state, order)
    return state, losses.mean()


def adam(state, gradients):
    rate, beta1, beta2, epsilon = common.ADAM.values()
    step = state["step"] + 1
    first = jax.tree.map(lambda m, g: beta1 * m + (1 - beta1) * g, state["first"], gradients)
    second = jax.tree.map(lambda v, g: beta2 * v + (1 - beta2) * g * g, state["second"], gradients)
    correction = jnp.sqrt(1 - beta2**step)
    rate, epsilon = rate * correction / (1 - beta1**step), epsilon * correction
    update = lambda w, m, v: w - rate * m / (jnp.sqrt(v) + epsilon)
    params = jax.tree.map(update, state["params"], first, second)
    return {"step": step, "params": params, "first": first, "second": second}


def forward(params, x):
    *hidden, (kernel, bias) = params
    for k, b in hidden:
        x = jax.nn.relu(x @ k + b)
    return x @ kernel + bias


def mean_loss(params, x, y):
    logits = forward(params, x)
    return (jax.nn.logsumexp(logits, -1) - (logits * jax.nn.one_hot(y, common.CLASSES)).sum(-1)).mean()


def accuracy_of(params, images, labels):
    return (forward(params, images).argmax(-1) == labels).mean()


if __name__ == "__main__":
    main()
