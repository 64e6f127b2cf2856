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

/// A module with every one of these tests for each store.
macro_rules! suite {
    ($tests:tt) => {
        suite!(@ in_memory, memory, $tests);
        suite!(@ in_a_file, file, $tests);
        suite!(@ on_redis, redis, $tests);
    };
    (@ $store:ident, $open:ident, [$($test:ident),* $(,)?]) => {
        mod $store {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    super::$test(&super::$open()).await;
                }
            )*
        }
    };
}

mod claims;
mod deliveries;
mod documents;
mod kept;
mod keys;

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

pub(super) fn everything() -> RunFilter {
    RunFilter {
        limit: 100,
        ..RunFilter::default()
    }
}

async fn end(store: &Arc<dyn Store>) -> Arc<Run> {
    let claim = claim(store).await;
    let run = ended(&claim.run);
    let held = store.commit(&claim.fence, run.clone(), None).await.unwrap();
    assert_eq!(held, Held::Yes);
    Arc::new(run)
}
