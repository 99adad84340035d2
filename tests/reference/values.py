"""What the scripts here share: random inputs that a few digits tell, and how values are written."""

import json
import math
import pathlib

import numpy as np


def random_values(rng, *shape, spread=1.0):
    return np.round(rng.normal(size=shape) * spread, 5)


def write(script, about, content):
    """Writes beside the script, arrays as {shape, values} with 9 significant digits; one line for each entry."""
    path = pathlib.Path(script).with_suffix(".json")
    entries = [f"{json.dumps(key)}: {lines(plain(value))}" for key, value in content.items()]
    head = f'"about": {json.dumps(about)}'
    path.write_text("{\n" + ",\n".join([head, *entries]) + "\n}\n")


def lines(value):
    if not (isinstance(value, list) and isinstance(value[0], dict)):
        return json.dumps(value)
    return "[\n" + ",\n".join(json.dumps(entry) for entry in value) + "\n]"


def plain(value):
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    if isinstance(value, (bool, int, float, str)) or value is None:
        return value
    array = np.asarray(value)
    if array.ndim == 0:
        return short(array)
    return {"shape": list(array.shape), "values": [short(entry) for entry in array.ravel()]}


def short(number):
    number = float(number)
    assert math.isfinite(number)
    return int(number) if number == int(number) and abs(number) < 1e6 else float(f"{number:.9g}")
