//! Requests that cannot be carried out, and where their mistakes are.

use serde_json::{Value, json};

use super::{mistakes, with};
use crate::support::Service;

#[tokio::test]
async fn what_cannot_be_carried_out_is_refused_before_anything_runs() {
    let service = Service::simulated();
    let inline = |metric: Value| {
        json!({"inline": {
            "apiVersion": "serinus/v1", "name": "inline", "defaults": {"account": "simulator"},
            "metrics": [metric], "groups": {"g": 100}, "thresholds": {"pass": 90, "marginal": 75},
        }})
    };
    let query = "cpu{scenario=\"${scenario}\",role=\"${scope}\"}";
    let mut same_work = with("/config", json!({"name": "simulated"}));
    let config: Value = service
        .get("/api/v1/configs/simulated")
        .await
        .json()
        .await
        .unwrap();
    same_work["config"] = json!({"inline": config});
    same_work["config"]["inline"]["defaults"]["minimumWork"]["query"] =
        json!("requests{scenario=\"healthy\",role=\"baseline\"}");
    let m = |more: Value| {
        let mut metric = json!({"name": "m", "groups": ["g"], "query": query});
        metric
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        with("/config", inline(metric))
    };
    let table = [
        (
            same_work,
            "/config/inline/defaults/minimumWork/query",
            "resolve to the same query",
        ),
        (
            m(json!({"effect": {"allowed": 5}, "direction": "increase"})),
            "/config/inline/metrics/0/effect/allowed",
            "write 5% or 500%",
        ),
        (
            m(json!({"effect": {"allowed": "100%"}, "direction": "decrease"})),
            "/config/inline/metrics/0/effect/allowed",
            "no decrease could ever be flagged",
        ),
        (
            m(json!({"effect": {"allowed": "5%"}, "netflixAca": {}})),
            "/config/inline/metrics/0/netflixAca",
            "whose allowed change is `effect.allowed`",
        ),
        (
            m(json!({"minimumSamples": 0})),
            "/config/inline/metrics/0/minimumSamples",
            "1 or more",
        ),
        (
            m(json!({"minimumWork": {"query": "x${scope}", "atLeast": -1}})),
            "/config/inline/metrics/0/minimumWork/atLeast",
            "not negative",
        ),
        (
            with("/labels", json!({"a": "b".repeat(2000)})),
            "/labels",
            "at most",
        ),
        (
            with("/config", json!({"name": "nowhere"})),
            "/config/name",
            "no config is named",
        ),
        (with("/window", json!({})), "/window", "expected one of"),
        (
            with(
                "/window",
                json!({"lookback": "1h", "start": "2026-01-01T00:00:00Z"}),
            ),
            "/window",
            "expected one of",
        ),
        (
            with("/window", json!({"start": "2026-01-01T00:00:00Z"})),
            "/window",
            "expected one of",
        ),
        (
            with("/window", json!({"lookback": "0s"})),
            "/window/lookback",
            "longer than nothing",
        ),
        (
            with("/window", json!({"lookback": "-5m"})),
            "/window/lookback",
            "longer than nothing",
        ),
        (
            with("/window", json!({"lookback": "30s"})),
            "/window",
            "shorter than one step",
        ),
        (
            with("/window", json!({"lookback": "400000h"})),
            "/window",
            "at most 50000",
        ),
        (
            with(
                "/window",
                json!({"start": "2026-01-02T00:00:00Z", "end": "2026-01-01T00:00:00Z"}),
            ),
            "/window",
            "before or when it starts",
        ),
        (
            with(
                "/window",
                json!({"start": "2126-01-01T00:00:00Z", "end": "2126-01-01T01:00:00Z"}),
            ),
            "/window",
            "ahead",
        ),
        (
            with(
                "/window",
                json!({"start": "9999-12-30T00:00:00Z", "end": "9999-12-30T22:00:00Z"}),
            ),
            "/window",
            "between the years 1970 and 2200",
        ),
        (
            with(
                "/window",
                json!({"start": "-009999-01-02T02:00:00Z", "end": "-009999-01-02T03:00:00Z"}),
            ),
            "/window",
            "between the years 1970 and 2200",
        ),
        (
            with("/window", json!({"lookback": "100000000h"})),
            "/window",
            "between the years 1970 and 2200",
        ),
        (
            with("/window/start", json!("yesterday")),
            "/window/start",
            "",
        ),
        (
            with("/window", json!({"lookback": "half an hour"})),
            "/window/lookback",
            "",
        ),
        (
            with("/application", json!("")),
            "/application",
            "1 to 200 characters",
        ),
        (
            with("/application", json!("a\u{7}b")),
            "/application",
            "control characters",
        ),
        (with("/canary", Value::Null), "/canary", "missing"),
        (with("/canary/scope", json!(" ")), "/canary/scope", "empty"),
        (
            with("/canary/params", json!({})),
            "/config/name",
            "`${scenario}` is not defined",
        ),
        (
            with("/canary/params/step", json!("1s")),
            "/canary/params/step",
            "built in",
        ),
        (
            with("/canary/scop", json!("x")),
            "/canary/scop",
            "unknown field `scop`",
        ),
        (
            with("/thresholds", json!({"pass": 50, "marginal": 75})),
            "/thresholds",
            "marginal",
        ),
        (
            with("/thresholds", json!({"pass": "many", "marginal": 75})),
            "/thresholds/pass",
            "expected a number",
        ),
        (with("/step", json!("0s")), "/step", "a step is"),
        (
            with(
                "/config",
                inline(
                    json!({"name": "m", "groups": ["g"], "query": "cpu{scenario=\"healthy\",role=\"canary\"}"}),
                ),
            ),
            "/config/inline/metrics/0/query",
            "resolve to the same query",
        ),
        (
            with(
                "/config",
                inline(json!({"name": "m", "groups": ["g"], "query": query, "account": "other"})),
            ),
            "/config/inline/metrics/0/account",
            "no account is named \"other\"; see GET /api/v1/accounts",
        ),
        (
            with(
                "/config",
                inline(json!({"name": "m", "groups": ["g"], "query": query, "scope": "pair"})),
            ),
            "/config/inline/metrics/0/scope",
            "no scope pair",
        ),
        (
            with(
                "/config",
                inline(json!({"name": "m", "groups": ["other"], "query": query})),
            ),
            "/config/inline/groups/g",
            "no metric is in this group",
        ),
        (
            with(
                "/config",
                inline(json!({"name": "m", "groups": ["g"], "query": "cpu{role=\"${scope\"}"})),
            ),
            "/config/inline/metrics/0/query",
            "",
        ),
        (
            with(
                "/config",
                inline(json!({"name": "m", "groups": ["g"], "query": query, "direction": "up"})),
            ),
            "/config/inline/metrics/0/direction",
            "unknown variant `up`",
        ),
        (
            with(
                "/config",
                inline(
                    json!({"name": "m", "groups": ["g"], "query": query, "effect": {"allowed": "-5%"}}),
                ),
            ),
            "/config/inline/metrics/0/effect/allowed",
            "not negative",
        ),
    ];
    for (request, pointer, detail) in table {
        let found = mistakes(&service, &request).await;
        assert!(
            found
                .iter()
                .any(|(at, what)| at == pointer && what.contains(detail)),
            "expected {pointer:?} {detail:?}, found {found:#?}"
        );
    }
    let runs: Value = service.get("/api/v1/analyses").await.json().await.unwrap();
    assert_eq!(runs["analyses"], json!([]), "nothing was started");
}

#[tokio::test]
async fn all_mistakes_are_told_at_once() {
    let service = Service::simulated();
    let mut request = with("/window", json!({}));
    request["canary"]["scope"] = json!("");
    request["thresholds"] = json!({"pass": 101, "marginal": 75});
    let pointers: Vec<_> = mistakes(&service, &request)
        .await
        .into_iter()
        .map(|(pointer, _)| pointer)
        .collect();
    for pointer in ["/window", "/canary/scope", "/thresholds"] {
        assert!(
            pointers.iter().any(|found| found == pointer),
            "{pointer} is not among {pointers:?}"
        );
    }
}
