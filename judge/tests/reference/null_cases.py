"""A/A pairs of twelve families, as cases for `serinus evaluate`; the families are the `source`.

    python3 -m pip install numpy
    python3 null_cases.py > null.jsonl && serinus evaluate null.jsonl
"""

import json

import numpy as np

PAIRS = 1000

rng = np.random.default_rng(7)


def ar(n, r, s):
    """First-order autoregressive noise with autocorrelation r and deviation s."""
    x = np.empty(n)
    x[0] = rng.normal()
    steps = rng.normal(size=n) * np.sqrt(1 - r * r)
    for i in range(1, n):
        x[i] = r * x[i - 1] + steps[i]
    return x * s


def bursts(n):
    x = np.exp(rng.normal(0, 0.1, n))
    for i in np.where(rng.random(n) < 0.05)[0]:
        x[i : i + 3] *= 3
    return x


FAMILIES = {
    "ar0.3": lambda n: 100 * np.exp(ar(n, 0.3, 0.1)),
    "ar0.6": lambda n: 100 * np.exp(ar(n, 0.6, 0.1)),
    "ar0.9": lambda n: 100 * np.exp(ar(n, 0.9, 0.1)),
    "ar0.9-noise": lambda n: 100 * np.exp(ar(n, 0.9, 0.07) + rng.normal(0, 0.07, n)),
    "iid": lambda n: 100 * np.exp(rng.normal(0, 0.1, n)),
    "logn": lambda n: np.exp(rng.normal(0, 1, n)),
    "t2": lambda n: 100 + 10 * rng.standard_t(2, n).clip(-9, None),
    "bimodal": lambda n: np.where(rng.random(n) < 0.3, 30, 10) * np.exp(rng.normal(0, 0.1, n)),
    "zip": lambda n: np.where(rng.random(n) < 0.6, 0, rng.poisson(3, n)),
    "negbin": lambda n: rng.negative_binomial(2, 0.1, n),
    "bursts": bursts,
}


def emit(source, n, i, baseline, canary):
    case = {
        "id": f"{source}/{n}/{i}", "family": "concurrent", "source": f"sim-{source}", "truth": "same", "effect": "none",
        "baseline": [list(map(float, baseline))], "canary": [list(map(float, canary))],
    }
    print(json.dumps(case))


for n in (10, 30, 60, 120):
    for i in range(PAIRS):
        for source, series in FAMILIES.items():
            emit(source, n, i, series(n), series(n))
        load = np.exp(ar(n, 0.95, 0.5))
        emit("load", n, i, load * np.exp(rng.normal(0, 0.1, n)), load * np.exp(rng.normal(0, 0.1, n)))
