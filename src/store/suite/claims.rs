//! What becomes of a look that is due: who carries it out, and until when.

use super::*;

suite!([
    a_run_is_created_claimed_and_ended_once,
    an_ended_run_never_changes,
    a_look_is_due_at_its_time_and_the_next_one_later,
    a_claim_that_is_not_renewed_is_lost_to_the_next,
    a_claim_that_is_given_back_is_due_at_once,
    cancelling_ends_a_claim,
]);

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
