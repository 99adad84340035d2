"""
Trains a small network by each of PyTorch's optimizers, in float64, and writes the losses of each epoch and the last
weights to optimizers.json. Renew it by `python tests/reference/optimizers.py`, with PyTorch 2.15.0 and NumPy 2.4.
"""

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from schedules import scheduler_of
from values import random_values, write

INPUTS, HIDDEN, CLASSES = 6, 5, 3
EXAMPLES, BATCH, EPOCHS = 24, 6, 5
STEPS = EXAMPLES // BATCH
MEAN, STD = 127.5, 64  # of the images, which are bytes

ADAM = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7}
RMSPROP = {"alpha": 0.99, "epsilon": 1e-7, "momentum": 0}

TRAININGS = [
    {"optimizer": {"name": "adam", "learning_rate": 0.01, **ADAM}},
    {"optimizer": {"name": "adam", "learning_rate": 0.02, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3}},
    {"optimizer": {"name": "adam", "learning_rate": 0.01, **ADAM, "weight_decay": 0.1}},
    {"optimizer": {"name": "adamw", "learning_rate": 0.01, **ADAM, "weight_decay": 0}},
    {"optimizer": {"name": "adamw", "learning_rate": 0.01, **ADAM, "weight_decay": 0.3}},
    {"optimizer": {"name": "sgd", "learning_rate": 0.1}},
    {"optimizer": {"name": "sgd", "learning_rate": 0.1, "weight_decay": 0.05}},
    {"optimizer": {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9}},
    {"optimizer": {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9, "weight_decay": 0.05}},
    {"optimizer": {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9, "nesterov": True}},
    {"optimizer": {"name": "sgd", "learning_rate": 0.1, "momentum": 0.8, "nesterov": True, "weight_decay": 0.05}},
    {"optimizer": {"name": "rmsprop", "learning_rate": 0.01, **RMSPROP}},
    {"optimizer": {"name": "rmsprop", "learning_rate": 0.01, "alpha": 0.9, "epsilon": 1e-2, "momentum": 0}},
    {"optimizer": {"name": "rmsprop", "learning_rate": 0.002, **RMSPROP, "momentum": 0.9}},
    {"optimizer": {"name": "rmsprop", "learning_rate": 0.002, **RMSPROP, "momentum": 0.9, "weight_decay": 0.1}},
    {
        "optimizer": {"name": "rmsprop", "learning_rate": 0.002, **RMSPROP, "momentum": 0.9},
        "schedule": {"name": "cosine", "warmup": 1, "final": 0.1},
    },
    {
        "optimizer": {"name": "adamw", "learning_rate": 0.02, **ADAM, "weight_decay": 0.3},
        "schedule": {"name": "cosine", "warmup": 0.5, "final": 0},
    },
    {
        "optimizer": {"name": "sgd", "learning_rate": 0.2, "momentum": 0.9, "nesterov": True},
        "schedule": {"name": "step", "warmup": 1.5, "every": 2, "gamma": 0.5},
    },
    {"optimizer": {"name": "adam", "learning_rate": 0.01, **ADAM}, "schedule": {"name": "constant", "warmup": 2}},
    {"optimizer": {"name": "adam", "learning_rate": 0.01, **ADAM}, "label_smoothing": 0.2},
]


def main():
    torch.set_default_dtype(torch.float64)
    rng = np.random.default_rng(1)
    problem = {
        "images": rng.integers(0, 256, (EXAMPLES, INPUTS)),
        "labels": rng.integers(0, CLASSES, EXAMPLES),
        "order": np.stack([rng.permutation(EXAMPLES) for _ in range(EPOCHS)]),
        "weights": [
            random_values(rng, *shape, spread=0.5)
            for shape in [(INPUTS, HIDDEN), (HIDDEN,), (HIDDEN, CLASSES), (CLASSES,)]
        ],
    }
    trainings = [{"training": training, **train(training, problem)} for training in TRAININGS]
    write(__file__, f"PyTorch {torch.__version__}, float64", {"problem": problem, "trainings": trainings})


def train(training, problem):
    images, labels = (torch.tensor(problem["images"]) - MEAN) / STD, torch.tensor(problem["labels"])
    weights = [torch.tensor(values, requires_grad=True) for values in problem["weights"]]
    optimizer = optimizer_of(training["optimizer"], weights)
    scheduler = scheduler_of(optimizer, training.get("schedule", {"name": "constant"}), STEPS, EPOCHS)
    losses = []
    for order in problem["order"]:
        total = 0
        for batch in order.reshape(STEPS, BATCH):
            optimizer.zero_grad()
            logits = forward(images[batch], weights)
            loss = cross_entropy(logits, labels[batch], label_smoothing=training.get("label_smoothing", 0))
            loss.backward()
            optimizer.step()
            scheduler.step()
            total += loss.item()
        losses.append(total / STEPS)
    return {"losses": losses, "weights": [weight.detach().numpy() for weight in weights]}


def forward(images, weights):
    kernel_1, bias_1, kernel_2, bias_2 = weights
    return torch.tanh(images @ kernel_1 + bias_1) @ kernel_2 + bias_2


def optimizer_of(settings, weights):
    rate, decay = settings["learning_rate"], settings.get("weight_decay", 0)
    match settings["name"]:
        case "adam" | "adamw" as name:
            kind = torch.optim.Adam if name == "adam" else torch.optim.AdamW
            betas = (settings["beta1"], settings["beta2"])
            return kind(weights, rate, betas=betas, eps=settings["epsilon"], weight_decay=decay)
        case "sgd":
            momentum, nesterov = settings.get("momentum", 0), settings.get("nesterov", False)
            return torch.optim.SGD(weights, rate, momentum=momentum, nesterov=nesterov, weight_decay=decay)
        case "rmsprop":
            return torch.optim.RMSprop(
                weights,
                rate,
                alpha=settings["alpha"],
                eps=settings["epsilon"],
                momentum=settings["momentum"],
                weight_decay=decay,
            )


if __name__ == "__main__":
    main()
