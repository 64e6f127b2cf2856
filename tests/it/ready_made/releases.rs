//! The releases that are judged, and what should be found.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// A release under a config: how it is asked about and what is wrong with it.
pub(super) struct Release {
    pub(super) config: &'static str,
    /// Scopes of baseline and canary.
    pub(super) sides: [&'static str; 2],
    pub(super) params: &'static [(&'static str, &'static str)],
    pub(super) verdict: &'static str,
    /// Outcomes of its metrics, where they are not `pass`.
    pub(super) outcomes: &'static [(&'static str, &'static str)],
}

impl Release {
    /// The analysis that is asked for.
    pub(super) fn request(&self) -> Value {
        let params: BTreeMap<_, _> = self.params.iter().copied().collect();
        let [baseline, canary] = self
            .sides
            .map(|scope| json!({"scope": scope, "params": params}));
        json!({
            "application": "shop",
            "config": {"name": self.config},
            "baseline": baseline,
            "canary": canary,
            "window": {"start": "2026-01-14T09:00:00Z", "end": "2026-01-14T10:00:00Z"},
        })
    }
}

/// Releases whose scopes are Deployments.
const fn deployed(
    config: &'static str,
    canary: &'static str,
    verdict: &'static str,
    outcomes: &'static [(&'static str, &'static str)],
) -> Release {
    Release {
        config,
        sides: ["checkout", canary],
        params: &[("namespace", "shop")],
        verdict,
        outcomes,
    }
}

/// Releases whose scopes are jobs.
const fn scraped(
    config: &'static str,
    canary: &'static str,
    verdict: &'static str,
    outcomes: &'static [(&'static str, &'static str)],
) -> Release {
    Release {
        config,
        sides: ["old", canary],
        params: &[],
        verdict,
        outcomes,
    }
}

/// Parallel runs, by experiment.
const fn experiment(
    params: &'static [(&'static str, &'static str)],
    verdict: &'static str,
    outcomes: &'static [(&'static str, &'static str)],
) -> Release {
    Release {
        config: "parallel-run",
        sides: ["control", "candidate"],
        params,
        verdict,
        outcomes,
    }
}

/// Variations of a flag, by the new one.
const fn variation(
    canary: &'static str,
    verdict: &'static str,
    outcomes: &'static [(&'static str, &'static str)],
) -> Release {
    Release {
        config: "feature-flag",
        sides: ["off", canary],
        params: &[
            ("job", "shop/checkout"),
            ("flag", "new-cart"),
            ("goal", "/order"),
        ],
        verdict,
        outcomes,
    }
}

pub(super) const RELEASES: &[Release] = &[
    deployed("monitoring-table", "checkout-canary", "pass", &[]),
    deployed(
        "monitoring-table",
        "checkout-errors",
        "fail",
        &[("error-ratio", "high")],
    ),
    deployed(
        "monitoring-table",
        "checkout-saturated",
        "marginal",
        &[("cpu-percent", "high"), ("memory", "high")],
    ),
    deployed("kubernetes-pods", "checkout-canary", "pass", &[]),
    // A ReplicaSet of it, as where both versions belong to one Deployment.
    deployed("kubernetes-pods", "checkout-canary-7d9f8c6b5d", "pass", &[]),
    // A single canary beside six: what counts pods cannot tell, the rest can.
    deployed(
        "kubernetes-pods",
        "checkout-single",
        "pass",
        &[("cpu", "inconclusive"), ("memory", "inconclusive")],
    ),
    deployed(
        "kubernetes-pods",
        "checkout-crashing",
        "fail",
        &[("restarts", "high"), ("ready-percent", "low")],
    ),
    deployed(
        "kubernetes-pods",
        "checkout-saturated",
        "fail",
        &[
            ("cpu", "high"),
            ("cpu-throttled", "high"),
            ("memory", "high"),
            ("memory-percent", "high"),
        ],
    ),
    scraped("grpc-service", "good", "pass", &[]),
    scraped("grpc-service", "errors", "fail", &[("error-ratio", "high")]),
    scraped(
        "grpc-service",
        "slow",
        "fail",
        &[
            ("latency-p50", "high"),
            ("latency-p99", "high"),
            ("cancelled-ratio", "high"),
        ],
    ),
    scraped(
        "grpc-service",
        "saturated",
        "marginal",
        &[("cpu", "high"), ("memory", "high")],
    ),
    scraped("jvm", "good", "pass", &[]),
    scraped("jvm", "errors", "fail", &[("error-ratio", "high")]),
    scraped("jvm", "slow", "fail", &[("latency-p99", "high")]),
    scraped(
        "jvm",
        "saturated",
        "fail",
        &[
            ("gc-time", "high"),
            ("heap-floor", "high"),
            ("threads", "high"),
            ("cpu", "high"),
        ],
    ),
    scraped("queue-consumer", "good", "pass", &[]),
    scraped(
        "queue-consumer",
        "errors",
        "fail",
        &[("failed-ratio", "high")],
    ),
    scraped(
        "queue-consumer",
        "slow",
        "marginal",
        &[("processing-time", "high")],
    ),
    scraped(
        "queue-consumer",
        "stuck",
        "fail",
        &[
            ("lag", "high"),
            ("throughput", "low"),
            ("rebalances", "high"),
        ],
    ),
    scraped("multi-region", "good", "pass", &[]),
    scraped(
        "multi-region",
        "errors",
        "fail",
        &[("error-ratio", "high"), ("error-ratio-by-region", "high")],
    ),
    scraped(
        "multi-region",
        "slow-in-us",
        "fail",
        &[("latency-p50", "high"), ("latency-p99", "high")],
    ),
    experiment(&[("experiment", "good"), ("job", "checkout")], "pass", &[]),
    experiment(
        &[("experiment", "errors"), ("job", "checkout")],
        "fail",
        &[("mismatch-percent", "high")],
    ),
    experiment(
        &[("experiment", "slow"), ("job", "checkout")],
        "marginal",
        &[("time", "high")],
    ),
    variation("on", "pass", &[]),
    variation("errors", "fail", &[("error-ratio", "high")]),
    variation(
        "slow",
        "fail",
        &[("latency-p50", "high"), ("latency-p99", "high")],
    ),
    variation("unliked", "fail", &[("conversion", "low")]),
];
