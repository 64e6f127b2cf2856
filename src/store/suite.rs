//! What every store does, whatever it keeps its runs in.
#![expect(
    clippy::disallowed_methods,
    reason = "tests have no runner; they are the workers"
)]

use std::{cell::Cell, collections::BTreeSet, sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};

use super::{
    Body, Claim, Created, Document, DocumentKind, EmbeddedStore, Held, NewRun, Place, RedisStore,
    RequestKey, RunFilter, Store, StoreError, StoreLimits, Written, redis::TestServer,
};
use crate::{
    analysis::{
        Attempt, AttemptResult, ConfigIdentity, Decided, Delivery, DeliveryState, Event, Look,
        Origin, Progress, Run, RunId, RunKey, RunState, Scorecard, Tally,
    },
    canary_config::{CanaryConfig, ConfigLibrary},
};
use serinus_judge::{LookDecision, Verdict};

/// A lease that ends while a test waits.
const LEASE: Duration = Duration::from_millis(600);

pub(super) fn limits() -> StoreLimits {
    StoreLimits {
        keep: 100,
        keep_for: Duration::from_secs(3600),
        open: 50,
        lease: LEASE,
        per_application: 10,
        per_account: 10,
    }
}

/// Makes stores that know nothing of each other. What they need lives as long as it does.
type Open = Box<dyn Fn(StoreLimits) -> Arc<dyn Store>>;

fn memory() -> Open {
    Box::new(|limits| Arc::new(EmbeddedStore::open(Place::Memory, limits).unwrap()))
}

fn file() -> Open {
    let directory = tempfile::tempdir().unwrap();
    let stores = Cell::new(0);
    Box::new(move |limits| {
        stores.set(stores.get() + 1);
        let path = directory.path().join(format!("{}.redb", stores.get()));
        Arc::new(EmbeddedStore::open(Place::File(path), limits).unwrap())
    })
}

fn redis() -> Open {
    let server = TestServer::start();
    let stores = Cell::new(0);
    Box::new(move |limits| {
        stores.set(stores.get() + 1);
        let server = server.with_prefix(&format!("test{}", stores.get()));
        Arc::new(RedisStore::open(&server, limits).unwrap())
    })
}

/// A module with every test of the suite for each store.
macro_rules! suite {
    ([$($store:ident: $open:path),*], $tests:tt) => { $(suite!(@ $store, $open, $tests);)* };
    (@ $store:ident, $open:path, [$($test:ident),* $(,)?]) => {
        mod $store {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    super::$test(&$open()).await;
                }
            )*
        }
    };
}

suite!(
    [in_memory: super::memory, in_a_file: super::file, on_redis: super::redis],
    [
        a_run_is_created_claimed_and_ended_once,
        an_ended_run_never_changes,
        a_look_is_due_at_its_time_and_the_next_one_later,
        a_claim_that_is_not_renewed_is_lost_to_the_next,
        a_claim_that_is_given_back_is_due_at_once,
        cancelling_ends_a_claim,
        the_same_request_under_a_key_is_the_same_run,
        no_more_than_the_limit_are_open,
        applications_and_accounts_have_their_share,
        room_is_made_by_forgetting_ended_runs_only,
        lists_are_newest_first_filtered_and_paged,
        progress_is_told_while_a_look_is_carried_out,
        scorecards_are_kept_by_look,
        a_config_is_kept_as_long_as_a_run_needs_it,
        everyone_takes_another_look,
        of_two_changes_of_a_document_one_is_refused,
        what_a_run_tells_is_handed_out_until_it_is_delivered,
        a_delivery_that_is_not_noted_is_due_again,
        every_end_is_told_and_every_look_to_those_who_want_it,
        a_start_is_told_once_to_those_who_want_it,
        deliveries_are_forgotten_with_their_run,
    ]
);

fn config() -> Arc<CanaryConfig> {
    let library = ConfigLibrary::load(None).unwrap();
    library.get("simulated").unwrap().config.clone()
}

