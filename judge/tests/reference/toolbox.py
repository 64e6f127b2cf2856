"""Reference values for the statistical tool box (judge/src/stats). Run: python toolbox.py > toolbox.json

Wherever SciPy, statsmodels or pymannkendall have the function, it is used. Intervals that they lack are found by inverting
their tests: by trying shifts between all candidates, or by solving for where a statistic reaches its quantile.
"""
import itertools
import json
import math
import sys

import numpy as np
import pymannkendall
import scipy
import statsmodels
from scipy import optimize, special, stats
from statsmodels.stats import proportion

random = np.random.default_rng(20261121)
TAILS = {"twoSided": "two-sided", "upper": "greater", "lower": "less"}
MOST_DIFFERENCES = 50


def distinct(*samples):
    return all(len(set(s)) == len(s) for s in samples)


def number(x):
    return float(x) if math.isfinite(x) else None


def inverted(candidates, accepted):
    """The outermost candidates next to an accepted gap; None where the outermost gap is accepted. Acceptance has no holes.

    If no gap is accepted, many candidates are equal, and only they are: the evidence turns round there.
    """
    edges = np.unique(candidates)
    gaps = np.concatenate([[edges[0] - 1 - abs(edges[0])], (edges[:-1] + edges[1:]) / 2, [edges[-1] + 1 + abs(edges[-1])]])
    middle = np.searchsorted(edges, np.median(candidates))
    around = sorted(range(len(gaps)), key=lambda i: abs(i - middle))
    middle = next((i for i in around if accepted(gaps[i])), None)
    if middle is None:
        return [float(np.median(candidates))] * 2

    def end(rejected, inside):
        if accepted(gaps[rejected]):
            return None
        while abs(inside - rejected) > 1:
            between = (inside + rejected) // 2
            inside, rejected = (between, rejected) if accepted(gaps[between]) else (inside, between)
        return float(edges[min(inside, rejected)])

    return [end(0, middle), end(len(gaps) - 1, middle)]


def two_samples(name, b, c):
    b, c = np.array(b, float), np.array(c, float)
    small = math.comb(len(b) + len(c), len(b)) < 2**63 and len(b) * len(c) <= 10_000
    method = "exact" if small and distinct(np.concatenate([b, c])) else "asymptotic"
    constant = len(set(np.concatenate([b, c]))) == 1
    rank = {t: stats.mannwhitneyu(c, b, alternative=a, method=method) for t, a in TAILS.items()}
    answer = {
        "name": name, "baseline": b.tolist(), "canary": c.tolist(),
        "u": float(rank["twoSided"].statistic),
        "rankSum": {t: 1.0 if constant else float(r.pvalue) for t, r in rank.items()},
        "estimate": float(np.median(np.subtract.outer(c, b))),
        "intervals": [],
    }
    by_shift = "exact" if small and distinct(b) and distinct(c) else "asymptotic"
    for alpha in [0.01, 0.05, 0.2]:
        accepted = lambda shift: stats.mannwhitneyu(c - shift, b, method=by_shift).pvalue >= alpha
        answer["intervals"].append([alpha] + inverted(np.subtract.outer(c, b), accepted))
    if min(len(b), len(c)) > 1 and not constant and b.max() >= c.min() and c.max() >= b.min():
        munzel = stats.brunnermunzel(b, c)
        answer["brunnerMunzel"] = [float(munzel.statistic), float(munzel.pvalue)]
    distance = stats.ks_2samp(b, c, method="asymp").statistic
    answer["distance"] = float(distance)
    n, m = len(b), len(c)
    if n * m > 10_000:
        root = math.sqrt(n * m / (n + m))
        answer["smirnov"] = float(special.kolmogorov((root + 0.12 + 0.11 / root) * distance))
    elif distinct(np.concatenate([b, c])):
        answer["smirnov"] = float(stats.ks_2samp(b, c, method="exact").pvalue)
    elif math.comb(n + m, n) < 20_000:
        answer["smirnov"] = divided(np.concatenate([b, c]), n, distance)
    return answer


def divided(pooled, n, distance):
    """Share of all divisions that are as far apart."""
    far = [
        stats.ks_2samp(pooled[list(chosen)], np.delete(pooled, chosen), method="asymp").statistic > distance - 1e-9
        for chosen in itertools.combinations(range(len(pooled)), n)
    ]
    return float(np.mean(far))


