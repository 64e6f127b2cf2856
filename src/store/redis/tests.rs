//! What only several replicas, or a Redis in need, can show.

use std::{sync::Arc, time::Duration};

use super::{RedisStore, TestServer};
use crate::store::{
    Body, DocumentKind, Held, Store, StoreError, StoreLimits, Written,
    suite::{claim, create, due, ended, everything, limits, nothing_due},
};

fn replica(server: &TestServer) -> Arc<dyn Store> {
    Arc::new(RedisStore::open(&server.with_prefix("shared"), limits()).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_share_runs_and_changes() {
    let server = TestServer::start();
    let (one, other) = (replica(&server), replica(&server));
    // Each has begun to listen once it has been answered.
    assert!(nothing_due(&one).await && nothing_due(&other).await);
    let mut changes = other.changes();
    let run = create(&one, due("shop")).await;
    let claimed = claim(&other).await;
    assert_eq!(claimed.run.id, run.id);
    assert!(nothing_due(&one).await);
    assert_eq!(other.renew(&claimed.fence).await.unwrap(), Held::Yes);
    let done = one.commit(&claimed.fence, ended(&claimed.run), None).await;
    assert_eq!(
        done.unwrap(),
        Held::Yes,
        "a fence is the run's, not a replica's"
    );
    tokio::time::timeout(Duration::from_secs(5), changes.of(run.id))
        .await
        .expect("a change is told to every replica");
    assert!(other.get(run.id).await.unwrap().unwrap().state.is_final());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_answer_was_lost_is_done() {
    let server = TestServer::start();
    let store = replica(&server);
    create(&store, due("shop")).await;
    let claimed = claim(&store).await;
    for _ in 0..2 {
        let done = store
            .commit(&claimed.fence, ended(&claimed.run), None)
            .await;
        assert_eq!(done.unwrap(), Held::Yes);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_is_full_says_so_and_has_changed_nothing() {
    let server = TestServer::start();
    let store = replica(&server);
    let run = create(&store, due("shop")).await;
    let claimed = claim(&store).await;
    server.limit_memory(1);
    let refused = store.create(due("shop")).await.unwrap_err();
    assert!(matches!(refused, StoreError::NoSpace(_)), "{refused:?}");
    let refused = store
        .commit(&claimed.fence, ended(&claimed.run), None)
        .await;
    assert!(
        matches!(refused, Err(StoreError::NoSpace(_))),
        "{refused:?}"
    );
    assert_eq!(store.open().await.unwrap(), 1);
    server.limit_memory(0);
    let done = store
        .commit(&claimed.fence, ended(&claimed.run), None)
        .await;
    // The lease may have ended meanwhile: then the look is due again.
    if done.unwrap() == Held::Lost {
        let again = claim(&store).await;
        let done = store.commit(&again.fence, ended(&again.run), None).await;
        assert_eq!(done.unwrap(), Held::Yes);
    }
    assert!(store.get(run.id).await.unwrap().unwrap().state.is_final());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_cannot_be_read_keeps_no_other_waiting() {
    let server = TestServer::start();
    let limits = StoreLimits {
        // A place that it held would be the only one, and no lease ends while this is looked at.
        per_application: 1,
        lease: Duration::from_secs(60),
        ..limits()
    };
    let store = RedisStore::open(&server.with_prefix("shared"), limits).unwrap();
    let store: Arc<dyn Store> = Arc::new(store);
    let broken = create(&store, due("shop")).await;
    let key = format!("shared:run:{}", broken.id);
    server.run(redis::cmd("HSET").arg(key).arg("doc").arg("{}"));
    let run = create(&store, due("shop")).await;
    assert_eq!(claim(&store).await.run.id, run.id);
    assert!(nothing_due(&store).await);
    // A list without it could make an older run look like the newest.
    let listed = store.list(&everything()).await;
    assert!(
        matches!(listed, Err(StoreError::Unreadable(_))),
        "{listed:?}"
    );
}

/// Earlier versions of the program counted for each document.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn versions_go_on_where_documents_had_a_count_of_their_own() {
    let server = TestServer::start();
    let store = replica(&server);
    let forget_count = || server.run(redis::cmd("DEL").arg("shared:document-changes"));
    let (kind, name) = (DocumentKind::Config, "a");
    let mut versions = vec![0];
    for _ in 0..3 {
        let body = Body::new(&"x".to_owned()).unwrap();
        let at = versions[versions.len() - 1];
        let Written::Done(version) = store.write_document(kind, name, at, body).await.unwrap()
        else {
            panic!("it is at {at}");
        };
        versions.push(version);
        forget_count();
    }
    assert_eq!(versions, [0, 1, 2, 3]);
    let removed = store.remove_document(kind, name, 3).await.unwrap();
    assert!(matches!(removed, Written::Done(_)));
    let body = Body::new(&"x".to_owned()).unwrap();
    let written = store.write_document(kind, name, 0, body).await.unwrap();
    assert_eq!(written, Written::Done(4));
}