pub(super) fn new_run(application: &str, ready_at: Timestamp) -> NewRun {
    let request = format!(
        r#"{{"application": "{application}", "config": {{"name": "simulated"}}, "window": {{"lookback": "1h"}}}}"#
    );
    let now = Timestamp::now();
    let config = config();
    NewRun {
        run: Run {
            id: RunId::new(),
            created_at: now,
            request: Arc::new(serde_json::from_str(&request).unwrap()),
            config: ConfigIdentity {
                name: config.name.to_string(),
                digest: config.digest(),
            },
            origin: Origin::Native,
            key: None,
            deadline: now + SignedDuration::from_hours(1),
            accounts: vec!["prom".to_owned()],
            trace: None,
            looks: Vec::new(),
            state: RunState::Queued { ready_at },
            ended_at: None,
        },
        config,
        key: None,
    }
}

pub(super) fn due(application: &str) -> NewRun {
    new_run(application, Timestamp::now() - SignedDuration::from_secs(1))
}

pub(super) async fn create(store: &Arc<dyn Store>, new: NewRun) -> Arc<Run> {
    match store.create(new).await.unwrap() {
        Created::New(run) => run,
        found @ (Created::Before(_) | Created::KeyTaken(_)) => panic!("{found:?}"),
    }
}

pub(super) async fn claim(store: &Arc<dyn Store>) -> Claim {
    let claim = tokio::time::timeout(Duration::from_secs(10), store.claim());
    claim.await.expect("nothing was due").unwrap()
}

/// Whether nothing is due for a moment.
pub(super) async fn nothing_due(store: &Arc<dyn Store>) -> bool {
    let soon = tokio::time::timeout(Duration::from_millis(60), store.claim());
    soon.await.is_err()
}

fn looked(run: &Run, state: RunState) -> Run {
    let mut run = run.clone();
    run.looks.push(Look {
        number: run.next_look(),
        judged_at: Timestamp::now(),
        found: decided(),
        decision: LookDecision::Continue,
        unseen: Vec::new(),
        worse: None,
        record: None,
    });
    run.state = state;
    run
}

fn decided() -> Decided {
    Decided {
        verdict: Verdict::Pass,
        score: 100.0,
        scored: true,
        reason: "all is well".to_owned(),
        tally: Tally::default(),
    }
}

pub(super) fn ended(run: &Run) -> Run {
    looked(run, RunState::Succeeded(decided()))
}

fn everything() -> RunFilter {
    RunFilter {
        limit: 100,
        ..RunFilter::default()
    }
}

async fn a_run_is_created_claimed_and_ended_once(open: &Open) {
    let store = open(limits());
    let created = create(&store, due("shop")).await;
    assert_eq!(store.get(created.id).await.unwrap().unwrap(), created);
    assert_eq!(store.open().await.unwrap(), 1);
    let claim = claim(&store).await;
    assert_eq!((claim.run.id, claim.fence.run()), (created.id, created.id));
    assert_eq!(claim.config.unwrap().digest(), created.config.digest);
    assert!(nothing_due(&store).await);
    let run = ended(&claim.run);
    assert_eq!(
        store.commit(&claim.fence, run.clone(), None).await.unwrap(),
        Held::Yes
    );
    assert_eq!(*store.get(created.id).await.unwrap().unwrap(), run);
    assert_eq!(store.open().await.unwrap(), 0);
    // The claim ended with the commit.
    assert_eq!(store.renew(&claim.fence).await.unwrap(), Held::Lost);
    // A commit that is repeated because its answer was lost may be told that it is done, and changes nothing.
    let mut again = run.clone();
    again.state = RunState::Cancelled;
    store
        .commit(&claim.fence, again, None)
        .await
        .map(drop)
        .unwrap();
    assert_eq!(*store.get(created.id).await.unwrap().unwrap(), run);
    assert!(nothing_due(&store).await);
    assert_eq!(store.get(RunId::new()).await.unwrap(), None);
}

async fn an_ended_run_never_changes(open: &Open) {
    let store = open(limits());
    let created = create(&store, due("shop")).await;
    let cancelled = store.cancel(created.id).await.unwrap().unwrap();
    assert_eq!(cancelled.state, RunState::Cancelled);
    assert!(nothing_due(&store).await);
    let again = store.cancel(created.id).await.unwrap().unwrap();
    assert_eq!(again, cancelled);
    let other = create(&store, due("shop")).await;
    let claim = claim(&store).await;
    let run = ended(&claim.run);
    assert_eq!(
        store.commit(&claim.fence, run.clone(), None).await.unwrap(),
        Held::Yes
    );
    assert_eq!(*store.cancel(other.id).await.unwrap().unwrap(), run);
    assert_eq!(store.cancel(RunId::new()).await.unwrap(), None);
}

