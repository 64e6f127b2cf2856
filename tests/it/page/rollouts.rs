//! The pages of rollouts, and the way between them and their runs.

use super::{HOSTILE, Seeded, encoded};
use crate::support::Service;

async fn html(service: &Service, path: &str) -> String {
    let response = service.get(path).await;
    assert!(response.status().is_success(), "{path}");
    response.text().await.unwrap()
}

/// The rollouts on a page, in its order.
fn rollouts(html: &str) -> Vec<&str> {
    html.split("href=\"/ui/rollouts/")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

#[tokio::test]
async fn all_rollouts_are_listed_newest_first_and_by_application() {
    let seeded = Seeded::start().await;
    let service = &seeded.service;
    let all = [
        &seeded.rollout_new,
        &seeded.rollout_held,
        &seeded.rollout_failed,
    ];
    for (query, expected) in [
        (String::new(), all.to_vec()),
        (
            "?application=payments".to_owned(),
            vec![&seeded.rollout_failed],
        ),
        (
            format!("?application={}", encoded(HOSTILE)),
            vec![&seeded.rollout_held],
        ),
        (format!("?before={}", seeded.rollout_new), all[1..].to_vec()),
        ("?application=nobody".to_owned(), vec![]),
    ] {
        let page = html(service, &format!("/ui/rollouts{query}")).await;
        assert_eq!(rollouts(&page), expected, "{query}");
    }
    let none = html(&Service::simulated(), "/ui/rollouts").await;
    assert!(none.contains("No rollout has been planned yet."), "{none}");
    let bad = service.get("/ui/rollouts?before=x").await;
    assert_eq!(bad.status(), 404);
}

#[tokio::test]
async fn a_rollout_shows_its_stages_with_what_was_found() {
    let seeded = Seeded::start().await;
    let service = &seeded.service;
    let failed = html(service, &format!("/ui/rollouts/{}", seeded.rollout_failed)).await;
    for said in [
        "> failed</span>",
        "What to do: <strong>roll back</strong>",
        "<strong>0 %</strong>",
        "latency-p50 is up 44",
        "Stage 1: 5 %</a>",
        "Stage 2: 25 %</a>",
        // The third stage has no run to lead to.
        "Stage 3: 50 %</th>",
        "up to 1.2 times the baseline",
        "after 1m of warm-up",
        "3 stages up to 50 % of the traffic; the rollout stands at stage 2",
        "was reported live since",
        "aria-current=\"step\"",
    ] {
        assert!(failed.contains(said), "{said}: {failed}");
    }
    let held = html(service, &format!("/ui/rollouts/{}", seeded.rollout_held)).await;
    assert!(
        held.contains("it passed, and a person has to approve."),
        "{held}"
    );
    assert!(held.contains("a person approves"), "{held}");
    let new = html(service, &format!("/ui/rollouts/{}", seeded.rollout_new)).await;
    assert!(
        new.contains("the pipeline has to shift the traffic and report the stage live"),
        "{new}"
    );
    // The pipeline is told to go on already.
    assert!(
        !new.contains("value=\"promote\"") && new.contains("value=\"rollback\""),
        "{new}"
    );
}

#[tokio::test]
async fn a_run_leads_to_the_rollout_whose_stage_it_judges() {
    let seeded = Seeded::start().await;
    let service = &seeded.service;
    let rollout = format!("/ui/rollouts/{}", seeded.rollout_failed);
    let page = html(service, &rollout).await;
    let runs: Vec<&str> = page
        .split("href=\"/ui/analyses/")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    let run = html(service, &format!("/ui/analyses/{}", runs[0])).await;
    assert!(run.contains(&format!("href=\"{rollout}\"")), "{run}");
    assert!(run.contains("Stage 1 of 3: 5 % of the traffic"), "{run}");

    // Nobody else gives a run the key of a stage.
    let claimed = format!("rollout {} stage 1", seeded.rollout_new);
    let request = super::named("healthy", "impostor");
    let client = reqwest::Client::new().post(format!("{}/api/v1/analyses", service.url));
    let answer = client.header("idempotency-key", claimed).json(&request);
    let answer = answer.send().await.unwrap();
    assert_eq!(answer.status(), reqwest::StatusCode::BAD_REQUEST);
}