def differences(name, d):
    d = np.array(d, float)
    n, small = len(d), len(d) <= MOST_DIFFERENCES
    answer = {"name": name, "differences": d.tolist(), "tests": [], "intervals": []}
    plain = small and not (d == 0).any() and distinct(abs(d))
    for zeros in ["pratt", "wilcox"]:
        used = dict(zero_method=zeros, correction=True, method="exact" if plain else "asymptotic")
        test = {t: stats.wilcoxon(d, alternative=a, **used) for t, a in TAILS.items()}
        answer["tests"].append({
            "zeros": zeros, "positive": float(test["upper"].statistic),
            **{t: float(r.pvalue) for t, r in test.items()},
        })
    walsh = np.add.outer(d, d)[np.triu_indices(n)] / 2
    answer["estimate"] = float(np.median(walsh))
    method = "exact" if small and distinct(d) else "asymptotic"
    for alpha in [0.01, 0.05, 0.2]:
        accepted = lambda shift: stats.wilcoxon(d - shift, correction=True, method=method).pvalue >= alpha
        answer["intervals"].append([alpha] + inverted(walsh, accepted))
    return answer


def strata(name, parts):
    """Moments of the rank sum from sampling ranks without replacement."""
    excess = variance = 0
    for b, c in parts:
        if not b or not c:
            continue
        n, m = len(b), len(c)
        ranks = stats.rankdata(np.concatenate([b, c]))
        excess += (ranks[n:].sum() - m * ranks.mean()) / (n + m + 1)
        variance += n * m / (n + m) * ranks.var(ddof=1) / (n + m + 1) ** 2
    z = excess / math.sqrt(variance)
    return {"name": name, "strata": parts, "z": z, "p": 2 * float(stats.norm.sf(abs(z)))}


def shares(b, c, inflation, alpha):
    (eb, nb), (ec, nc) = ((e / inflation, n / inflation) for e, n in (b, c))
    wilson = [proportion.proportion_confint(e, n, alpha, method="wilson") for e, n in ((eb, nb), (ec, nc))]
    newcombe = proportion.confint_proportions_2indep(ec, nc, eb, nb, compare="diff", method="newcomb", alpha=alpha)
    (lb, ub), (lc, uc) = wilson
    pb, pc = eb / nb, ec / nc
    # The ratios at which the same construction gives an interval of canary - ratio * baseline that ends at 0.
    low = lambda r: (pc - r * pb) - math.hypot(pc - lc, r * (ub - pb))
    high = lambda r: (pc - r * pb) + math.hypot(uc - pc, r * (pb - lb))
    solve = lambda f: optimize.brentq(f, 0, 1e6, xtol=1e-15, rtol=1e-14)
    degenerate = eb + ec == 0 or eb + ec == nb + nc
    return {
        "baseline": b, "canary": c, "inflation": inflation, "alpha": alpha,
        "wilson": [float(x) for pair in wilson for x in pair], "newcombe": [float(x) for x in newcombe],
        "ratio": [float(solve(low)) if ec > 0 else 0.0, float(solve(high)) if eb > 0 else None],
        "p": 1.0 if degenerate else float(proportion.proportions_ztest([ec, eb], [nc, nb])[1]),
    }


def dispersion(b, c):
    tables = [np.array([(e, n - e) for e, n in side]) for side in (b, c)]
    chi = [stats.chi2_contingency(t, correction=False) for t in tables if t.sum(axis=0).all()]
    freedom = len(b) + len(c) - 2
    return {"baseline": b, "canary": c, "factor": max(1.0, float(sum(x.statistic for x in chi)) / freedom)}


def rates(b, c, alpha):
    (eb, tb), (ec, tc) = b, c
    share, total = tc / (tb + tc), eb + ec
    if total <= 10_000:
        test = {t: stats.binomtest(ec, total, share, alternative=a).pvalue for t, a in TAILS.items()}
        test["twoSided"] = min(1, 2 * min(test["upper"], test["lower"]))
        low, high = stats.binomtest(ec, total, share).proportion_ci(1 - alpha, "exact")
    else:
        z = (ec - total * share) / math.sqrt(total * share * (1 - share))
        test = {"twoSided": 2 * stats.norm.sf(abs(z)), "upper": stats.norm.sf(z), "lower": stats.norm.cdf(z)}
        low, high = proportion.proportion_confint(ec, total, alpha, method="wilson")
    of = lambda s: s / (1 - s) * tb / tc if s < 1 else math.inf
    return {"baseline": b, "canary": c, "alpha": alpha, "interval": [of(low), number(of(high))],
            "p": {t: float(p) for t, p in test.items()}}


