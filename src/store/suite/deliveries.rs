//! What runs tell, and to whom it was delivered.

use super::*;

suite!([
    what_a_run_tells_is_handed_out_until_it_is_delivered,
    a_delivery_that_is_not_noted_is_due_again,
    every_end_is_told_and_every_look_to_those_who_want_it,
    a_start_is_told_once_to_those_who_want_it,
    deliveries_are_forgotten_with_their_run,
]);

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
