//! Where the pages lead: everywhere to something, also behind a proxy below a path; and how they travel.

use std::collections::{BTreeSet, VecDeque};

use reqwest::{Client, StatusCode};

use super::{Seeded, id, named};
use crate::support::Service;

/// The addresses a page leads to: links, and what it loads.
fn addresses(html: &str) -> Vec<String> {
    [" href=\"", " src=\""]
        .into_iter()
        .flat_map(|attribute| html.split(attribute).skip(1))
        .filter_map(|rest| rest.split('"').next())
        .map(|address| address.replace("&amp;", "&"))
        .filter(|address| {
            !address.is_empty() && !address.starts_with(['#']) && !address.starts_with("data:")
        })
        .collect()
}

/// Follows every link from the runs on; all lie below `base`, which a proxy takes away.
async fn follow(service: &Service, base: &str) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut next = VecDeque::from([format!("{base}/ui")]);
    while let Some(address) = next.pop_front() {
        if !seen.insert(address.clone()) {
            continue;
        }
        let path = address
            .strip_prefix(base)
            .unwrap_or_else(|| panic!("{address} is not below {base}"));
        assert!(path.starts_with('/'), "{address}");
        let response = service.get(path).await;
        assert!(
            response.status().is_success(),
            "{address}: {}",
            response.status()
        );
        let kind = response.headers().get("content-type");
        let is_page = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
        if is_page && path.starts_with("/ui") {
            let page = response.text().await.unwrap();
            // What a form is sent to is not followed, as it needs the form.
            for action in page.split(" action=\"").skip(1) {
                assert!(
                    action.starts_with(&format!("{base}/ui")),
                    "{address}: {action}"
                );
            }
            next.extend(addresses(&page));
        }
    }
    seen
}

#[tokio::test]
async fn two_runs_beside_each_other_are_named_alike_in_heading_and_title() {
    let service = Service::simulated();
    let one = id(&service.analyse(&named("healthy", "shop")).await);
    let same = id(&service.analyse(&named("healthy", "shop")).await);
    let other = id(&service.analyse(&named("healthy", "search")).await);
    for (beside, title) in [
        (&same, "Two runs of shop"),
        (&other, "A run of shop and one of search"),
    ] {
        let page = service
            .get(&format!("/ui/compare?a={one}&b={beside}"))
            .await;
        let page = page.text().await.unwrap();
        let head = page.split("</title>").next().unwrap();
        assert!(head.contains(&format!("<title>{title}")), "{head}");
    }
}

#[tokio::test]
async fn every_link_leads_to_something() {
    let seeded = Seeded::start().await;
    // A name can be written in several ways.
    let plain = |path: &str| {
        percent_encoding::percent_decode_str(path)
            .decode_utf8_lossy()
            .into_owned()
    };
    let seen: BTreeSet<String> = follow(&seeded.service, "")
        .await
        .iter()
        .map(|path| plain(path))
        .collect();
    for (name, path) in seeded.pages() {
        let elsewhere = ["nowhere", "report", "compare", "runs-none", "rollouts-none"];
        assert!(
            elsewhere.contains(&name) || seen.contains(&plain(&path)),
            "nothing leads to {name}, {path}"
        );
    }
}

#[tokio::test]
async fn behind_a_proxy_everything_lies_below_the_public_path() {
    let base = "/tools/canary";
    let service = Service::start(
        "{simulator: {enabled: true}, http: {publicUrl: \"https://ci.example.com/tools/canary/\"}}",
    );
    let run = service
        .analyse(&named("latency-regression", "checkout"))
        .await;
    assert_eq!(
        run["reportUrl"],
        format!(
            "https://ci.example.com/tools/canary/ui/analyses/{}",
            id(&run)
        )
    );
    let seen = follow(&service, base).await;
    assert!(
        seen.contains(&format!(
            "{base}/ui/analyses/{}/metrics/latency-p99",
            id(&run)
        )),
        "{seen:?}"
    );

    let client = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    for (path, to) in [("/", "/ui"), ("/docs", "/docs/")] {
        let request = client
            .get(format!("{}{path}", service.url))
            .header("accept", "text/html");
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["location"], format!("{base}{to}"));
    }
    let docs = service
        .get("/docs/swagger-initializer.js")
        .await
        .text()
        .await
        .unwrap();
    assert!(docs.contains("\"/tools/canary/openapi.json\""), "{docs}");
    let started = service.post("/api/v1/analyses", &super::ahead()).await;
    let location = started.headers()["location"].to_str().unwrap().to_owned();
    assert!(
        location.starts_with("/tools/canary/api/v1/analyses/"),
        "{location}"
    );
}

#[tokio::test]
async fn what_is_large_travels_compressed_and_events_at_once() {
    let seeded = Seeded::start().await;
    let client = Client::builder().gzip(false).build().unwrap();
    let get = async |path: &str, accepted: &str| {
        let request = client.get(format!("{}{path}", seeded.service.url));
        request
            .header("accept-encoding", accepted)
            .send()
            .await
            .unwrap()
    };
    for path in [
        format!("/ui/analyses/{}", seeded.failed),
        format!("/api/v1/analyses/{}/scorecard", seeded.failed),
    ] {
        let packed = get(&path, "gzip").await;
        assert_eq!(packed.headers()["content-encoding"], "gzip", "{path}");
        let plain = get(&path, "identity").await;
        assert!(!plain.headers().contains_key("content-encoding"), "{path}");
        let (packed, plain) = (packed.bytes().await.unwrap(), plain.bytes().await.unwrap());
        assert!(
            packed.len() * 2 < plain.len(),
            "{path}: {} of {}",
            packed.len(),
            plain.len()
        );
    }
    let mut events = get(
        &format!("/api/v1/analyses/{}/events", seeded.queued),
        "gzip",
    )
    .await;
    let first = events.chunk().await.unwrap().unwrap();
    assert!(first.starts_with(b"event: summary"), "{first:?}");
    // What cannot be given is a problem like every other.
    let refused = get("/ui", "br, identity;q=0").await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    assert_eq!(
        refused.headers()["content-type"],
        "application/problem+json"
    );
}