def trend(name, y, times=None):
    times = np.arange(len(y), dtype=float) if times is None else np.array(times, float)
    slopes = [stats.theilslopes(y, times, 1 - alpha) for alpha in [0.01, 0.1]]
    kendall = pymannkendall.original_test(y)
    return {
        "name": name, "points": np.column_stack([times, y]).tolist(), "slope": float(slopes[0].slope),
        # SciPy's interval corrects for ties in the values, which is another definition.
        "intervals": [[a, float(s.low_slope), float(s.high_slope)] for a, s in zip([0.01, 0.1], slopes)] if distinct(y) else [],
        "s": float(kendall.s), "z": float(kendall.z), "p": 2 * float(stats.norm.sf(abs(kendall.z))), "variance": float(kendall.var_s),
    }


def detectable(parts, inflation, alpha, power):
    n, sd = np.array([p[0] for p in parts]) / inflation, np.array([p[1] for p in parts])
    error = sd**2 / n
    freedom = error.sum() ** 2 / (error**2 / (n - 1)).sum()
    change = (stats.t.ppf(1 - alpha / 2, freedom) + stats.t.ppf(power, freedom)) * math.sqrt(error.sum())
    return {"parts": parts, "inflation": inflation, "alpha": alpha, "power": power, "change": float(change)}


def means(name, b, c, sampling, inflation, alpha):
    b, c = np.array(b, float), np.array(c, float)
    vb, vc, nb, nc = b.var(ddof=1), c.var(ddof=1), len(b) / inflation, len(c) / inflation
    ratio = c.mean() / b.mean()
    if sampling == "paired":
        freedom = nb - 1
        error = lambda r: math.sqrt((c - r * b).var(ddof=1) / nb)
    else:
        freedom = (vc / nc + ratio**2 * vb / nb) ** 2 / ((vc / nc) ** 2 / (nc - 1) + (ratio**2 * vb / nb) ** 2 / (nb - 1))
        error = lambda r: math.sqrt(vc / nc + r * r * vb / nb)
    quantile = stats.t.ppf(1 - alpha / 2, freedom)
    end = lambda sign: optimize.brentq(
        lambda r: (c.mean() - r * b.mean()) / error(r) * math.copysign(1, b.mean()) + sign * quantile,
        *sorted([ratio, ratio + sign * 1e3 * (1 + abs(ratio))]), xtol=1e-15, rtol=1e-14)
    unbounded = (b.mean() / math.sqrt(vb / nb)) ** 2 <= quantile**2
    return {"name": name, "baseline": b.tolist(), "canary": c.tolist(), "sampling": sampling, "inflation": inflation,
            "alpha": alpha, "ratio": float(ratio), "interval": [None, None] if unbounded else [end(-1), end(1)]}


def quantiles(name, b, c, q, alpha):
    def side(x):
        x, n, k = np.sort(x), len(x), np.arange(len(x) + 1)
        lower = [r for r in k[1:] if stats.binom.cdf(r - 1, n, q) <= alpha / 2]
        upper = [r for r in k[1:] if stats.binom.sf(r - 1, n, q) <= alpha / 2]
        log = math.log(np.quantile(x, q))
        return log, math.log(x[lower[-1] - 1]) if lower else -math.inf, math.log(x[upper[0] - 1]) if upper else math.inf
    (eb, lb, ub), (ec, lc, uc) = side(b), side(c)
    ends = [ec - eb - math.hypot(ec - lc, ub - eb), ec - eb + math.hypot(uc - ec, eb - lb)]
    return {"name": name, "baseline": list(map(float, b)), "canary": list(map(float, c)), "q": q, "alpha": alpha,
            "ratio": math.exp(ec - eb), "interval": [number(math.exp(e)) if e < 700 else None for e in ends]}


