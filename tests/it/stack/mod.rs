//! What `docker compose up` starts, without containers: scorecards appear, and the dashboard in Grafana has something to show.

mod compose;
mod dashboard;

use std::time::{Duration, Instant};

use serde_json::Value;

use self::{compose::Stack, dashboard::Sources};

async fn json(url: &str) -> Value {
    let response = reqwest::get(url).await.unwrap();
    assert_eq!(response.status(), 200, "{url}");
    response.json().await.unwrap()
}

/// The first run that decided something: one of a minute may see too little, and says so.
async fn first_decision(serinus: &str) -> Value {
    let started = Instant::now();
    loop {
        let list = json(&format!("{serinus}/api/v1/analyses")).await;
        let runs = list["analyses"].as_array().unwrap();
        // The newest comes first.
        let decided = |run: &&Value| run["scored"] == true && run["verdict"] != "inconclusive";
        if let Some(run) = runs.iter().rev().find(decided) {
            return run.clone();
        }
        assert!(started.elapsed() < Duration::from_secs(180), "{list:#}");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stack_shows_scorecards_and_its_dashboard_is_full() {
    let mut stack = Stack::up(&[("EVERY", "5")]).await;
    let mut started = stack.started();
    started.sort_unstable();
    assert_eq!(
        started,
        [
            "baseline",
            "canary",
            "pipeline",
            "prometheus",
            "redis",
            "serinus"
        ]
    );
    let (serinus, prometheus) = (stack.url("serinus", 8090), stack.url("prometheus", 9090));

    let run = first_decision(&serinus).await;
    assert_eq!(
        (&run["application"], &run["config"]),
        (&Value::from("shop"), &Value::from("web-service"))
    );
    // The canary of the stack is slower.
    assert_eq!(run["verdict"], "fail", "{run:#}");
    let page = run["reportUrl"].as_str().unwrap();
    assert!(page.starts_with(&serinus), "as published: {page}");
    let html = reqwest::get(page).await.unwrap().text().await.unwrap();
    let grafana = stack.url("grafana", 3000);
    assert!(
        html.contains(&format!("{grafana}/d/serinus?orgId=1")),
        "{html}"
    );
    let id = run["id"].as_str().unwrap();
    let scorecard = json(&format!("{serinus}/api/v1/analyses/{id}/scorecard")).await;
    let explore = scorecard["evidence"][0]["explore"].as_str().unwrap();
    assert!(
        explore.starts_with(&format!("{grafana}/explore?")),
        "{explore}"
    );

    let targets = json(&format!("{prometheus}/api/v1/targets?state=active")).await;
    for target in targets["data"]["activeTargets"].as_array().unwrap() {
        assert_eq!(target["health"], "up", "{target:#}");
    }
    let sources = Sources {
        serinus: &serinus,
        prometheus: &prometheus,
    };
    dashboard::is_full(&sources).await;
}

/// Grafana cannot run here, so what is mounted into it is checked by hand: every file is where it will look.
#[test]
fn what_grafana_is_given_fits_together() {
    let services: Value = serde_saphyr::from_str(&dashboard::read("docker-compose.yml")).unwrap();
    let grafana = &services["services"]["grafana"];
    let mounts: Vec<_> = grafana["volumes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|mount| mount.as_str().unwrap())
        .collect();
    assert!(mounts.contains(&"./deploy/grafana/provisioning:/etc/grafana/provisioning:ro"));
    assert!(mounts.contains(&"./deploy/grafana/dashboards:/etc/grafana/dashboards:ro"));
    let provider: Value = serde_saphyr::from_str(&dashboard::read(
        "deploy/grafana/provisioning/dashboards/serinus.yaml",
    ))
    .unwrap();
    assert_eq!(
        provider["providers"][0]["options"]["path"],
        "/etc/grafana/dashboards"
    );
    let sources = dashboard::read("deploy/grafana/provisioning/datasources/serinus.yaml");
    for variable in ["SERINUS_URL", "PROMETHEUS_URL"] {
        assert!(sources.contains(&format!("${{{variable}}}")));
        assert!(grafana["environment"][variable].is_string(), "{variable}");
    }
    // The links of the service lead to what is provisioned.
    let dashboard: Value =
        serde_json::from_str(&dashboard::read("deploy/grafana/dashboards/serinus.json")).unwrap();
    let settings: Value =
        serde_saphyr::from_str(&dashboard::read("deploy/stack/serinus.yaml")).unwrap();
    assert_eq!(settings["grafana"]["dashboard"]["uid"], dashboard["uid"]);
    let parsed: Value = serde_saphyr::from_str(&sources).unwrap();
    let uids: Vec<_> = parsed["datasources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|source| &source["uid"])
        .collect();
    assert!(uids.contains(&&settings["grafana"]["datasources"]["prometheus"]["uid"]));
    for variable in settings["grafana"]["dashboard"]["variables"]
        .as_object()
        .unwrap()
        .keys()
    {
        let list = dashboard["templating"]["list"].as_array().unwrap();
        assert!(
            list.iter().any(|known| known["name"] == *variable),
            "{variable}"
        );
    }
}
