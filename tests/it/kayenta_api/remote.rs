//! Configs of Kayenta's that name its judge elsewhere.

use std::process::Command;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, matchers::path};

use super::{Store, config, ended, get, request, send, settings, started, stored};
use crate::support::{SERINUS, Service};

fn elsewhere(name: &str) -> Value {
    let mut config = config(name, &[(40.0, true), (60.0, false)]);
    config["judge"] = json!({"name": "RemoteJudge-v1.0", "judgeConfigurations": {}});
    config
}

async fn visible(service: &Service) -> Vec<Value> {
    let (_, judges) = get(service, "/judges").await;
    let judges = judges.as_array().unwrap().iter();
    judges.map(|judge| judge["name"].clone()).collect()
}

#[tokio::test]
async fn the_judge_elsewhere_is_asked_where_there_is_one() {
    let store = MockServer::start().await;
    Mock::given(path("/api/v1/query_range"))
        .respond_with(Store)
        .mount(&store)
        .await;
    // Without one nobody else judges in its place.
    let without = Service::start(&settings(&store.uri()));
    let id = stored(&without, &elsewhere("mine")).await;
    let path = format!("/canary/{id}");
    let (status, answer) = send(&without, Method::POST, &path, &request()).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
    assert!(answer["message"].as_str().unwrap().contains("remote-judge"));
    let both = [json!("NetflixACAJudge-v1.0"), json!("Serinus-v1.0")];
    assert_eq!(visible(&without).await, both);

    let judge = Service::start("{}");
    let service = Service::start(&format!(
        "{}\nremoteJudges: {{remote-judge: {{url: \"{}\"}}}}",
        settings(&store.uri()),
        judge.url
    ));
    assert_eq!(visible(&service).await[2], "RemoteJudge-v1.0");
    let id = stored(&service, &elsewhere("mine")).await;
    let run = started(&service, &format!("/canary/{id}"), &request()).await;
    let run = ended(&service, &run).await;
    assert_eq!(run["status"], "succeeded", "{run:#}");
    let judged = &run["result"]["judgeResult"];
    assert_eq!(judged["judgeName"], "RemoteJudge-v1.0");
    assert_eq!(judged["results"][1]["classification"], "High", "{run:#}");
    assert_eq!(judged["score"]["classification"], "Fail");

    // Its record says that only a service can ask.
    let id = run["pipelineId"].as_str().unwrap();
    let record = service.get(&format!("/api/v1/analyses/{id}/record")).await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("record.json");
    std::fs::write(&file, record.text().await.unwrap()).unwrap();
    let again = |more: &[&str]| {
        let output = Command::new(SERINUS)
            .arg("judge")
            .arg("--record")
            .arg(&file)
            .args(more)
            .env_remove("GITHUB_ACTIONS")
            .output()
            .unwrap();
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let (code, said) = again(&[]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("remote judge"), "{said}");
    // Under another judge it can be judged by anybody.
    let mut local = elsewhere("mine");
    local["judge"]["name"] = json!("NetflixACAJudge-v1.0");
    let config = directory.path().join("local.json");
    std::fs::write(&config, local.to_string()).unwrap();
    let imported = Command::new(SERINUS)
        .args(["config", "import", "--account", "my-prom"])
        .arg(&config)
        .output()
        .unwrap();
    std::fs::write(&config, imported.stdout).unwrap();
    let (code, said) = again(&["--config", config.to_str().unwrap()]);
    assert_eq!(code, Some(1), "{said}");
}

#[test]
fn importing_says_what_has_to_be_set() {
    let directory = tempfile::tempdir().unwrap();
    let import = |name: &str, text: &str| {
        let file = directory.path().join(name);
        std::fs::write(&file, text).unwrap();
        let output = Command::new(SERINUS)
            .args(["config", "import"])
            .arg(&file)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0));
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (text(&output.stdout), text(&output.stderr))
    };
    let (native, told) = import("config.json", &elsewhere("mine").to_string());
    let native: Value = serde_saphyr::from_str(&native).unwrap();
    assert_eq!(
        native["judge"],
        json!({"remote": {"account": "remote-judge"}})
    );
    assert!(told.contains("`remoteJudges` as `remote-judge`"), "{told}");
    let (settings, _) = import(
        "kayenta.yml",
        "kayenta: {remote-judge: {enabled: true, endpoint: {baseUrl: 'http://judge:8080'}}}",
    );
    let settings: Value = serde_saphyr::from_str(&settings).unwrap();
    assert_eq!(
        settings["remoteJudges"],
        json!({"remote-judge": {"url": "http://judge:8080"}})
    );
}
