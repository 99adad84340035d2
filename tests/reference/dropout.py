"""
What PyTorch's dropout makes of ones, to dropout.json. Renew it by `python tests/reference/dropout.py`, with PyTorch 2.15.0.
"""

import torch
from torch.nn.functional import dropout

from values import write

COUNT = 10_000_000


def main():
    torch.manual_seed(4)
    cases = [case(rate) for rate in (0.1, 0.25, 0.5, 0.9)]
    write(__file__, f"PyTorch {torch.__version__}", {"cases": cases})


def case(rate):
    dropped = dropout(torch.ones(COUNT), rate)
    return {
        "rate": rate,
        "kept": float(f"{dropped.max():.7g}"),
        "share_dropped": float(f"{(dropped == 0).double().mean():.4g}"),
        "mean": float(f"{dropped.double().mean():.4g}"),
        "std": float(f"{dropped.double().std():.4g}"),
    }


if __name__ == "__main__":
    main()