async fn a_look_is_due_at_its_time_and_the_next_one_later(open: &Open) {
    let store = open(limits());
    let at = Timestamp::now() + SignedDuration::from_secs(1);
    let created = create(&store, new_run("shop", at)).await;
    assert!(nothing_due(&store).await);
    let first = claim(&store).await;
    assert!(Timestamp::now() >= at, "taken before its time");
    assert_eq!(first.run.id, created.id);
    let next = Timestamp::now() + SignedDuration::from_secs(1);
    let waiting = looked(&first.run, RunState::Queued { ready_at: next });
    assert_eq!(
        store.commit(&first.fence, waiting, None).await.unwrap(),
        Held::Yes
    );
    assert!(nothing_due(&store).await);
    let second = claim(&store).await;
    assert!(Timestamp::now() >= next, "taken before its time");
    assert_eq!((second.run.looks.len(), second.run.next_look()), (1, 2));
    assert_ne!(first.fence, second.fence);
}

async fn a_claim_that_is_not_renewed_is_lost_to_the_next(open: &Open) {
    let store = open(limits());
    create(&store, due("shop")).await;
    let first = claim(&store).await;
    for _ in 0..4 {
        tokio::time::sleep(LEASE / 2).await;
        assert_eq!(store.renew(&first.fence).await.unwrap(), Held::Yes);
    }
    assert!(nothing_due(&store).await);
    let second = claim(&store).await;
    assert_eq!(first.run.id, second.run.id);
    // The first worker comes back from wherever it was.
    let late = ended(&first.run);
    assert_eq!(store.renew(&first.fence).await.unwrap(), Held::Lost);
    assert_eq!(
        store.commit(&first.fence, late, None).await.unwrap(),
        Held::Lost
    );
    assert_eq!(store.release(&first.fence).await.unwrap(), Held::Lost);
    assert!(
        !store
            .get(first.run.id)
            .await
            .unwrap()
            .unwrap()
            .state
            .is_final()
    );
    let run = ended(&second.run);
    assert_eq!(
        store.commit(&second.fence, run, None).await.unwrap(),
        Held::Yes
    );
}

async fn a_claim_that_is_given_back_is_due_at_once(open: &Open) {
    let store = open(limits());
    create(&store, due("shop")).await;
    let first = claim(&store).await;
    assert_eq!(store.release(&first.fence).await.unwrap(), Held::Yes);
    let second = claim(&store).await;
    assert_eq!(first.run, second.run);
    assert_eq!(store.renew(&first.fence).await.unwrap(), Held::Lost);
}

async fn cancelling_ends_a_claim(open: &Open) {
    let store = open(limits());
    let created = create(&store, due("shop")).await;
    let claim = claim(&store).await;
    let mut changes = store.changes();
    store.cancel(created.id).await.unwrap();
    tokio::time::timeout(Duration::from_secs(5), changes.of(created.id))
        .await
        .expect("the change is told");
    assert_eq!(store.renew(&claim.fence).await.unwrap(), Held::Lost);
    let run = ended(&claim.run);
    assert_eq!(
        store.commit(&claim.fence, run, None).await.unwrap(),
        Held::Lost
    );
    assert_eq!(
        store.get(created.id).await.unwrap().unwrap().state,
        RunState::Cancelled
    );
    tokio::time::sleep(LEASE * 2).await;
    assert!(nothing_due(&store).await);
}

