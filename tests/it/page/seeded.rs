//! A service with runs of every kind, and names that are meant to do harm.

use std::net::TcpListener;

use serde_json::{Value, json};

use crate::support::{Service, simulated_request};

/// A name that is code in every language a page is made of, and turns the direction of what follows.
pub(crate) const HOSTILE: &str =
    "<script>alert(1)</script>\"'`&<!-- ../%2e \u{202e}gnirts</title></svg>{{7*7}}";

/// A service with a run of each kind.
pub(crate) struct Seeded {
    pub(crate) service: Service,
    pub(crate) passed: String,
    pub(crate) failed: String,
    pub(crate) inconclusive: String,
    pub(crate) queued: String,
    pub(crate) cancelled: String,
    pub(crate) broken: String,
    pub(crate) hostile: String,
    pub(crate) running: String,
    pub(crate) watched: String,
    pub(crate) guarded: String,
    pub(crate) large: String,
    pub(crate) rollout_failed: String,
    pub(crate) rollout_held: String,
    pub(crate) rollout_new: String,
    /// A store that takes connections and never answers.
    _silent: TcpListener,
}

impl Seeded {
    pub(crate) async fn start() -> Self {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let service = Service::start(&format!(
            "{{simulator: {{enabled: true}}, runs: {{attempts: 1}}, accounts: {{ \
             gone: {{type: prometheus, url: \"http://127.0.0.1:9\", limits: {{timeout: 2s}}}}, \
             silent: {{type: prometheus, url: \"http://{}\", limits: {{timeout: 1h}}}}}}}}",
            silent.local_addr().unwrap()
        ));
        let analyse = async |request: Value| id(&service.analyse(&request).await);
        let start = async |request: Value| {
            let started = service.post("/api/v1/analyses", &request).await;
            id(&started.json().await.unwrap())
        };
        let cancelled = start(ahead()).await;
        service
            .post(&format!("/api/v1/analyses/{cancelled}/cancel"), &json!({}))
            .await;
        Self {
            passed: analyse(named("healthy", "search")).await,
            failed: analyse(named("latency-regression", "checkout")).await,
            inconclusive: analyse(named("low-traffic", "newsletter")).await,
            broken: analyse(kayenta("unreachable", "gone")).await,
            hostile: analyse(hostile()).await,
            watched: analyse(watched()).await,
            guarded: analyse(guarded()).await,
            large: analyse(large()).await,
            rollout_failed: rollout(
                &service,
                staged("latency-regression", "payments", "automatic"),
            )
            .await,
            rollout_held: rollout(&service, staged("healthy", HOSTILE, "manual")).await,
            rollout_new: planned(&service, staged("healthy", "accounts", "automatic")).await,
            queued: start(ahead()).await,
            running: start(kayenta("slow", "silent")).await,
            _silent: silent,
            cancelled,
            service,
        }
    }

    /// Every page there is, by a name for it.
    pub(crate) fn pages(&self) -> Vec<(&'static str, String)> {
        let run = |id: &str| format!("/ui/analyses/{id}");
        let metric = |id: &str, name: &str| format!("/ui/analyses/{id}/metrics/{name}");
        vec![
            ("runs", "/ui".to_owned()),
            ("runs-none", "/ui?application=nobody&since=1h".to_owned()),
            ("run-pass", run(&self.passed)),
            ("run-fail", run(&self.failed)),
            ("run-inconclusive", run(&self.inconclusive)),
            ("run-queued", run(&self.queued)),
            ("run-running", run(&self.running)),
            ("run-watched", run(&self.watched)),
            ("run-look", run(&self.watched) + "?look=1"),
            ("run-guarded", run(&self.guarded)),
            ("run-large", run(&self.large)),
            ("cancel", run(&self.queued) + "/cancel"),
            ("rollouts", "/ui/rollouts".to_owned()),
            (
                "rollouts-none",
                "/ui/rollouts?application=nobody".to_owned(),
            ),
            (
                "rollout-failed",
                format!("/ui/rollouts/{}", self.rollout_failed),
            ),
            (
                "rollout-held",
                format!("/ui/rollouts/{}", self.rollout_held),
            ),
            ("rollout-new", format!("/ui/rollouts/{}", self.rollout_new)),
            ("run-cancelled", run(&self.cancelled)),
            ("run-failed", run(&self.broken)),
            ("run-hostile", run(&self.hostile)),
            ("metric-fail", metric(&self.failed, "latency-p99")),
            (
                "metric-inconclusive",
                metric(&self.inconclusive, "error-ratio"),
            ),
            ("metric-watched", metric(&self.watched, "latency-p99")),
            ("metric-hostile", metric(&self.hostile, &encoded(HOSTILE))),
            ("configs", "/ui/configs".to_owned()),
            ("help", "/ui/help".to_owned()),
            ("config", "/ui/configs/web-service".to_owned()),
            (
                "compare",
                format!("/ui/compare?a={}&b={}", self.failed, self.passed),
            ),
            ("nowhere", "/ui/analyses/nowhere".to_owned()),
            (
                "report",
                format!("/api/v1/analyses/{}/report.html", self.hostile),
            ),
        ]
    }
}

