//! A real server behind TLS, client certificates and basic authentication.

use std::fs;
use std::path::Path;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
};
use serde_json::{Value, json};
use serinus_adapters::QueryError;

use crate::server::Server;
use crate::support::{connect, range, series};

const PASSWORD: &str = "s3cr3t-canary-pass";
/// bcrypt of the password with the lowest cost.
const PASSWORD_HASH: &str = "$2b$04$F4e3oNA7e9y1msAelfGs4eI9w/6kU7qezVRS0qYbhUZ1bJeLvvMf.";

/// An authority, a server certificate and a client certificate, as files.
fn write_certificates(folder: &Path) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    fs::write(folder.join("ca.pem"), authority.pem()).unwrap();
    for (name, purpose) in [
        ("server", ExtendedKeyUsagePurpose::ServerAuth),
        ("client", ExtendedKeyUsagePurpose::ClientAuth),
    ] {
        let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        params.extended_key_usages = vec![purpose];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &authority).unwrap();
        fs::write(folder.join(format!("{name}.pem")), certificate.pem()).unwrap();
        fs::write(folder.join(format!("{name}.key")), key.serialize_pem()).unwrap();
    }
}

fn start(folder: &Path) -> Server {
    let web = json!({
        "basic_auth_users": {"canary": PASSWORD_HASH},
        "tls_server_config": {
            "cert_file": folder.join("server.pem"),
            "key_file": folder.join("server.key"),
            "client_ca_file": folder.join("ca.pem"),
            "client_auth_type": "RequireAndVerifyClientCert",
        },
    });
    let path = folder.join("web.yml");
    fs::write(&path, web.to_string()).unwrap();
    Server::start("https", &[&format!("--web.config.file={}", path.display())])
}

#[tokio::test]
async fn certificates_and_passwords_open_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    write_certificates(path);
    fs::write(path.join("password"), format!("{PASSWORD}\n")).unwrap();
    fs::write(path.join("wrong"), "another-password").unwrap();
    let server = start(path);

    let auth = |file: &str| json!({"type": "basic", "username": "canary", "password": {"file": path.join(file)}});
    let tls = json!({"ca": path.join("ca.pem"), "certificate": path.join("client.pem"), "key": path.join("client.key")});
    let source = |auth: Value, tls: Value| {
        connect(json!({"type": "prometheus", "url": server.url, "auth": auth, "tls": tls}))
    };

    let allowed = source(auth("password"), tls.clone());
    allowed.check().await.unwrap();
    let answer = allowed.query(&range("sum(load)", 0, 15, 15)).await.unwrap();
    assert_eq!(answer.series, [series(&[], [(0, 1000.0), (15, 1002.0)])]);

    for wrong in [auth("wrong"), json!({"type": "none"})] {
        let error = source(wrong, tls.clone()).check().await.unwrap_err();
        assert!(
            matches!(error, QueryError::Unauthorized { .. }),
            "{error:?}"
        );
        assert!(error.to_string().contains("401 Unauthorized"), "{error}");
    }

    let no_certificate = source(auth("password"), json!({"ca": path.join("ca.pem")}));
    let error = no_certificate.check().await.unwrap_err();
    assert!(matches!(error, QueryError::Unavailable { .. }), "{error:?}");

    let no_trust = json!({"certificate": path.join("client.pem"), "key": path.join("client.key")});
    let error = source(auth("password"), no_trust)
        .check()
        .await
        .unwrap_err();
    assert!(matches!(error, QueryError::Unavailable { .. }), "{error:?}");
    assert!(error.to_string().contains("certificate"), "{error}");

    // A rotated password is used without connecting anew.
    fs::write(path.join("password"), "rotated-away").unwrap();
    let error = allowed.check().await.unwrap_err();
    assert!(
        matches!(error, QueryError::Unauthorized { .. }),
        "{error:?}"
    );
    fs::write(path.join("password"), PASSWORD).unwrap();
    allowed.check().await.unwrap();
}
