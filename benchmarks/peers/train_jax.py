"""Trains networks with JAX, written for speed on a processor.

An epoch is one jitted lax.scan over its steps with donated state; one compilation for each architecture, in advance;
images shared by the fork and used without a copy; workers as processes; the dearest members first. Adam is written out:
that trains a little faster than optax does, and spares its import.
"""

import json
import os
import time
from importlib.metadata import version

import numpy as np

import common

ARGS = common.arguments(__doc__.splitlines()[0])
# jax, jnp and the models are imported by Worker, after the fork: JAX and a fork do not go together.


def main():
    members = common.read_members(ARGS)
    data = common.load_data(ARGS, members)
    tasks = {}
    for member in members:
        tasks.setdefault(architecture(member), []).append(member)
    work = lambda worker, task: [worker.train(member) for member in task]
    results = common.train_all(tasks.values(), ARGS.workers, lambda: Worker(data), work)
    common.write_result(ARGS, f"JAX {version('jax')}", results)


def architecture(member):
    return json.dumps([member["architecture"], member["dataset"]], sort_keys=True)


class Worker:
    def __init__(self, data):
        import_jax()
        self.data = {name: common.Data(*map(jax.device_put, arrays)) for name, arrays in data.items()}
        self.programs = {}

    def train(self, member):
        run_epoch, accuracy_of = self.compiled(member)
        data = self.data[member["dataset"]]
        orders = common.epoch_orders(member, len(data.images), ARGS.batch)
        state, epochs = jax.device_put(initial_state(member)), []
        for _ in range(ARGS.epochs):
            began = time.perf_counter()
            state, loss = run_epoch(state, data.images, data.labels, next(orders))
            loss = float(loss)  # waits
            trained = time.perf_counter()
            accuracy = float(accuracy_of(state["params"], data.test_images, data.test_labels))
            epochs.append(common.epoch_row(loss, accuracy, began, trained))
        return {**member, "epochs": epochs}

    def compiled(self, member):
        """The programs of an epoch and of the test; members of one architecture share them."""
        key = architecture(member)
        if key not in self.programs:
            state, data = initial_state(member), self.data[member["dataset"]]
            run_epoch, accuracy_of = programs_of(member)
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
    global jax, jnp, forward_of
    import jax
    import jax.numpy as jnp

    from models_jax import forward_of


def initial_state(member):
    params = common.initial_weights(member)
    zeros = lambda: jax.tree.map(np.zeros_like, params)
    return {"step": np.float32(0), "params": params, "first": zeros(), "second": zeros()}


def programs_of(member):
    """What trains an epoch, and what tells the accuracy on the test split."""
    forward, size = forward_of(member), common.test_batch(member)

    def mean_loss(params, x, y):
        logits = forward(params, x)
        return (jax.nn.logsumexp(logits, -1) - (logits * jax.nn.one_hot(y, common.CLASSES)).sum(-1)).mean()

    def run_epoch(state, images, labels, order):
        """Trains all batches of `order`, int32 [steps, batch]. Returns the state and the mean loss."""

        def step(state, batch):
            x, y = (array.at[batch].get(mode="promise_in_bounds") for array in (images, labels))
            loss, gradients = jax.value_and_grad(mean_loss)(state["params"], x, y)
            return adam(state, gradients), loss

        state, losses = jax.lax.scan(step, state, order)
        return state, losses.mean()

    def accuracy_of(params, images, labels):
        right = lambda batch: (forward(params, batch[0]).argmax(-1) == batch[1]).sum()
        batches = images.reshape(-1, size, *images.shape[1:]), labels.reshape(-1, size)
        return jax.lax.map(right, batches).sum() / len(labels)

    return run_epoch, accuracy_of


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


if __name__ == "__main__":
    main()
