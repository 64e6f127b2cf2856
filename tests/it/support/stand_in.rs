//! A stand-in that answers as a Prometheus does, and checks what it is asked.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, Respond, ResponseTemplate,
    matchers::{body_string_contains, method, path},
};

/// Sixty samples a little above `level`, scattered by multiples of `ratio`.
pub(crate) fn samples(level: f64, ratio: f64) -> ResponseTemplate {
    let values: Vec<_> = (1..=60_u32)
        .map(|minute| {
            let value = level + 0.1 * (f64::from(minute) * ratio).fract();
            json!([1_768_381_200 + i64::from(minute) * 60, value.to_string()])
        })
        .collect();
    ResponseTemplate::new(200).set_body_json(json!({
        "status": "success",
        "data": {"resultType": "matrix", "result": [{"metric": {}, "values": values}]},
    }))
}

pub(crate) fn baseline() -> ResponseTemplate {
    samples(1.0, 0.618_034)
}

/// As good as the baseline, and not the same numbers, which would be suspicious.
pub(crate) fn canary() -> ResponseTemplate {
    samples(1.002, 0.732_051)
}

/// A store whose answers for the baseline are good, and for the canary are these.
pub(crate) async fn store(canary: impl Respond + 'static) -> MockServer {
    let server = MockServer::start().await;
    mount(&server, canary).await;
    server
}

/// Lets a stand-in answer so.
pub(crate) async fn mount(server: &MockServer, canary: impl Respond + 'static) {
    let side = |scope: &str| {
        Mock::given(method("POST"))
            .and(path("/api/v1/query_range"))
            .and(body_string_contains(format!(
                "query=up%7Bjob%3D%22{scope}%22%7D"
            )))
            .and(body_string_contains("step=60"))
    };
    side("old").respond_with(baseline()).mount(server).await;
    side("new").respond_with(canary).mount(server).await;
}

pub(crate) fn request(judge: &str) -> Value {
    json!({
        "application": "shop",
        "config": {"inline": {
            "apiVersion": "serinus/v1", "name": "one", "judge": {"name": judge},
            "defaults": {"account": "prometheus"},
            "metrics": [{"name": "up", "groups": ["g"], "query": "up{job=\"${scope}\"}"}],
            "groups": {"g": 100}, "thresholds": {"pass": 90, "marginal": 75},
        }},
        "baseline": {"scope": "old"},
        "canary": {"scope": "new"},
        "window": {"start": "2026-01-14T09:00:00Z", "end": "2026-01-14T10:00:00Z"},
    })
}

/// Answers badly a few times, then well.
#[derive(Debug)]
pub(crate) struct Recovering {
    bad: ResponseTemplate,
    times: u64,
    asked: AtomicU64,
}

impl Recovering {
    pub(crate) fn after(times: u64, bad: ResponseTemplate) -> Self {
        Self {
            bad,
            times,
            asked: 0.into(),
        }
    }
}

impl Recovering {
    /// Whether the bad answers are over.
    pub(crate) fn is_well(&self) -> bool {
        self.asked.load(Ordering::SeqCst) > self.times
    }
}

impl Respond for Recovering {
    fn respond(&self, _: &wiremock::Request) -> ResponseTemplate {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst);
        if asked < self.times {
            self.bad.clone()
        } else {
            canary()
        }
    }
}