pub(crate) fn id(summary: &Value) -> String {
    summary["id"]
        .as_str()
        .unwrap_or_else(|| panic!("{summary:#}"))
        .to_owned()
}

pub(crate) fn named(scenario: &str, application: &str) -> Value {
    let mut request = simulated_request(scenario);
    request["application"] = application.into();
    request["labels"] = json!({"commit": "9f8d111"});
    request
}

/// A run whose window ends in an hour.
pub(crate) fn ahead() -> Value {
    let now = jiff::Timestamp::now();
    let mut request = named("healthy", "later");
    request["window"] = json!({"start": now, "end": now + jiff::SignedDuration::from_hours(1)});
    request
}

/// A run of a judge that needs every answer, from a store that does not give it.
fn kayenta(application: &str, account: &str) -> Value {
    let mut request = named("healthy", application);
    let query = "latency{app=\"${scope}\"}";
    let metrics = json!([{"name": "latency", "groups": ["all"], "query": query}]);
    request["config"] = inline(metrics, account);
    request["config"]["inline"]["judge"] = json!({"name": "netflix-aca"});
    request
}

/// A run that judged three times.
fn watched() -> Value {
    let mut request = named("healthy", "watched");
    request["looks"] = json!({"every": "20m"});
    request
}

/// A run that crosses a guardrail.
fn guarded() -> Value {
    let mut request = named("error-spike", "guarded");
    let signal = |name: &str| format!("{name}{{scenario=\"error-spike\",role=\"${{scope}}\"}}");
    let metrics = json!([
        {"name": "error-ratio", "groups": ["errors"], "direction": "increase",
         "query": {"errors": signal("errors"), "of": signal("requests")},
         "guardrails": [{"ratioAbove": 3, "for": "3m", "floor": 0.01}]},
        {"name": "latency-p99", "groups": ["errors"], "query": signal("latency_p99"),
         "guardrails": [{"levelAbove": 2, "for": "5m"}]},
    ]);
    request["config"] = inline(metrics, "simulator");
    request
}

/// A run with more metrics than anybody reads, one of them worse.
fn large() -> Value {
    let mut request = named("latency-regression", "large");
    let metrics = (0..90).map(|number| {
        let signal = if number == 40 { "latency_p99" } else { "cpu" };
        let query = format!("{signal}{{scenario=\"latency-regression\",role=\"${{scope}}\"}}");
        json!({"name": format!("metric-{number:02}"), "groups": ["all"], "query": query})
    });
    request["config"] = inline(metrics.collect(), "simulator");
    request
}

