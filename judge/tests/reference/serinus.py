"""Reference values for the judge `serinus`, computed with numpy and scipy.

    python3 -m pip install numpy scipy
    python3 serinus.py > serinus.json

Written from the definitions in docs/statistics.md, not from the Rust code: plain loops where that code is fast.
"""

import json

import numpy as np
from scipy import stats


def spread(x):
    m = np.median(x)
    s = 1.4826 * np.median(np.abs(x - m))
    if s > 1e-10:
        return m, s, 1.0
    return m, 1.2533 * np.mean(np.abs(x - m)), 5 / 3


def pulled(x):
    m, s, f = spread(x)
    return np.clip(x, m - 3 * f * s, m + 3 * f * s) if s > 0 else x


def autocorrelation(x, lag):
    d = x - x.mean()
    below = (d * d).sum()
    return (d[lag:] * d[:-lag]).sum() / below if below > 0 else 0.0


def corrected(r, n):
    return float(np.clip((n * r + 1) / (n - 3), -0.5, 0.97))


def inflation(r, decay, n):
    """Of autocorrelations r, r * decay, r * decay^2, ..."""
    if r < 1e-9:
        return 1.0
    return max(1.0, 1 + 2 * sum((1 - k / n) * r * decay ** (k - 1) for k in range(1, n)))


def compare(b, c):
    n = len(b)
    reference = np.mean(np.abs(b))
    if min(b.min(), c.min()) > 0:
        lb, lc = np.log(b / reference), np.log(c / reference)
    elif min(b.min(), c.min()) >= 0:
        lb, lc = 2 * np.sqrt(b / reference), 2 * np.sqrt(c / reference)
    else:
        lb, lc = b / reference, c / reference
    d = lc - lb
    x, y = pulled(d), pulled(lb) + pulled(lc)
    weight = min(1.0, x.var() / y.var()) ** 2

    def inflated(values):
        one, two = (
            (corrected(autocorrelation(values, k), n) + weight * corrected(autocorrelation(y, k), n)) / (1 + weight)
            for k in (1, 2)
        )
        caution = np.clip(25 / n, 0.75, 2)
        r = max(one, 0)
        error = np.sqrt((1 - min(r * r, 0.95)) / (n * (1 + weight)))
        r = min(0.97, r + caution * error * min(r / 0.4, 1))
        trust = np.clip((one * np.sqrt(n * (1 + weight)) - 1) / 2, 0, 1)
        slower = max(0, two / one - one) if one > 0 else 0
        return inflation(r, min(r + trust * slower, max(0.95, r)), n)

    def view(estimate, deviations, v):
        error = np.sqrt((deviations**2).sum() / ((n - 1) * n) * v)
        degrees = max(n / v - 1, 3)
        return estimate, error, degrees, 2 * stats.t.sf(abs(estimate / error), degrees)

    v = inflated(x)
    mean_view = view(x.mean(), x - x.mean(), v)

    m, s, f = spread(d)
    cut = 1.345 * f * s
    t = m
    for _ in range(200):
        w = np.minimum(1, cut / np.maximum(np.abs(d - t), 1e-300))
        t = t + (w * (d - t)).sum() / w.sum()
    psi = np.clip(d - t, -cut, cut) / max(0.1, np.mean(np.abs(d - t) <= cut))
    huber_view = view(t, psi, inflated(psi))

    residuals = np.empty(2 * n)
    for i in range(n):
        a = max(0, min(i - 7, n - 15))
        e = min(n, max(i + 8, 15))
        middle = np.median(np.concatenate([lb[a:e], lc[a:e]]))
        residuals[i], residuals[n + i] = lb[i] - middle, lc[i] - middle
    u = stats.rankdata(np.round(residuals, 10)) / (2 * n + 1)
    weights = np.sqrt(np.maximum(0.5 - u, 0))
    g = weights[:n] - weights[n:]
    rank_view = view(g.mean(), g - g.mean(), v)

    p = np.exp(np.mean([np.log(max(w[3], 1e-300)) for w in (mean_view, huber_view, rank_view)]))
    if rank_view[0] * mean_view[0] <= 0:
        p = 1.0

    def relative(z):
        if lb is not None and min(b.min(), c.min()) > 0:
            return np.expm1(z)
        if min(b.min(), c.min()) >= 0:
            return (1 + max(z, -2) / 2) ** 2 - 1
        return z

    reach = stats.t.ppf(0.995, mean_view[2]) * mean_view[1]
    return {
        "estimate": reference * relative(mean_view[0]),
        "lower": reference * relative(mean_view[0] - reach),
        "upper": reference * relative(mean_view[0] + reach),
        "p": p,
        "effective": n / v,
    }


def main():
    rng = np.random.default_rng(20240607)
    cases = []
    for n in (8, 15, 30, 61, 120):
        walk = np.zeros(n)
        for i in range(1, n):
            walk[i] = 0.6 * walk[i - 1] + rng.normal() * 0.1
        load = np.exp(np.sin(np.arange(n) / 5))
        kinds = [
            (100 * np.exp(rng.normal(0, 0.1, n)), 104 * np.exp(rng.normal(0, 0.1, n))),
            (np.exp(walk), 1.1 * np.exp(rng.normal(0, 0.1, n))),
            (load * np.exp(rng.normal(0, 0.2, n)), 1.2 * load * np.exp(rng.normal(0, 0.2, n))),
            (rng.poisson(3, n).astype(float), rng.poisson(3.5, n).astype(float)),
            (rng.normal(1, 2, n), rng.normal(1.5, 2, n)),
        ]
        for b, c in kinds:
            b, c = np.round(b, 6), np.round(c, 6)
            cases.append({"baseline": b.tolist(), "canary": c.tolist(), **compare(b, c)})
    print(json.dumps(cases))


main()
