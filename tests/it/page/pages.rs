//! Pages as a client without a screen gets them: headers, forms, links, escaping.

use reqwest::{Response, StatusCode, header::HeaderMap};
use serde_json::json;

use super::{HOSTILE, Seeded, encoded};
use crate::support::Service;

/// What a browser accepts.
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

async fn get(service: &Service, path: &str, accept: &str) -> Response {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let request = client.get(format!("{}{path}", service.url));
    request.header("accept", accept).send().await.unwrap()
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn every_page_is_html_under_a_policy_that_lets_nothing_in() {
    let seeded = Seeded::start().await;
    for (name, path) in seeded.pages() {
        let response = get(&seeded.service, &path, BROWSER).await;
        let expected = if name == "nowhere" { 404 } else { 200 };
        assert_eq!(response.status(), expected, "{name}");
        let headers = response.headers().clone();
        assert_eq!(
            header(&headers, "content-type"),
            "text/html; charset=utf-8",
            "{name}"
        );
        assert_eq!(
            header(&headers, "x-content-type-options"),
            "nosniff",
            "{name}"
        );
        let policy = header(&headers, "content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; "),
            "{name}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{name}: {policy}");
        let html = response.text().await.unwrap();
        assert!(
            html.starts_with("<!DOCTYPE html><html lang=\"en\">"),
            "{name}"
        );
        // Inline style and script are what the policy of the linked pages refuses.
        let inline = html.contains(" style=") || html.contains(" onclick=");
        assert!(!inline, "{name}");
        for code in ["<script>alert", "</title></svg>{{", "<!-- .."] {
            assert!(!html.contains(code), "{name}: {code}");
        }
    }
}

#[tokio::test]
async fn hostile_names_have_their_own_pages_and_images() {
    let seeded = Seeded::start().await;
    let service = &seeded.service;
    let id = &seeded.hostile;
    for name in [HOSTILE, "a/b?c#d e", &"x".repeat(200)] {
        let name = encoded(name);
        let page = get(
            service,
            &format!("/ui/analyses/{id}/metrics/{name}"),
            BROWSER,
        )
        .await;
        assert_eq!(page.status(), StatusCode::OK, "{name}");
        let image = service
            .get(&format!("/api/v1/analyses/{id}/metrics/{name}.svg"))
            .await;
        assert_eq!(image.status(), StatusCode::OK, "{name}");
        let image = image.text().await.unwrap();
        // A document of its own must be XML that a strict reader takes.
        let mut reader = quick_xml::Reader::from_str(&image);
        while reader.read_event().unwrap() != quick_xml::events::Event::Eof {}
        assert!(!image.contains("<script"), "{image}");
    }
    // `..` as a segment of a path would be a step up; its page has another address.
    let run = get(service, &format!("/ui/analyses/{id}"), BROWSER)
        .await
        .text()
        .await
        .unwrap();
    let address = format!("/ui/analyses/{id}/metrics/..%00");
    assert!(run.contains(&format!("href=\"{address}\"")));
    assert_eq!(
        get(service, &address, BROWSER).await.status(),
        StatusCode::OK
    );
}

#[tokio::test]
async fn text_is_for_those_who_ask_for_it() {
    let seeded = Seeded::start().await;
    let (service, id) = (&seeded.service, &seeded.failed);
    let path = format!("/ui/analyses/{id}");
    for (path, accept, html) in [
        (&path, BROWSER, true),
        (&path, "*/*", true),
        (&path, "text/html;q=0.2, text/plain", false),
        (&path, "text/plain", false),
        (&format!("{path}.txt"), BROWSER, false),
    ] {
        let text = get(service, path, accept).await.text().await.unwrap();
        assert_eq!(text.starts_with("<!DOCTYPE"), html, "{path} {accept}");
        assert!(
            html || text.starts_with("FAIL  score 60 of 100: roll back"),
            "{text}"
        );
    }
    let waiting = get(
        service,
        &format!("/ui/analyses/{}", seeded.queued),
        "text/plain",
    )
    .await;
    assert!(waiting.text().await.unwrap().starts_with("later: waiting"));
}

#[tokio::test]
async fn errors_are_pages_for_browsers_and_problems_for_programs() {
    let service = Service::simulated();
    let page = get(&service, "/ui/analyses/x", BROWSER).await;
    assert_eq!(page.status(), StatusCode::NOT_FOUND);
    assert!(page.text().await.unwrap().contains("<h1>Not Found</h1>"));
    for path in [
        "/ui/analyses/x",
        "/ui?verdict=good",
        "/ui/compare",
        "/ui/configs/x",
        "/ui/x",
    ] {
        let problem = get(&service, path, "application/json").await;
        assert!(problem.status().is_client_error(), "{path}");
        assert_eq!(
            header(problem.headers(), "content-type"),
            "application/problem+json",
            "{path}"
        );
    }
    let garbage = get(&service, "/ui?from=garbage", BROWSER).await;
    assert_eq!(garbage.status(), StatusCode::BAD_REQUEST);
    let garbage = garbage.text().await.unwrap();
    assert!(
        garbage
            .contains("&quot;garbage&quot; is no time: write it in UTC, such as 2026-01-14T09:00"),
        "{garbage}"
    );
    let root = get(&service, "/", BROWSER).await;
    assert_eq!(
        (root.status(), header(root.headers(), "location")),
        (StatusCode::SEE_OTHER, "/ui")
    );
    assert_eq!(
        get(&service, "/", "*/*").await.status(),
        StatusCode::NOT_FOUND
    );
    let post = service.post("/ui", &json!({})).await;
    assert_eq!(post.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn style_and_script_are_kept_for_ever_under_their_hash() {
    let service = Service::simulated();
    let page = get(&service, "/ui", BROWSER).await.text().await.unwrap();
    let mut found = 0;
    for part in page
        .split('"')
        .filter(|part| part.starts_with("/ui/assets/"))
    {
        let response = service.get(part).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert!(
            header(response.headers(), "cache-control").contains("immutable"),
            "{part}"
        );
        found += 1;
    }
    assert_eq!(found, 2);
    let gone = service.get("/ui/assets/0000000000000000.css").await;
    assert_eq!(gone.status(), StatusCode::NOT_FOUND);
}
