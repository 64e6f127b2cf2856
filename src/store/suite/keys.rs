//! Which run a request is, how many there may be, and which of them are listed.

use super::*;

suite!([
    the_same_request_under_a_key_is_the_same_run,
    no_more_than_the_limit_are_open,
    applications_and_accounts_have_their_share,
    room_is_made_by_forgetting_ended_runs_only,
    lists_are_newest_first_filtered_and_paged,
]);

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
