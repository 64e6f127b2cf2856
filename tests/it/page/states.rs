//! What a run's page says in each state.

use super::Seeded;

async fn text(seeded: &Seeded, id: &str) -> String {
    let page = seeded.service.get(&format!("/ui/analyses/{id}")).await;
    page.text().await.unwrap()
}

#[tokio::test]
async fn a_page_says_what_came_out_why_and_what_to_do() {
    let seeded = Seeded::start().await;
    for (id, said) in [
        (
            &seeded.passed,
            [
                "> pass</span>",
                "What to do: <strong>promote</strong>",
                "score 100 reaches the pass threshold 90",
            ],
        ),
        (
            &seeded.failed,
            [
                "> fail</span>",
                "What to do: <strong>roll back</strong>",
                "latency-p99 is up 45.7 % (allowed 10 %)",
            ],
        ),
        (
            &seeded.inconclusive,
            [
                "> inconclusive</span>",
                "What to do: <strong>hold</strong>",
                "Undecided, and what would decide it",
            ],
        ),
        (
            &seeded.queued,
            [
                "> queued</span>",
                "What to do: <strong>wait</strong>",
                "http-equiv=\"refresh\"",
            ],
        ),
        (
            &seeded.running,
            [
                "> running</span>",
                "0 of 2 queries are answered",
                "http-equiv=\"refresh\"",
            ],
        ),
        (
            &seeded.watched,
            [
                "> pass</span>",
                "3 of 3 looks",
                "What to do: <strong>promote</strong>",
            ],
        ),
        (
            &seeded.cancelled,
            [
                "> cancelled</span>",
                "What to do: <strong>hold</strong>",
                "the run was cancelled",
            ],
        ),
        (
            &seeded.broken,
            [
                "> failed</span>",
                "What to do: <strong>hold</strong>",
                "Nothing was decided about this release",
            ],
        ),
    ] {
        let page = text(&seeded, id).await;
        for said in said {
            assert!(page.contains(said), "{said}: {page}");
        }
    }
}

#[tokio::test]
async fn what_the_groups_add_is_the_score() {
    let seeded = Seeded::start().await;
    let page = text(&seeded, &seeded.failed).await;
    let adds: Vec<f64> = page
        .split("<td class=\"n\">= ")
        .skip(1)
        .filter_map(|rest| rest.split('<').next()?.parse().ok())
        .collect();
    assert_eq!(format!("{adds:?}"), "[40.0, 0.0, 20.0]");
    assert!(page.contains("<strong>60</strong> of 100"));
    assert!(page.contains("Sum</th><td class=\"n\">60</td>"), "{page}");
}

#[tokio::test]
async fn a_metric_shows_its_queries_and_numbers() {
    let seeded = Seeded::start().await;
    let path = format!("/ui/analyses/{}/metrics/latency-p99", seeded.failed);
    let page = seeded.service.get(&path).await.text().await.unwrap();
    for said in [
        "latency_p99{scenario=&quot;latency-regression&quot;,role=&quot;baseline&quot;}",
        "+43.1 % to +48.3 %",
        "up to +10 %",
        "Smallest visible change",
        "both sides cover the same clock times",
        "data-copy=\"q-0-b-0\"",
        "rel=\"prev\"",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
}
