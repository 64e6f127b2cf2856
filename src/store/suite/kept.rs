//! What is kept with a run, and told of it.

use super::*;

suite!([
    progress_is_told_while_a_look_is_carried_out,
    scorecards_are_kept_by_look,
    a_config_is_kept_as_long_as_a_run_needs_it,
    everyone_takes_another_look,
]);

async fn progress_is_told_while_a_look_is_carried_out(open: &Open) {
    let store = open(limits());
    let created = create(&store, due("shop")).await;
    let claim = claim(&store).await;
    let mut changes = store.changes();
    let progress = Progress {
        answered: 3,
        queries: 8,
    };
    store.report(&claim.fence, progress).await.unwrap();
    tokio::time::timeout(Duration::from_secs(5), changes.of(created.id))
        .await
        .expect("the change is told");
    let now = store.get(created.id).await.unwrap().unwrap();
    assert_eq!(now.state, RunState::Running(progress));
    assert_eq!(store.release(&claim.fence).await.unwrap(), Held::Yes);
    let now = store.get(created.id).await.unwrap().unwrap();
    assert!(matches!(now.state, RunState::Queued { .. }));
}

async fn scorecards_are_kept_by_look(open: &Open) {
    let store = open(limits());
    let created = create(&store, due("shop")).await;
    let claim = claim(&store).await;
    let scorecard = Arc::new(scorecard());
    let run = ended(&claim.run);
    let held = store
        .commit(&claim.fence, run, Some(scorecard.clone()))
        .await;
    assert_eq!(held.unwrap(), Held::Yes);
    assert_eq!(
        store.scorecard(created.id, 1).await.unwrap(),
        Some(scorecard)
    );
    assert_eq!(store.scorecard(created.id, 2).await.unwrap(), None);
    assert_eq!(store.scorecard(RunId::new(), 1).await.unwrap(), None);
}

/// A scorecard with numbers that are hard to keep exactly.
fn scorecard() -> Scorecard {
    use crate::analysis::{JudgementRequest, judge_samples};
    let values: Vec<f64> = (0..60).map(|at| 0.1 + f64::from(at).sin() / 3.0).collect();
    let request = serde_json::json!({
        "config": {"inline": {
            "apiVersion": "serinus/v1", "name": "c", "defaults": {"account": "p"},
            "metrics": [{"name": "m", "groups": ["g"], "direction": "increase", "query": "q"}],
            "groups": {"g": 100}, "thresholds": {"pass": 90, "marginal": 75}}},
        "metrics": {"m": {
            "baseline": {"values": values, "start": "2026-01-01T00:00:00Z", "step": "60s"},
            "canary": {"values": values.iter().rev().collect::<Vec<_>>(), "start": "2026-01-01T00:00:00Z", "step": "60s"}}}
    });
    let request: JudgementRequest = serde_json::from_value(request).unwrap();
    judge_samples(&request, &ConfigLibrary::load(None).unwrap()).unwrap()
}

async fn a_config_is_kept_as_long_as_a_run_needs_it(open: &Open) {
    let store = open(StoreLimits {
        keep: 2,
        ..limits()
    });
    let mut changed = CanaryConfig::clone(&config());
    changed.description = "another one".to_owned();
    let changed = Arc::new(changed);
    let mut of_other = due("shop");
    of_other.run.config.digest = changed.digest();
    of_other.config = changed.clone();
    let before = config().digest();
    assert_ne!(before, changed.digest());
    assert_eq!(store.config(&before).await.unwrap(), None);

    // Two runs of one config, and one of the other.
    create(&store, due("shop")).await;
    end(&store).await;
    create(&store, due("shop")).await;
    end(&store).await;
    let kept = store.config(&before).await.unwrap();
    assert_eq!(kept, Some(config()));
    assert_eq!(store.config(&changed.digest()).await.unwrap(), None);
    create(&store, of_other).await;
    let claimed = claim(&store).await;
    assert_eq!(claimed.config.unwrap(), changed);
    let held = store
        .commit(&claimed.fence, ended(&claimed.run), None)
        .await;
    assert_eq!(held.unwrap(), Held::Yes);
    // The first of the two runs was forgotten, the second still needs it.
    assert_eq!(store.config(&before).await.unwrap(), Some(config()));
    assert_eq!(
        store.config(&changed.digest()).await.unwrap(),
        Some(changed.clone())
    );
    create(&store, new_run("shop", Timestamp::MAX)).await;
    create(&store, new_run("shop", Timestamp::MAX)).await;
    assert_eq!(store.config(&changed.digest()).await.unwrap(), None);
    assert_eq!(store.config(&before).await.unwrap(), Some(config()));
}

async fn everyone_takes_another_look(open: &Open) {
    let store = open(StoreLimits {
        open: 100,
        per_application: 100,
        per_account: 100,
        lease: Duration::from_secs(30),
        ..limits()
    });
    for _ in 0..40 {
        create(&store, due("shop")).await;
    }
    let workers = (0..8).map(|_| {
        let store = store.clone();
        tokio::spawn(async move {
            let mut taken = Vec::new();
            while let Ok(Ok(claim)) =
                tokio::time::timeout(Duration::from_millis(500), store.claim()).await
            {
                taken.push(claim.run.id);
                let run = ended(&claim.run);
                assert_eq!(
                    store.commit(&claim.fence, run, None).await.unwrap(),
                    Held::Yes
                );
            }
            taken
        })
    });
    let mut taken = Vec::new();
    for worker in workers.collect::<Vec<_>>() {
        taken.extend(worker.await.unwrap());
    }
    let different: BTreeSet<_> = taken.iter().collect();
    assert_eq!((taken.len(), different.len()), (40, 40));
}
