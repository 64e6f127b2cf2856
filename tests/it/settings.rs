//! Settings: layers, and mistakes that are told before anything listens.

use std::process::{Command, Output};

use serde_json::Value;

use crate::support::{SERINUS, Service};

/// Tries to serve with these settings and variables; for settings that cannot work.
fn serve(settings: &str, variables: &[(&str, &str)]) -> Output {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("serinus.yaml");
    std::fs::write(&file, settings).unwrap();
    Command::new(SERINUS)
        .args(["serve", "--listen", "127.0.0.1:0", "--config"])
        .arg(&file)
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

#[test]
fn what_cannot_work_is_told_in_one_line_with_exit_code_2() {
    let broken = tempfile::tempdir().unwrap();
    std::fs::write(
        broken.path().join("broken.yaml"),
        "apiVersion: serinus/v1\nname: x\nmetrics: []\n",
    )
    .unwrap();
    let directory = format!("configs: {{directory: \"{}\"}}", broken.path().display());
    let secret = "accounts: {p: {type: prometheus, url: 'http://127.0.0.1:1', auth: {type: bearer, token: {env: NOT_SET_ANYWHERE}}}}";
    type Variables = &'static [(&'static str, &'static str)];
    let table: [(&str, Variables, &str); 13] = [
        ("httpp: {}", &[], "httpp"),
        ("http: {listen: nonsense}", &[], "listen"),
        ("runs: {keep: 0}", &[], "runs.keep: 1 to"),
        ("{}", &[("SERINUS__RUNS__ATTEMPTS", "0")], "runs.attempts"),
        ("{}", &[("SERINUS__RUNS__ATEMPTS", "3")], "atempts"),
        ("accounts: {p: {type: promehteus}}", &[], "promehteus"),
        (secret, &[], "NOT_SET_ANYWHERE"),
        (&directory, &[], "broken.yaml"),
        (
            "grafana: {url: 'https://me:pw@grafana.example'}",
            &[],
            "without a user name",
        ),
        (
            "grafana: {url: 'https://g.example', datasources: {p: {uid: x, type: acme}}}",
            &[],
            "queryKey",
        ),
        (
            "grafana: {url: 'https://g.example', dashboard: {urlTemplate: 'https://g.example/${nonsense}'}}",
            &[],
            "either `uid`",
        ),
        ("grafana: {datasources: {}}", &[], "url"),
        (
            "callbacks: {everyRun: [{receiver: nobody}]}",
            &[],
            "callbacks.everyRun/0/receiver",
        ),
    ];
    for (settings, variables, word) in table {
        let output = serve(settings, variables);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{settings}: {stderr}");
        assert!(stderr.contains(word), "{settings}: {stderr}");
        assert!(stderr.starts_with("error: "), "{stderr}");
    }
    let missing = Command::new(SERINUS)
        .args(["serve", "--config", "/nowhere/serinus.yaml"])
        .output()
        .unwrap();
    assert_eq!(missing.status.code(), Some(2));
}

#[test]
fn environment_variables_override_the_file() {
    // A value that is out of range tells that the variable reached its setting.
    for (variable, key) in [
        ("SERINUS__RUNS__IN_FLIGHT", "runs.inFlight"),
        ("SERINUS__RUNS__KEEP", "runs.keep"),
        ("SERINUS__RUNS__ATTEMPTS", "runs.attempts"),
    ] {
        let output = serve(
            "runs: {keep: 10, inFlight: 10, attempts: 2}",
            &[(variable, "0")],
        );
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr.contains(key), "{variable}: {stderr}");
    }
    for (variable, key) in [
        ("SERINUS__RUNS__FETCH_DEADLINE", "runs.fetchDeadline"),
        ("SERINUS__RUNS__HORIZON", "runs.horizon"),
        ("SERINUS__HTTP__GRACE", "http.grace"),
    ] {
        let output = serve("{}", &[(variable, "2562047788015215h")]);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains(key), "{variable}: {stderr}");
    }
}

#[test]
fn accounts_are_only_at_allowed_hosts() {
    let prometheus = |url: &str| format!("{{type: prometheus, url: '{url}'}}");
    let datadog =
        "{type: datadog, site: datadoghq.eu, apiKey: {env: PATH}, applicationKey: {env: PATH}}";
    for (hosts, account, wrong) in [
        (
            "[a.example]",
            prometheus("http://b.example:9090"),
            "b.example",
        ),
        ("[]", prometheus("http://b.example"), "b.example"),
        ("['*.example']", prometheus("http://example"), "example"),
        ("[datadoghq.eu]", datadog.to_owned(), "api.datadoghq.eu"),
        (
            "['http://a.example']",
            prometheus("http://a.example"),
            "http://a.example",
        ),
    ] {
        let settings = format!("{{accountHosts: {hosts}, accounts: {{there: {account}}}}}");
        let output = serve(&settings, &[]);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{settings}: {stderr}");
        assert!(stderr.contains(wrong), "{settings}: {stderr}");
    }
    let directory = tempfile::tempdir().unwrap();
    let accounts = format!(
        "{{p: {}, d: {datadog}, f: {{type: file, directory: '{}'}}}}",
        prometheus("http://A.example:9090"),
        directory.path().display()
    );
    Service::start(&format!(
        "{{accountHosts: [a.example, '*.datadoghq.eu'], accounts: {accounts}}}"
    ));
}

#[test]
fn an_address_in_use_is_infrastructure() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = Command::new(SERINUS)
        .args(["serve", "--listen", &address])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(5));
    assert!(String::from_utf8(output.stderr).unwrap().contains(&address));
}

#[tokio::test]
async fn configs_of_a_directory_stand_beside_the_ready_made_ones() {
    let directory = tempfile::tempdir().unwrap();
    let own =
        include_str!("../../judge-configs/simulated.yaml").replace("name: simulated", "name: own");
    std::fs::write(directory.path().join("own.yaml"), own).unwrap();
    let service = Service::start(&format!(
        "configs: {{directory: \"{}\"}}",
        directory.path().display()
    ));
    let listed: Value = service.get("/api/v1/configs").await.json().await.unwrap();
    let listed = listed["configs"].as_array().unwrap();
    let of = |origin: &str| -> Vec<&Value> {
        let found = listed.iter().filter(|config| config["origin"] == origin);
        found.collect()
    };
    let [own] = of("directory")[..] else {
        panic!("{listed:#?}");
    };
    assert_eq!(own["name"], "own");
    assert!(
        of("ready-made")
            .iter()
            .any(|config| config["name"] == "web-service")
    );

    let response = service.get("/api/v1/configs/own").await;
    let tag = response.headers()["etag"].to_str().unwrap().to_owned();
    let config: Value = response.json().await.unwrap();
    assert_eq!(config["name"], "own");
    assert_eq!(tag, format!("\"{}\"", own["digest"].as_str().unwrap()));
}

#[tokio::test]
async fn accounts_are_listed_without_their_secrets() {
    let service = Service::start(
        "accounts: {prod-Prom: {type: prometheus, url: 'http://127.0.0.1:1', \
         auth: {type: bearer, token: {env: PATH}}}}",
    );
    let accounts = service.get("/api/v1/accounts").await.text().await.unwrap();
    assert_eq!(
        accounts,
        r#"{"accounts":[{"name":"prod-Prom","type":"prometheus","consecutiveFailures":0,"failure":""}]}"#
    );
}