async fn the_same_request_under_a_key_is_the_same_run(open: &Open) {
    let store = open(limits());
    let keyed = |name: &str, attempt, digest: &str| {
        let mut new = due("shop");
        let key = RunKey {
            name: name.to_owned(),
            attempt,
        };
        new.run.key = Some(key.clone());
        new.key = Some(RequestKey {
            key,
            digest: digest.to_owned(),
        });
        new
    };
    let first = create(&store, keyed("release 7/eu", 1, "a")).await;
    let again = store.create(keyed("release 7/eu", 1, "a")).await.unwrap();
    assert!(matches!(again, Created::Before(run) if run.id == first.id));
    let other = store.create(keyed("release 7/eu", 1, "b")).await.unwrap();
    assert!(matches!(other, Created::KeyTaken(run) if run.id == first.id));
    let anew = create(&store, keyed("release 7/eu", 2, "b")).await;
    assert_ne!(anew.id, first.id);
    let late = store.create(keyed("release 7/eu", 1, "a")).await.unwrap();
    assert!(matches!(late, Created::KeyTaken(run) if run.id == anew.id));
    assert_eq!(store.by_key("release 7/eu").await.unwrap(), Some(anew.id));
    assert_eq!(store.by_key("release 8").await.unwrap(), None);
    let mut theirs = keyed("release 7/eu", 3, "c");
    let mut request = theirs.run.request.as_ref().clone();
    request.application = "other".to_owned().try_into().unwrap();
    theirs.run.request = Arc::new(request);
    let theirs = store.create(theirs).await.unwrap();
    assert!(matches!(theirs, Created::KeyTaken(run) if run.id == anew.id));
    assert_eq!(store.by_key("release 7/eu").await.unwrap(), Some(anew.id));

    // Whoever asks at the same time gets one and the same run.
    let asked = (0..10).map(|_| {
        let (store, new) = (store.clone(), keyed("at once", 1, "a"));
        tokio::spawn(async move { store.create(new).await.unwrap() })
    });
    let mut ids = BTreeSet::new();
    let mut new = 0;
    for asked in asked.collect::<Vec<_>>() {
        match asked.await.unwrap() {
            Created::New(run) => {
                new += 1;
                ids.insert(run.id);
            }
            Created::Before(run) => {
                ids.insert(run.id);
            }
            Created::KeyTaken(run) => panic!("{run:?}"),
        }
    }
    assert_eq!((new, ids.len()), (1, 1));
}

async fn no_more_than_the_limit_are_open(open: &Open) {
    let store = open(StoreLimits {
        open: 2,
        ..limits()
    });
    let first = create(&store, due("a")).await;
    create(&store, due("b")).await;
    let full = store.create(due("c")).await.unwrap_err();
    assert_eq!(full, StoreError::Full { limit: 2 });
    store.cancel(first.id).await.unwrap();
    create(&store, due("c")).await;
}

async fn applications_and_accounts_have_their_share(open: &Open) {
    let store = open(StoreLimits {
        per_application: 1,
        per_account: 2,
        lease: Duration::from_secs(30),
        ..limits()
    });
    let waiting = create(&store, due("a")).await;
    create(&store, due("a")).await;
    let first = claim(&store).await;
    assert!(
        nothing_due(&store).await,
        "one look of an application at once"
    );
    create(&store, due("b")).await;
    let second = claim(&store).await;
    assert_eq!(second.run.application(), "b");
    create(&store, due("c")).await;
    assert!(nothing_due(&store).await, "two looks of an account at once");
    let run = ended(&first.run);
    assert_eq!(
        store.commit(&first.fence, run, None).await.unwrap(),
        Held::Yes
    );
    let third = claim(&store).await;
    assert_ne!(third.run.id, waiting.id);
    assert!(nothing_due(&store).await);
    assert_eq!(store.renew(&second.fence).await.unwrap(), Held::Yes);
}

async fn room_is_made_by_forgetting_ended_runs_only(open: &Open) {
    let store = open(StoreLimits {
        keep: 2,
        ..limits()
    });
    let first = create(&store, due("a")).await;
    let second = create(&store, due("b")).await;
    store.cancel(second.id).await.unwrap();
    let third = create(&store, due("c")).await;
    assert!(store.get(first.id).await.unwrap().is_some());
    assert!(store.get(second.id).await.unwrap().is_none());
    assert!(store.get(third.id).await.unwrap().is_some());
    assert!(nothing_forgotten_is_listed(&store).await);

    let store = open(StoreLimits {
        keep_for: Duration::from_millis(50),
        ..limits()
    });
    let old = create(&store, due("a")).await;
    let going_on = create(&store, due("b")).await;
    store.cancel(old.id).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    create(&store, due("c")).await;
    assert!(store.get(old.id).await.unwrap().is_none());
    assert!(store.get(going_on.id).await.unwrap().is_some());
}

