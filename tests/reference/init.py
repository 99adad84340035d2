"""
How PyTorch's init schemes spread the weights of a dense layer, and the traces of its orthogonal matrices, to init.json.
Renew it by `python tests/reference/init.py`, with PyTorch 2.15.0 and NumPy 2.4.

`quantiles` are those of 4 million values at `levels`. PyTorch has no LeCun normal: He's with a gain of 1 is the same.
"""

import numpy as np
import torch
from torch.nn import init

from values import write

FAN_IN, FAN_OUT = 400, 250
LEVELS = [0.0001, 0.001, 0.01, 0.05, 0.1, 0.25, 0.4, 0.6, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999]
TRACES, SIDE = 200_000, 4

SCHEMES = [
    ({"scheme": "zeros"}, init.zeros_),
    ({"scheme": "constant", "value": 0.25}, lambda kernel: init.constant_(kernel, 0.25)),
    ({"scheme": "normal", "std": 0.03}, lambda kernel: init.normal_(kernel, 0, 0.03)),
    ({"scheme": "truncated_normal", "std": 0.03}, lambda kernel: init.trunc_normal_(kernel, 0, 0.03, -0.06, 0.06)),
    ({"scheme": "uniform", "limit": 0.2}, lambda kernel: init.uniform_(kernel, -0.2, 0.2)),
    ({"scheme": "glorot_normal"}, init.xavier_normal_),
    ({"scheme": "glorot_uniform"}, init.xavier_uniform_),
    ({"scheme": "he_normal"}, lambda kernel: init.kaiming_normal_(kernel, nonlinearity="relu")),
    ({"scheme": "he_uniform"}, lambda kernel: init.kaiming_uniform_(kernel, nonlinearity="relu")),
    ({"scheme": "lecun_normal"}, lambda kernel: init.kaiming_normal_(kernel, nonlinearity="linear")),
    ({"scheme": "orthogonal"}, init.orthogonal_),
]


def main():
    torch.manual_seed(3)
    schemes = [{"init": settings, **spread(fill)} for settings, fill in SCHEMES]
    traces = [torch.trace(init.orthogonal_(torch.empty(SIDE, SIDE))).item() for _ in range(TRACES)]
    moments = [float(f"{np.mean(np.power(traces, power)):.3g}") for power in (1, 2, 3, 4)]
    content = {"fans": [FAN_IN, FAN_OUT], "levels": LEVELS, "schemes": schemes}
    write(__file__, f"PyTorch {torch.__version__}", {**content, "trace": {"side": SIDE, "moments": moments}})


def spread(fill):
    kernels = [fill(torch.empty(FAN_OUT, FAN_IN)) for _ in range(40)]
    values = torch.stack(kernels).double().numpy().ravel()
    round_to = lambda number: float(f"{number:.6g}")
    return {
        "std": round_to(values.std()),
        "extremes": [round_to(values.min()), round_to(values.max())],
        "quantiles": [round_to(quantile) for quantile in np.quantile(values, LEVELS)],
    }


if __name__ == "__main__":
    main()
