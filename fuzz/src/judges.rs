//! A judge elsewhere that answers with anything.

use std::{sync::Arc, time::Duration};

use serde_json::json;
use serinus::{
    analysis::{
        Accounts, Case, ConfigIdentity, ConfigRef, FetchLimits, JudgementRequest, case_of_samples,
    },
    remote_judges::RemoteJudges,
};
use serinus_judge::{Outcome, Verdict};

use crate::server::Server;

/// The judge, and a case of a metric it can decide and of one the canary has no samples of.
#[derive(Debug)]
pub(crate) struct House {
    judges: RemoteJudges,
    case: Case,
}

impl House {
    pub(crate) fn new(server: &Server) -> Self {
        let service = json!({"house": {"url": server.url()}});
        let service = serde_json::from_value(service).expect("settings of a judge");
        Self {
            judges: RemoteJudges::connect(&service).expect("nothing is sent yet"),
            case: case(),
        }
    }

    /// Lets the judge answer with the input; says whether it was taken for an answer.
    pub(crate) fn feed(&self, server: &Server, input: &[u8]) -> bool {
        server.answer_with("application/json", input);
        let limits = FetchLimits {
            deadline: Duration::from_secs(60),
            attempts: 1,
        };
        let accounts = Accounts::default();
        let asked = server.wait_for(self.judges.ask(&self.case, &accounts, limits));
        let Ok((heard, took)) = asked else {
            return false;
        };
        let looked = self.case.clone().heard(&heard, took);
        let scorecard = looked.expect("a single look suits every judge").scorecard;
        let decision = &scorecard.decision;
        assert!((0.0..=100.0).contains(&decision.score), "{decision:?}");
        for result in &decision.metrics {
            assert!(
                result.name != "gone" || result.outcome != Outcome::Pass,
                "what is missing passes nothing: {result:?}"
            );
        }
        assert!(
            decision.verdict != Verdict::Pass || decision.score >= decision.thresholds.pass(),
            "only a score that is high enough passes: {decision:?}"
        );
        serde_json::to_string(&scorecard).expect("a scorecard can be written");
        true
    }
}

fn case() -> Case {
    let side = |values: Vec<Option<f64>>| json!({"start": "2026-01-14T09:00:00Z", "step": "60s", "values": values});
    let varying: Vec<_> = (0..24)
        .map(|at| Some(100.0 + f64::from(at * 7 % 11)))
        .collect();
    let other = varying.iter().rev().copied().collect();
    let metric = |name: &str| json!({"name": name, "groups": ["g"], "direction": "increase", "query": "unused"});
    let request = json!({
        "application": "shop",
        "config": {"inline": {
            "apiVersion": "serinus/v1",
            "name": "inline",
            "judge": {"remote": {"account": "house"}},
            "defaults": {"account": "none", "minimumSamples": "none"},
            "metrics": [metric("latency"), metric("gone")],
            "groups": {"g": 100},
            "thresholds": {"pass": 90, "marginal": 75},
        }},
        "metrics": {
            "latency": {"baseline": side(varying.clone()), "canary": side(other)},
            "gone": {"baseline": side(varying), "canary": side(vec![None; 24])},
        },
    });
    let request: JudgementRequest = serde_json::from_value(request).expect("a request");
    let ConfigRef::Inline(config) = &request.config else {
        unreachable!("the config comes along");
    };
    let config = Arc::new((**config).clone());
    let identity = ConfigIdentity::of(&config);
    case_of_samples(&request, config, identity).expect("a case")
}
