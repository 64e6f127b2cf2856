//! The list of runs: filters, paging, nothing to show.

use serde_json::json;

use super::{Seeded, ahead, id, named};
use crate::support::Service;

async fn html(service: &Service, path: &str) -> String {
    let response = service.get(path).await;
    assert!(response.status().is_success(), "{path}");
    response.text().await.unwrap()
}

/// The runs on a page, in its order.
fn runs(html: &str) -> Vec<&str> {
    html.split("href=\"/ui/analyses/")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

#[tokio::test]
async fn filters_leave_out_what_does_not_match() {
    let seeded = Seeded::start().await;
    let service = &seeded.service;
    assert_eq!(runs(&html(service, "/ui").await).len(), 14);
    for (query, expected) in [
        ("verdict=fail&application=checkout", vec![&seeded.failed]),
        (
            "verdict=pass&config=simulated",
            vec![&seeded.watched, &seeded.passed],
        ),
        ("verdict=inconclusive", vec![&seeded.inconclusive]),
        ("verdict=pending", vec![&seeded.running, &seeded.queued]),
        ("verdict=error", vec![&seeded.broken]),
        ("verdict=cancelled", vec![&seeded.cancelled]),
        ("config=inline&verdict=error", vec![&seeded.broken]),
        (
            "application=checkout&from=2026-01-01T00:00",
            vec![&seeded.failed],
        ),
        ("application=checkout&until=2026-01-01T00:00", vec![]),
        (
            "application=checkout&config=&verdict=&since=1h",
            vec![&seeded.failed],
        ),
        ("application=nobody", vec![]),
    ] {
        let page = html(service, &format!("/ui?{query}")).await;
        assert_eq!(runs(&page), expected, "{query}");
        assert_eq!(
            page.contains("No run matches."),
            expected.is_empty(),
            "{query}"
        );
    }
}

#[tokio::test]
async fn pages_follow_each_other_and_keep_the_filter() {
    let service = Service::simulated();
    let empty = html(&service, "/ui").await;
    assert!(empty.contains("No canary has been analysed yet."));
    let later = ahead();
    for _ in 0..30 {
        service.post("/api/v1/analyses", &later).await;
    }
    service.analyse(&named("healthy", "other")).await;
    let mut seen = Vec::new();
    let mut path = "/ui?application=later&verdict=pending".to_owned();
    loop {
        let page = html(&service, &path).await;
        seen.extend(runs(&page).into_iter().map(ToOwned::to_owned));
        let older = page.split("rel=\"next\" href=\"").nth(1);
        let Some(next) = older.and_then(|rest| rest.split('"').next()) else {
            break;
        };
        path = next.replace("&amp;", "&");
    }
    let ids = service
        .get("/api/v1/analyses?application=later&limit=200")
        .await;
    let ids: serde_json::Value = ids.json().await.unwrap();
    let ids: Vec<_> = ids["analyses"].as_array().unwrap().iter().map(id).collect();
    assert_eq!(seen, ids);
    assert_eq!(seen.len(), 30);
    assert_eq!(json!(seen.first()), json!(ids.first()));
}