def sign_flips(d):
    """All 2^n signs; the statistic is the sum, rounded so that sums that are equal count as equal."""
    total = lambda x, axis: np.round(np.sum(x, axis=axis), 9)
    test = stats.permutation_test((np.array(d, float),), total, permutation_type="samples", n_resamples=np.inf)
    return [list(map(float, d)), float(test.pvalue)]


normal, lognormal, integers = random.normal, random.lognormal, random.integers
like = lambda n, k: (np.round(normal(10, 2, n), 6).tolist(), np.round(normal(10.5, 3, k), 6).tolist())
noise = normal(0, 1, 40)
d30 = np.round(normal(0.4, 1, 30), 6)
table = lambda k, n, p: [[int(random.binomial(n, p)), n] for _ in range(k)]
t_grid = [(df, p) for df in [1, 1.5, 3, 7.3, 29, 200.5, 1e4, 5e6, 1e9] for p in [0.4, 0.2, 0.025, 0.005, 1e-4, 1e-8]]

reference = {
    "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "statsmodels": statsmodels.__version__,
                 "pymannkendall": pymannkendall.__version__},
    "t": [[df, p, float(stats.t.isf(p, df))] for df, p in t_grid],
    "twoSamples": [
        two_samples("smaller baseline", *like(5, 12)),
        two_samples("equal sizes", *like(30, 30)),
        two_samples("larger baseline", *like(25, 7)),
        two_samples("at the limit of exact", *like(33, 33)),
        two_samples("beyond it", *like(34, 33)),
        two_samples("few against many", *like(4, 150)),
        two_samples("hundreds", *like(120, 100)),
        two_samples("ties", integers(0, 5, 20), integers(1, 6, 15)),
        two_samples("few ties", [1, 1, 2, 2, 3], [2, 2, 3, 3, 4, 5]),
        two_samples("many ties", integers(0, 4, 150), integers(0, 5, 90)),
        two_samples("ties across only", [1, 2, 3, 4, 5, 6, 7], [3, 5, 7, 9, 11, 13]),
        two_samples("a constant", [4] * 6, [4] * 9),
        two_samples("constants that differ", [4] * 10, [5] * 8),
        two_samples("one side constant", [4] * 12, np.round(normal(4.5, 1, 10), 6)),
        two_samples("mostly zeros", [0] * 14 + [1, 5], [0] * 9 + [2, 3, 4, 8]),
        two_samples("separated", [1, 2, 3], [4, 5, 6]),
        two_samples("one against many", [3.5], np.round(normal(3, 1, 11), 6)),
        two_samples("tiny units", *(np.array(s) * 1e-9 for s in like(12, 14))),
        two_samples("huge units", *(np.array(s) * 1e9 for s in like(14, 12))),
        two_samples("heavy tails", np.round(lognormal(0, 3, 40), 6), np.round(lognormal(1, 3, 45), 6)),
    ],
    "differences": [
        differences("plain", d30),
        differences("few", [0.3, 1.2, -0.1, 2.5, 0.7, 0.6]),
        differences("many", np.round(normal(0.2, 1, 80), 6)),
        differences("zeros", [0, 0, 0, 1, -2, 3.5, 4, 5, -1.5, 6, 7, 0]),
        differences("ties", integers(-3, 6, 40)),
        differences("ties without zeros", [1, 1, -1, 2, 2, -2, 3, 4, 4, 5, 6, 1]),
        differences("tiny units", d30 * 1e-9),
        differences("huge units", d30 * 1e9),
        differences("all positive", np.round(lognormal(0, 1, 12), 6)),
    ],
    "strata": [
        strata("two zones", [like(8, 10), like(20, 6)]),
        strata("ties and sizes", [(integers(0, 3, 9).tolist(), integers(0, 4, 7).tolist()), like(4, 4),
                                  ([5.0, 5.0], [5.0, 5.0, 5.0]), ([], [1.0, 2.0])]),
        strata("one", [like(15, 18)]),
    ],
    "shares": [
        shares([10, 2000], [30, 2000], 1.0, 0.05),
        shares([10, 2000], [30, 500], 2.5, 0.01),
        shares([0, 100], [5, 120], 1.0, 0.05),
        shares([5, 100], [0, 80], 1.0, 0.02),
        shares([0, 50], [0, 70], 1.0, 0.05),
        shares([50, 50], [69, 70], 1.0, 0.05),
        shares([3, 1_000_000_000], [90, 2_000_000_000], 4.0, 0.02),
        shares([2.5, 7.5], [4.25, 6.0], 1.0, 0.1),
    ],
    "dispersions": [
        dispersion(table(10, 200, 0.1), table(8, 150, 0.2)),
        dispersion([[0, 100], [0, 90], [25, 120], [1, 50]], [[3, 100], [30, 90], [2, 120]]),
        dispersion([[0, 100], [0, 90]], [[3, 10], [9, 90], [2, 120]]),
    ],
    "rates": [
        rates([3, 100.0], [9, 50.0], 0.05), rates([0, 10.0], [4, 10.0], 0.05), rates([7, 10.0], [0, 30.0], 0.01),
        rates([500, 1000.0], [560, 1000.0], 0.02), rates([4900, 3.5], [5100, 3.5], 0.01),
        rates([40, 1e9], [9900, 1e11], 0.05), rates([9000, 3600.0], [2100, 800.0], 0.02),
    ],
    "trends": [
        trend("rising", 0.05 * np.arange(40) + noise), trend("level", noise[:15]),
        trend("ties", integers(0, 6, 30).astype(float)), trend("gaps", noise[:20] * 1e9, np.cumsum(integers(1, 5, 20))),
        trend("tiny units", noise[:25] * 1e-9 - 3e-10 * np.arange(25)),
    ],
    "adjusted": [[p, stats.false_discovery_control(p).tolist()] for p in
                 ([0.01], [0.04, 0.001, 0.03, 0.03, 0.9], random.uniform(0, 1, 20).tolist(), [1.0, 1.0, 0.0])],
    "detectable": [
        detectable([[30, 4.0]], 1.0, 0.05, 0.8), detectable([[60, 1e-9]], 3.0, 0.01, 0.9),
        detectable([[10, 2.0], [40, 5.0]], 1.0, 0.02, 0.8), detectable([[50, 2e9], [25, 1e9]], 2.0, 0.05, 0.95),
    ],
    "means": [
        means("independent", *like(12, 20), "independent", 1.0, 0.05),
        means("inflated", *like(30, 18), "independent", 2.5, 0.01),
        means("paired", (10 + noise).tolist(), (12 + noise + normal(0, 0.4, 40)).tolist(), "paired", 1.0, 0.02),
        means("paired, inflated", (10 + noise).tolist(), (12 + noise + normal(0, 0.4, 40)).tolist(), "paired", 3.0, 0.02),
        means("negative", (-noise - 9).tolist(), (noise - 5).tolist(), "independent", 1.0, 0.1),
        means("tiny units", ((5 + noise) * 1e-9).tolist(), ((6 - noise) * 1e-9).tolist(), "independent", 1.0, 0.05),
        means("around zero", noise.tolist(), (5 + noise).tolist(), "independent", 1.0, 0.001),
    ],
    "quantiles": [
        quantiles("median", lognormal(0, 1, 30), lognormal(0.5, 1, 45), 0.5, 0.05),
        quantiles("p90", lognormal(0, 1, 200), lognormal(0.5, 1, 150), 0.9, 0.01),
        quantiles("p99 of few", lognormal(0, 1, 60), lognormal(0.5, 1, 60), 0.99, 0.05),
        quantiles("p10, huge", lognormal(0, 1, 1440) * 1e9, lognormal(0, 1, 1000) * 1e9, 0.1, 0.02),
    ],
    "signFlips": [sign_flips(d) for d in (
        [1, -2, 3], [0.1, 0.2, 0.3, -0.6], [1] * 8, np.round(normal(0.6, 1, 9), 6), np.round(normal(0.5, 1, 14), 6),
        integers(-3, 5, 12), [0, 0, 1, 2, 0])],
}
print("{")
for i, (key, value) in enumerate(reference.items()):
    entries = value if isinstance(value, list) else [value]
    lines = ",\n  ".join(json.dumps(entry) for entry in entries)
    end = "" if i + 1 == len(reference) else ","
    print(f' "{key}": ' + (f"[\n  {lines}\n ]" if isinstance(value, list) else lines) + end)
print("}")
