"""Reference values for the rank statistic, the effect size and summaries. Run: python mann_whitney.py > reference.json

scipy's asymptotic mannwhitneyu gives a p-value with tie and continuity correction; the standardised statistic is what that
p-value comes from: z = (U - mn/2 -/+ 1/2) / sigma.
"""
import json
import sys

import numpy as np
import scipy
from scipy import stats

random = np.random.default_rng(20261121)


def case(name, x, y):
    x, y = [float(v) for v in x], [float(v) for v in y]
    answer = stats.mannwhitneyu(x, y, alternative="two-sided", method="asymptotic", use_continuity=True)
    probabilities = [0, 1, 5, 25, 33.3, 50, 75, 99, 100]
    return {
        "name": name,
        "x": x,
        "y": y,
        "u": float(answer.statistic),
        "p": float(answer.pvalue),
        "percentilesOf": probabilities,
        "percentilesOfX": [float(p) for p in np.percentile(x, probabilities)],
        "meanOfX": float(np.mean(x)),
        "stdOfX": float(np.std(x, ddof=1)) if len(x) > 1 else 0.0,
    }


cases = [
    case("smaller first sample", random.normal(10, 2, 5), random.normal(11, 2, 12)),
    case("equal sizes", random.normal(10, 2, 9), random.normal(10, 2, 9)),
    case("larger first sample", random.normal(12, 2, 40), random.normal(11, 3, 7)),
    case("ties across", random.integers(0, 5, 20), random.integers(0, 5, 15)),
    case("ties within one side", [1, 1, 1, 2, 2, 9], random.normal(3, 1, 8)),
    case("one side constant", [4] * 6, random.normal(4, 1, 10)),
    case("constants that differ", [4] * 6, [5] * 5),
    case("one sample against many", [3.5], random.normal(3, 1, 11)),
    case("many samples against one", random.normal(3, 1, 11), [3.5]),
    case("separated", [1, 2, 3], [4, 5, 6]),
    case("mirror of separated", [4, 5, 6], [1, 2, 3]),
    case("lengthy", random.lognormal(0, 1, 200), random.lognormal(0.1, 1, 150)),
]
json.dump({"numpy": np.__version__, "scipy": scipy.__version__, "cases": cases}, sys.stdout, indent=1)
print()
