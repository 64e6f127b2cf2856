//! A Redis behind TLS and a password.

use std::{fs, path::Path};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::{Value, json};

use crate::support::{Service, redis::Redis, simulated_request};

const PASSWORD: &str = "s3cr3t-redis-pass";

fn write_certificates(folder: &Path) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    fs::write(folder.join("ca.pem"), authority.pem()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    fs::write(folder.join("server.pem"), certificate.pem()).unwrap();
    fs::write(folder.join("server.key"), key.serialize_pem()).unwrap();
}

/// What the service answers to a request for a run, and what it logs.
async fn asked(url: &str, password: &str, authority: Option<&Path>) -> (Value, String) {
    let settings = format!(
        "simulator: {{enabled: true}}\n\
         state: {{redis: {{url: \"{url}\", password: {{env: REDIS_PASSWORD}}}}}}"
    );
    // Only so that the service is not told to keep runs in memory: the same as in the settings.
    let mut variables = vec![
        ("SERINUS__STATE__REDIS__URL", url),
        ("REDIS_PASSWORD", password),
    ];
    let authority = authority.map(|path| path.to_str().unwrap());
    variables.extend(authority.map(|path| ("SSL_CERT_FILE", path)));
    let service = Service::start_with(&settings, &variables);
    let request = simulated_request("healthy");
    let response = service.post("/api/v1/analyses?wait=30s", &request).await;
    let answer = response.json().await.unwrap();
    (answer, service.stop())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_and_a_password_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    write_certificates(folder.path());
    let redis = Redis::secured(folder.path(), PASSWORD);
    let url = redis.secured_url();
    let authority = folder.path().join("ca.pem");

    let (summary, log) = asked(&url, PASSWORD, Some(&authority)).await;
    assert_eq!(summary["verdict"], "pass", "{summary:#}");
    assert!(!log.contains(PASSWORD), "{log}");

    let (problem, log) = asked(&url, "wrong-pass", Some(&authority)).await;
    assert_eq!(problem["status"], json!(503), "{problem:#}");
    assert!(!log.contains("wrong-pass") && !problem.to_string().contains("wrong-pass"));
    let (problem, _) = asked(&url, PASSWORD, None).await;
    assert_eq!(problem["status"], json!(503), "{problem:#}");
    assert!(
        problem["detail"].as_str().unwrap().contains("certificate"),
        "{problem:#}"
    );
}
