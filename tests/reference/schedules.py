"""
Writes what PyTorch's schedules multiply the learning rate of each step by to schedules.json. Renew it by
`python tests/reference/schedules.py`, with PyTorch 2.15.0.

Its StepLR goes on falling during a warm-up and counts from the beginning, as long as the first drop is not before the end
of the warm-up that is the same as a step schedule that begins after it.
"""

import warnings

import torch
from torch.optim.lr_scheduler import (
    ChainedScheduler,
    ConstantLR,
    CosineAnnealingLR,
    LinearLR,
    SequentialLR,
    StepLR,
)

from values import write

CASES = [
    ({"name": "constant"}, 3, 2),
    ({"name": "constant", "warmup": 2}, 3, 4),
    ({"name": "constant", "warmup": 0.4}, 10, 1),
    ({"name": "step", "every": 1, "gamma": 0.5}, 3, 4),
    ({"name": "step", "every": 3, "gamma": 0.1}, 4, 8),
    ({"name": "step", "every": 2, "gamma": 0.3, "warmup": 1.5}, 4, 7),
    ({"name": "cosine"}, 5, 4),
    ({"name": "cosine", "final": 0.05}, 5, 4),
    ({"name": "cosine", "warmup": 1}, 7, 5),
    ({"name": "cosine", "final": 0.2, "warmup": 0.5}, 6, 3),
]


def main():
    rates = [
        {"schedule": schedule, "steps": steps, "epochs": epochs, "factors": factors_of(schedule, steps, epochs)}
        for schedule, steps, epochs in CASES
    ]
    write(__file__, f"PyTorch {torch.__version__}, float64", {"rates": rates})


def factors_of(schedule, steps, epochs):
    """What each step multiplies the rate by; steps of an epoch, and epochs."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = scheduler_of(optimizer, schedule, steps, epochs)
    factors = []
    for _ in range(steps * epochs):
        factors.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return [float(f"{factor:.15g}") for factor in factors]


def scheduler_of(optimizer, schedule, steps, epochs):
    warmup = round(schedule.get("warmup", 0) * steps)
    rising = lambda: LinearLR(optimizer, start_factor=1 / warmup, total_iters=warmup - 1)
    match schedule["name"]:
        case "constant":
            return rising() if warmup else ConstantLR(optimizer, factor=1)
        case "step":
            assert warmup <= schedule["every"] * steps
            falling = StepLR(optimizer, schedule["every"] * steps, schedule["gamma"])
            return ChainedScheduler([rising(), falling]) if warmup else falling
        case "cosine":
            final = schedule.get("final", 0) * optimizer.defaults["lr"]
            falling = lambda: CosineAnnealingLR(optimizer, steps * epochs - warmup, final)
            return SequentialLR(optimizer, [rising(), falling()], [warmup]) if warmup else falling()


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
