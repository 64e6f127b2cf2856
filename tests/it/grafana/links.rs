//! Links to Explore and to a dashboard, in every form of the report; what callers chose stays inside their values.

use std::collections::BTreeMap;

use reqwest::Url;
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer,
    matchers::{body_string_contains, method},
};

use crate::support::{Service, stand_in};

/// A name that is meant to leave its place in an address, a JSON text, a page and a Markdown table.
const HOSTILE: &str =
    "x&from=0#</a><script>\"'|](http://evil.example)\\ ${application}%22}]\u{202e}";

fn pairs(link: &str) -> (Url, BTreeMap<String, String>) {
    let url = Url::parse(link).unwrap();
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let map: BTreeMap<_, _> = pairs.iter().cloned().collect();
    assert_eq!(map.len(), pairs.len(), "a key twice: {link}");
    assert_eq!(url.fragment(), None, "{link}");
    (url, map)
}

/// A store that answers for the hostile population and its baseline, and a service with a Grafana in front of it.
async fn hostile(grafana: &str) -> (MockServer, Service) {
    let store = MockServer::start().await;
    let side = |part: &str| Mock::given(method("POST")).and(body_string_contains(part));
    side("evil.example")
        .respond_with(stand_in::samples(2.0, 0.732_051))
        .mount(&store)
        .await;
    side("old")
        .respond_with(stand_in::baseline())
        .mount(&store)
        .await;
    let service = Service::start(&format!(
        "accounts: {{prometheus: {{type: prometheus, url: \"{}\"}}}}\ngrafana: {grafana}",
        store.uri()
    ));
    (store, service)
}

fn request() -> Value {
    let mut request = stand_in::request("serinus");
    request["canary"] = json!({"scope": HOSTILE, "params": {"pod": HOSTILE}});
    request["labels"] = json!({"commit": HOSTILE});
    request
}

#[tokio::test]
async fn hostile_names_stay_inside_their_values() {
    let (_store, service) = hostile(
        "{url: https://grafana.example/g/, orgId: 7, datasources: {prometheus: {uid: PROM, type: prometheus}}, \
         dashboard: {uid: shop, variables: {canary: \"${canary}\", commit: \"c-${label.commit}\", pod: \"${canary.pod}\", \
         where: \"${canaryLocation}\", zone: \"${canary.zone:-a}\"}}}",
    )
    .await;
    let summary = service.analyse(&request()).await;
    let scorecard = service.scorecard(&summary).await;

    assert_eq!(scorecard["links"]["report"], summary["reportUrl"]);
    let (dashboard, values) = pairs(scorecard["links"]["dashboard"].as_str().unwrap());
    assert_eq!(
        dashboard.origin().ascii_serialization(),
        "https://grafana.example"
    );
    assert_eq!(dashboard.path(), "/g/d/shop");
    let commit = format!("c-{HOSTILE}");
    let expected = [
        ("from", "1768381200000"),
        ("to", "1768384800000"),
        ("orgId", "7"),
        ("var-canary", HOSTILE),
        ("var-commit", commit.as_str()),
        ("var-pod", HOSTILE),
        // No location was given, so that variable is left to the dashboard.
        ("var-zone", "a"),
    ];
    let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(values, BTreeMap::from(expected));

    let (explore, values) = pairs(scorecard["evidence"][0]["explore"].as_str().unwrap());
    assert_eq!(explore.path(), "/g/explore");
    assert_eq!(values["schemaVersion"], "1");
    assert_eq!(values["orgId"], "7");
    let panes: Value = serde_json::from_str(&values["panes"]).unwrap();
    let pane = |side: &str| {
        json!({
            "datasource": "PROM",
            "queries": [{
                "refId": "A", "datasource": {"type": "prometheus", "uid": "PROM"},
                "expr": scorecard["evidence"][0][side]["queries"][0], "range": true, "instant": false,
            }],
            "range": {"from": "1768381200000", "to": "1768384800000"},
        })
    };
    assert_eq!(
        panes,
        json!({"baseline": pane("baseline"), "canary": pane("canary")})
    );
    assert!(values["panes"].contains("evil.example"));

    // The same links in the other forms, where nothing of a name has become markup.
    let id = summary["id"].as_str().unwrap();
    let form = async |path: &str| service.get(path).await.text().await.unwrap();
    let markdown = form(&format!("/api/v1/analyses/{id}/report.md")).await;
    let junit = form(&format!("/api/v1/analyses/{id}/report.xml")).await;
    let text = form(&format!("/api/v1/analyses/{id}/report.txt")).await;
    let file = form(&format!("/api/v1/analyses/{id}/report.html")).await;
    let metric = form(&format!("/ui/analyses/{id}/metrics/up")).await;
    for (name, form, link) in [
        ("Markdown", &markdown, &explore),
        ("Markdown", &markdown, &dashboard),
        ("text", &text, &dashboard),
        ("JUnit", &junit, &dashboard),
        ("file", &file, &dashboard),
        ("file", &file, &explore),
        ("page", &metric, &explore),
    ] {
        let plain = form.contains(link.as_str());
        let escaped = form.contains(&link.as_str().replace('&', "&amp;"));
        assert!(plain || escaped, "{name}: {link}\n{form}");
    }
    for form in [&markdown, &file, &metric] {
        assert!(!form.contains("x&from=0#</a><script>"), "{form}");
    }
    assert!(!markdown.contains("](http://evil.example)"), "{markdown}");
}