/// A rollout over three stages.
fn staged(scenario: &str, application: &str, approval: &str) -> Value {
    let deployed = "2026-01-14T09:00:00Z";
    let signal = |name: &str| {
        format!(
            "{name}{{scenario=\"${{scenario}}\",role=\"${{scope}}\",deployed=\"${{deployed}}\",weight=\"${{weight}}\"}}"
        )
    };
    let metrics = json!([
        {"name": "error-ratio", "groups": ["errors"], "direction": "increase", "critical": true,
         "effect": {"allowed": "25%", "absolute": 0.001, "mustDetect": "100%"},
         "query": {"errors": signal("errors"), "of": signal("requests")}},
        {"name": "latency-p50", "groups": ["errors"], "direction": "increase", "critical": true,
         "effect": {"allowed": "10%"}, "query": signal("latency_p50")},
    ]);
    let mut config = inline(metrics, "simulator");
    config["inline"]["defaults"] =
        json!({"account": "simulator", "step": "15s", "minimumSamples": 10});
    let scope =
        |role: &str| json!({"scope": role, "params": {"scenario": scenario, "deployed": deployed}});
    json!({
        "application": application,
        "config": config,
        "baseline": scope("baseline"),
        "canary": scope("canary"),
        "stages": [
            {"weight": "5%", "duration": "15m", "within": 1.6, "undecided": "proceed", "approval": approval},
            {"weight": "25%", "duration": "15m", "within": 1.2, "undecided": "proceed", "warmUp": "1m"},
            {"weight": "50%", "duration": "15m"},
        ],
        "looks": {"every": "5m"},
        "labels": {"commit": "9f8d111"},
    })
}

/// Plans a rollout: its id.
async fn planned(service: &Service, plan: Value) -> String {
    let response = service.post("/api/v1/rollouts", &plan).await;
    id(&response.json().await.unwrap())
}

/// Plans a rollout and does what is recommended for as long as something is: its id.
async fn rollout(service: &Service, plan: Value) -> String {
    let id = planned(service, plan).await;
    let path = format!("/api/v1/rollouts/{id}");
    let mut now: jiff::Timestamp = "2026-01-14T09:00:00Z".parse().unwrap();
    loop {
        let told: Value = service
            .get(&format!("{path}?wait=30s"))
            .await
            .json()
            .await
            .unwrap();
        match told["state"].as_str().unwrap() {
            "watching" => {}
            "shifting" => {
                let live = json!({"stage": told["stage"], "at": now});
                let response = service.post(&format!("{path}/live"), &live).await;
                assert!(
                    response.status().is_success(),
                    "{:?}",
                    response.text().await
                );
                now += jiff::SignedDuration::from_mins(15);
            }
            _ => return id,
        }
    }
}

/// A run in which everything that a caller can name is code.
fn hostile() -> Value {
    let mut request = named("latency-regression", HOSTILE);
    let query = "latency_p99{scenario=\"latency-regression\",role=\"${scope}\"}";
    let metrics = json!([
        {"name": HOSTILE, "groups": [HOSTILE], "query": query},
        {"name": "..", "groups": [HOSTILE], "query": query},
        {"name": "x".repeat(200), "groups": [HOSTILE], "query": query},
        {"name": "a/b?c#d e", "groups": [HOSTILE], "query": query},
        // The simulator has no such signal, which makes it an error.
        {"name": "error", "groups": [HOSTILE], "query": format!("{}{{role=\"${{scope}}\"}}", "q".repeat(10_000))},
    ]);
    request["config"] = inline(metrics, "simulator");
    request["config"]["inline"]["name"] = HOSTILE.into();
    request["labels"] = json!({HOSTILE: HOSTILE, "long": "l".repeat(990)});
    request
}

fn inline(metrics: Value, account: &str) -> Value {
    let groups: std::collections::BTreeMap<_, _> =
        (metrics[0]["groups"].as_array().unwrap().iter())
            .map(|group| (group.as_str().unwrap(), 100))
            .collect();
    json!({"inline": {
        "apiVersion": "serinus/v1", "name": "inline", "defaults": {"account": account},
        "metrics": metrics, "groups": groups, "thresholds": {"pass": 90, "marginal": 75},
    }})
}

pub(crate) fn encoded(name: &str) -> String {
    use std::fmt::Write;
    name.bytes().fold(String::new(), |mut out, byte| {
        write!(out, "%{byte:02X}").unwrap();
        out
    })
}