async fn nothing_forgotten_is_listed(store: &Arc<dyn Store>) -> bool {
    let listed = store.list(&everything()).await.unwrap();
    for run in listed {
        if store.get(run.id).await.unwrap().is_none() {
            return false;
        }
    }
    true
}

async fn lists_are_newest_first_filtered_and_paged(open: &Open) {
    let store = open(limits());
    let began = Timestamp::now();
    for application in ["a", "b", "a"] {
        create(&store, due(application)).await;
        // Ids know milliseconds.
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    let all = store.list(&everything()).await.unwrap();
    assert!(all.windows(2).all(|pair| pair[0].id > pair[1].id));
    let count = async |filter: RunFilter| store.list(&filter).await.unwrap().len();
    let of_a = RunFilter {
        application: Some("a".to_owned()),
        ..everything()
    };
    assert_eq!(count(of_a.clone()).await, 2);
    assert_eq!(count(RunFilter { limit: 1, ..of_a }).await, 1);
    let of_config = |name: &str| RunFilter {
        config: Some(name.to_owned()),
        ..everything()
    };
    assert_eq!(count(of_config("simulated")).await, 3);
    assert_eq!(count(of_config("other")).await, 0);
    store.cancel(all[0].id).await.unwrap();
    let ended = |verdict: &str| RunFilter {
        verdict: Some(verdict.to_owned()),
        ..everything()
    };
    assert_eq!(count(ended("cancelled")).await, 1);
    assert_eq!(count(ended("pending")).await, 2);
    let older = RunFilter {
        before: Some(all[1].id),
        ..everything()
    };
    let rest = store.list(&older).await.unwrap();
    assert_eq!(
        rest.iter().map(|run| run.id).collect::<Vec<_>>(),
        [all[2].id]
    );
    let at = all[1].created_at;
    assert_eq!(
        count(RunFilter {
            until: Some(began),
            ..everything()
        })
        .await,
        0
    );
    assert_eq!(
        count(RunFilter {
            since: Some(began),
            ..everything()
        })
        .await,
        3
    );
    assert_eq!(
        count(RunFilter {
            since: Some(at),
            ..everything()
        })
        .await,
        2
    );
    assert_eq!(
        count(RunFilter {
            since: Some(at),
            until: Some(at),
            ..everything()
        })
        .await,
        0
    );
}

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

async fn of_two_changes_of_a_document_one_is_refused(open: &Open) {
    let store = open(limits());
    let body = |text: &str| Body::new(&text.to_owned()).unwrap();
    let (kind, name) = (DocumentKind::Config, "a b/c");
    let text = |document: Document| (document.version, document.read::<String>().unwrap());
    assert_eq!(store.document(kind, name).await.unwrap(), None);
    let written = store
        .write_document(kind, name, 1, body("x"))
        .await
        .unwrap();
    assert_eq!(written, Written::Conflict(0));
    let writers = ["one", "two"].map(|text| {
        let (store, body) = (store.clone(), body(text));
        tokio::spawn(async move { store.write_document(kind, name, 0, body).await.unwrap() })
    });
    let mut outcomes = Vec::new();
    for writer in writers {
        outcomes.push(writer.await.unwrap());
    }
    outcomes.sort_by_key(|written| matches!(written, Written::Conflict(_)));
    assert_eq!(outcomes, [Written::Done(1), Written::Conflict(1)]);
    assert_eq!(
        store
            .write_document(kind, name, 1, body("then"))
            .await
            .unwrap(),
        Written::Done(2)
    );
    let now = store.document(kind, name).await.unwrap().unwrap();
    assert_eq!(text(now), (2, "then".to_owned()));
    assert_eq!(
        store.write_document(kind, "b", 0, body("b")).await.unwrap(),
        Written::Done(1)
    );
    assert_eq!(
        store
            .write_document(DocumentKind::Rollout, "c", 0, body("c"))
            .await
            .unwrap(),
        Written::Done(1)
    );
    let all = store.documents(kind).await.unwrap();
    let all: Vec<_> = all
        .into_iter()
        .map(|(name, document)| (name, text(document)))
        .collect();
    assert_eq!(
        all,
        [
            (name.to_owned(), (2, "then".to_owned())),
            ("b".to_owned(), (1, "b".to_owned()))
        ]
    );
    assert_eq!(
        store.document_versions(kind).await.unwrap(),
        [(name.to_owned(), 2), ("b".to_owned(), 1)]
    );
    assert_eq!(
        store.remove_document(kind, name, 1).await.unwrap(),
        Written::Conflict(2)
    );
    assert_eq!(
        store.remove_document(kind, name, 2).await.unwrap(),
        Written::Done(0)
    );
    assert_eq!(store.document(kind, name).await.unwrap(), None);
    assert_eq!(
        store.document_versions(kind).await.unwrap(),
        [("b".to_owned(), 1)]
    );
}

/// A due run whose callbacks are these, in JSON.
fn telling(application: &str, callbacks: &str) -> NewRun {
    let mut new = due(application);
    let mut request = new.run.request.as_ref().clone();
    request.callbacks = serde_json::from_str(callbacks).unwrap();
    new.run.request = Arc::new(request);
    new
}

const BOT: &str = r#"[{"receiver": "bot"}]"#;

/// Longer than a test.
const LONG: Duration = Duration::from_secs(60);

async fn delivery(store: &Arc<dyn Store>, hold: Duration) -> Delivery {
    let due = tokio::time::timeout(Duration::from_secs(10), store.claim_delivery(hold));
    let due = due.await.expect("nothing was to be delivered").unwrap();
    assert_eq!(due.run.id, due.delivery.run);
    due.delivery
}

async fn nothing_to_deliver(store: &Arc<dyn Store>) -> bool {
    let soon = tokio::time::timeout(Duration::from_millis(60), store.claim_delivery(LONG));
    soon.await.is_err()
}

fn attempted(delivery: &Delivery, state: DeliveryState) -> Delivery {
    let mut delivery = delivery.clone();
    delivery.attempts.push(Attempt {
        at: Timestamp::now(),
        took: SignedDuration::from_millis(7),
        result: AttemptResult::Answered(500),
    });
    delivery.state = state;
    delivery
}

async fn end(store: &Arc<dyn Store>) -> Arc<Run> {
    let claim = claim(store).await;
    let run = ended(&claim.run);
    let held = store.commit(&claim.fence, run.clone(), None).await.unwrap();
    assert_eq!(held, Held::Yes);
    Arc::new(run)
}

async fn what_a_run_tells_is_handed_out_until_it_is_delivered(open: &Open) {
    let store = open(limits());
    create(&store, telling("shop", BOT)).await;
    assert!(nothing_to_deliver(&store).await);
    let run = end(&store).await;
    let first = delivery(&store, LONG).await;
    assert_eq!(
        (first.run, first.event, first.to.to_string()),
        (run.id, Event::AnalysisEnded, "bot".to_owned())
    );
    assert!(nothing_to_deliver(&store).await, "it is taken");
    let again = Timestamp::now() + SignedDuration::from_millis(200);
    let waiting = attempted(&first, DeliveryState::Due(again));
    let held = store.note_attempt(waiting.clone()).await.unwrap();
    assert_eq!(held, Held::Yes);
    assert!(nothing_to_deliver(&store).await, "it is due later");
    let second = delivery(&store, LONG).await;
    assert!(Timestamp::now() >= again);
    assert_eq!(second, waiting);
    let done = attempted(&second, DeliveryState::Delivered);
    assert_eq!(store.note_attempt(done.clone()).await.unwrap(), Held::Yes);
    assert!(nothing_to_deliver(&store).await);
    let kept = store.deliveries(run.id).await.unwrap();
    assert_eq!(kept, std::slice::from_ref(&done));
    // What has ended stays as it is.
    let late = attempted(&done, DeliveryState::Due(Timestamp::now()));
    assert_eq!(store.note_attempt(late).await.unwrap(), Held::Lost);
    assert_eq!(store.deliveries(run.id).await.unwrap(), [done]);
}

async fn a_delivery_that_is_not_noted_is_due_again(open: &Open) {
    let store = open(limits());
    create(&store, telling("shop", BOT)).await;
    let run = end(&store).await;
    let first = delivery(&store, Duration::from_millis(200)).await;
    assert!(nothing_to_deliver(&store).await);
    let second = delivery(&store, LONG).await;
    assert_eq!(first, second);
    // Both attempted it: one of them is noted.
    let delivered = attempted(&second, DeliveryState::Delivered);
    let held = store.note_attempt(delivered.clone()).await.unwrap();
    assert_eq!(held, Held::Yes);
    let slower = attempted(&first, DeliveryState::GivenUp("too late".to_owned()));
    assert_eq!(store.note_attempt(slower).await.unwrap(), Held::Lost);
    assert_eq!(store.deliveries(run.id).await.unwrap(), [delivered]);
}

async fn every_end_is_told_and_every_look_to_those_who_want_it(open: &Open) {
    let store = open(limits());
    let both = r#"[{"receiver": "bot"}, {"url": "https://ci.example/hook", "events": ["look.ended", "analysis.ended"]}]"#;
    let cancelled = create(&store, telling("shop", both)).await;
    store.cancel(cancelled.id).await.unwrap();
    store.cancel(cancelled.id).await.unwrap();
    assert_eq!(store.deliveries(cancelled.id).await.unwrap().len(), 2);

    let watched = create(&store, telling("shop", both)).await;
    let claim = claim(&store).await;
    let now = Timestamp::now();
    let waiting = looked(&claim.run, RunState::Queued { ready_at: now });
    let held = store.commit(&claim.fence, waiting, None).await.unwrap();
    assert_eq!(held, Held::Yes);
    let told = |deliveries: Vec<Delivery>| -> Vec<_> {
        let told = deliveries.iter();
        told.map(|told| (told.to.to_string(), told.event)).collect()
    };
    let url = "https://ci.example".to_owned();
    let look = (url.clone(), Event::LookEnded(1));
    assert_eq!(
        told(store.deliveries(watched.id).await.unwrap()),
        std::slice::from_ref(&look)
    );
    end(&store).await;
    assert_eq!(
        told(store.deliveries(watched.id).await.unwrap()),
        [
            look,
            ("bot".to_owned(), Event::AnalysisEnded),
            (url, Event::AnalysisEnded)
        ]
    );
    let mut ids = BTreeSet::new();
    for _ in 0..5 {
        ids.insert(delivery(&store, LONG).await.id);
    }
    assert_eq!(ids.len(), 5);
    assert!(nothing_to_deliver(&store).await);
}

async fn a_start_is_told_once_to_those_who_want_it(open: &Open) {
    let store = open(limits());
    let callbacks = r#"[{"receiver": "bot", "events": ["analysis.started"], "verdicts": ["fail"]}, {"receiver": "other"}]"#;
    let mut new = telling("shop", callbacks);
    let key = RunKey {
        name: "release 7".to_owned(),
        attempt: 1,
    };
    new.run.key = Some(key.clone());
    new.key = Some(RequestKey {
        key,
        digest: "a".to_owned(),
    });
    let run = create(&store, new.clone()).await;
    let told = delivery(&store, LONG).await;
    assert_eq!(
        (told.run, told.event, told.to.to_string()),
        (run.id, Event::AnalysisStarted, "bot".to_owned())
    );
    // The run that the key stands for has started already.
    new.run.id = RunId::new();
    let found = store.create(new).await.unwrap();
    assert!(matches!(found, Created::Before(_)), "{found:?}");
    assert!(nothing_to_deliver(&store).await);
    assert_eq!(store.deliveries(run.id).await.unwrap(), [told]);
}

async fn deliveries_are_forgotten_with_their_run(open: &Open) {
    let store = open(StoreLimits {
        keep: 1,
        ..limits()
    });
    create(&store, telling("shop", BOT)).await;
    let run = end(&store).await;
    create(&store, new_run("shop", Timestamp::MAX)).await;
    assert_eq!(store.get(run.id).await.unwrap(), None);
    assert_eq!(store.deliveries(run.id).await.unwrap(), []);
    assert!(nothing_to_deliver(&store).await);
}