#[tokio::test]
async fn an_address_of_ones_own_and_a_plugin_of_ones_own() {
    let (_store, service) = hostile(
        "{url: https://grafana.example, datasources: {prometheus: {uid: M, type: acme-store, queryKey: statement}}, \
         dashboard: {urlTemplate: \"https://dash.example/${canary}?t=${from}-${to}&run=${run}\"}}",
    )
    .await;
    let summary = service.analyse(&request()).await;
    let scorecard = service.scorecard(&summary).await;
    let (dashboard, values) = pairs(scorecard["links"]["dashboard"].as_str().unwrap());
    assert_eq!(
        dashboard.origin().ascii_serialization(),
        "https://dash.example"
    );
    assert_eq!(
        dashboard.path_segments().unwrap().count(),
        1,
        "the name is one segment: {dashboard}"
    );
    assert_eq!(values["t"], "1768381200000-1768384800000");
    assert_eq!(values["run"], summary["id"].as_str().unwrap());
    let (_, values) = pairs(scorecard["evidence"][0]["explore"].as_str().unwrap());
    let panes: Value = serde_json::from_str(&values["panes"]).unwrap();
    let query = &panes["canary"]["queries"][0];
    assert_eq!(
        query["datasource"],
        json!({"type": "acme-store", "uid": "M"})
    );
    assert!(query["statement"].as_str().unwrap().starts_with("up{job="));

    // Too long to be of use is no link at all.
    let mut request = request();
    request["canary"]["scope"] = format!("evil.example{}", "<".repeat(6_000)).into();
    let summary = service.analyse(&request).await;
    let scorecard = service.scorecard(&summary).await;
    assert_eq!(scorecard["links"]["report"], summary["reportUrl"]);
    assert_eq!(scorecard["links"].get("dashboard"), None);
    assert_eq!(scorecard["evidence"][0].get("explore"), None);
}

#[tokio::test]
async fn without_a_grafana_there_is_no_link_to_one() {
    let service = Service::simulated();
    let summary = service
        .analyse(&crate::support::simulated_request("healthy"))
        .await;
    let scorecard = service.scorecard(&summary).await;
    assert_eq!(scorecard["links"], json!({"report": summary["reportUrl"]}));
    assert!(!scorecard.to_string().contains("explore"));
}

#[test]
fn the_examples_of_the_documentation_can_be_used() {
    let text = std::fs::read_to_string("docs/grafana.md").unwrap();
    let blocks = text.split("```yaml\n").skip(1);
    let all: String = blocks
        .map(|rest| rest.split_once("```").unwrap().0)
        .collect();
    let file = tempfile::NamedTempFile::with_suffix(".yaml").unwrap();
    std::fs::write(file.path(), all).unwrap();
    let settings = serinus::settings::Settings::load(Some(file.path())).unwrap();
    assert_eq!(settings.grafana.unwrap().datasources.len(), 2);
    assert_eq!(settings.callbacks.every_run.len(), 1);
}
