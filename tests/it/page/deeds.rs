//! What people do on the pages: cancel a run, decide about a rollout. Nobody else does it in their name.

use reqwest::{Client, Response, StatusCode, redirect::Policy};
use serde_json::Value;

use super::Seeded;
use crate::support::Service;

/// Sends a form as a browser does, from a page of this origin.
async fn submit(service: &Service, path: &str, origin: &str, fields: &[(&str, &str)]) -> Response {
    let client = Client::builder().redirect(Policy::none()).build().unwrap();
    let request = client.post(format!("{}{path}", service.url));
    request
        .header("accept", "text/html")
        .header("origin", origin)
        .form(fields)
        .send()
        .await
        .unwrap()
}

fn location(response: &Response) -> &str {
    response.headers()["location"].to_str().unwrap()
}

async fn json(service: &Service, path: &str) -> Value {
    service.get(path).await.json().await.unwrap()
}

#[tokio::test]
async fn a_run_is_cancelled_from_its_page() {
    let seeded = Seeded::start().await;
    let (service, id) = (&seeded.service, &seeded.queued);
    let run = format!("/ui/analyses/{id}");
    let page = service.get(&run).await.text().await.unwrap();
    assert!(page.contains(&format!("href=\"{run}/cancel\"")), "{page}");
    let asked = service.get(&format!("{run}/cancel")).await;
    let asked = asked.text().await.unwrap();
    let form = format!("<form class=\"deed\" method=\"post\" action=\"{run}/cancel\">");
    assert!(asked.contains(&form), "{asked}");

    let done = submit(service, &format!("{run}/cancel"), &service.url, &[]).await;
    assert_eq!(
        (done.status(), location(&done)),
        (StatusCode::SEE_OTHER, run.as_str())
    );
    let summary = json(service, &format!("/api/v1/analyses/{id}")).await;
    assert_eq!(summary["state"], "cancelled");
    // What has ended offers nothing to cancel.
    let page = service.get(&run).await.text().await.unwrap();
    assert!(!page.contains("/cancel"), "{page}");
    let unknown = submit(service, "/ui/analyses/x/cancel", &service.url, &[]).await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn pages_of_other_sites_change_nothing() {
    let seeded = Seeded::start().await;
    let (service, id) = (&seeded.service, &seeded.queued);
    let host = service.url.strip_prefix("http://").unwrap();
    for path in [
        format!("/ui/analyses/{id}/cancel"),
        format!("/api/v1/analyses/{id}/cancel"),
        format!("/ui/rollouts/{}/decisions", seeded.rollout_held),
        "/api/v1/analyses".to_owned(),
    ] {
        for origin in [
            "https://elsewhere.example",
            "null",
            &format!("https://{host}.elsewhere.example"),
        ] {
            let refused = submit(service, &path, origin, &[]).await;
            assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{path} {origin}");
        }
        let client = Client::new();
        for site in ["cross-site", "same-site"] {
            let request = client.post(format!("{}{path}", service.url));
            let refused = request.header("sec-fetch-site", site).send().await.unwrap();
            assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{path} {site}");
            let problem: Value = refused.json().await.unwrap();
            assert_eq!(problem["code"], "other-site");
        }
    }
    let summary = json(service, &format!("/api/v1/analyses/{id}")).await;
    assert_eq!(summary["state"], "queued");
    // Programs do not say where they come from; and looking harms nobody.
    let link = Client::new().get(format!("{}/ui", service.url));
    let link = link.header("sec-fetch-site", "cross-site").send().await;
    assert_eq!(link.unwrap().status(), StatusCode::OK);
    let cancelled = service
        .post(&format!("/api/v1/analyses/{id}/cancel"), &Value::Null)
        .await;
    assert_eq!(cancelled.status(), StatusCode::OK);
}

#[tokio::test]
async fn behind_a_proxy_the_public_address_is_the_own_one() {
    let service = Service::start(
        "{simulator: {enabled: true}, http: {publicUrl: \"https://ci.example.com/canary\"}}",
    );
    let gone = "/ui/analyses/x/cancel";
    for (origin, status) in [
        ("https://ci.example.com", StatusCode::NOT_FOUND),
        ("http://ci.example.com", StatusCode::FORBIDDEN),
    ] {
        let answer = submit(&service, gone, origin, &[]).await;
        assert_eq!(answer.status(), status, "{origin}");
    }
}

#[tokio::test]
async fn a_rollout_is_decided_from_its_page() {
    let seeded = Seeded::start().await;
    let (service, id) = (&seeded.service, &seeded.rollout_held);
    let page = format!("/ui/rollouts/{id}");
    let path = format!("{page}/decisions");
    let who = "<b>Ana</b>";
    let opened = service.get(&page).await.text().await.unwrap();
    let hidden = "<input type=\"hidden\" name=\"stage\" value=\"1\">";
    assert!(opened.contains(hidden), "{opened}");
    let deed = |action, stage, by, reason| {
        [
            ("action", action),
            ("stage", stage),
            ("by", by),
            ("reason", reason),
        ]
    };
    let long = "x".repeat(1001);
    for (fields, status) in [
        (
            &[("action", "promote"), ("by", "Ana"), ("reason", "x")][..],
            400,
        ),
        (&deed("deploy", "1", "Ana", "x"), 400),
        (&deed("promote", "1", "Ana", " "), 422),
        (&deed("promote", "1", "Ana", &long), 422),
        // A page that was opened when the rollout stood elsewhere.
        (&deed("promote", "2", "Ana", "x"), 409),
        (&deed("promote", "1", who, "load & all are fine"), 303),
        (
            &deed("promote", "1", "Ben", "it is still on my screen"),
            409,
        ),
    ] {
        let answer = submit(service, &path, &service.url, fields).await;
        assert_eq!(answer.status(), status, "{fields:?}");
    }
    let told = json(service, &format!("/api/v1/rollouts/{id}")).await;
    assert_eq!(
        (&told["state"], &told["stage"]),
        (&"shifting".into(), &2.into())
    );
    let shown = service.get(&page).await.text().await.unwrap();
    for said in [
        "<bdi>&lt;b&gt;Ana&lt;/b&gt;</bdi></strong> decided to <strong>promote</strong>: <bdi>load &amp; all are fine</bdi>",
        "> shifting</span>",
    ] {
        assert!(shown.contains(said), "{said}: {shown}");
    }

    let back = deed("rollback", "1", "Ben", "too late today");
    let answer = submit(service, &path, &service.url, &back).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let shown = service.get(&page).await.text().await.unwrap();
    assert!(shown.contains("> rolled back</span>"), "{shown}");
    // Nothing is left to decide.
    assert!(!shown.contains("<form class=\"deed\""), "{shown}");
    // Sent twice, it is one decision; another one comes too late.
    let twice = submit(service, &path, &service.url, &back).await;
    assert_eq!(twice.status(), StatusCode::SEE_OTHER);
    let late = deed("hold", "1", "Ben", "too late today");
    let late = submit(service, &path, &service.url, &late).await;
    assert_eq!(late.status(), StatusCode::CONFLICT);
}
