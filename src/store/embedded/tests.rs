//! What only a file, or a file that is damaged, can show.

use super::*;
use crate::store::{
    Store,
    suite::{create, due, everything, limits},
};

#[tokio::test]
async fn a_run_whose_config_cannot_be_read_holds_up_no_other() {
    let embedded = Arc::new(EmbeddedStore::open(Place::Memory, limits()).unwrap());
    let store: Arc<dyn Store> = embedded.clone();
    let spoiled = create(&store, due("a")).await;
    let digest = spoiled.config.digest.clone();
    embedded
        .write(
            move |database| tables::spoil_config(database, &digest),
            |_, _| {},
        )
        .await
        .unwrap();
    let claim = store.claim().await.unwrap();
    assert_eq!(claim.run.id, spoiled.id);
    // Whoever has claimed it can end it.
    assert!(claim.config.is_err());
    let mut failed = Run::clone(&claim.run);
    failed.end(RunState::Cancelled);
    let held = store.commit(&claim.fence, failed, None).await.unwrap();
    assert_eq!(held, Held::Yes);
}

#[tokio::test]
async fn a_run_that_cannot_be_read_keeps_no_file_closed_and_no_other_waiting() {
    let directory = tempfile::tempdir().unwrap();
    let open = || {
        let place = Place::File(directory.path().join("runs.redb"));
        Arc::new(EmbeddedStore::open(place, limits()).unwrap())
    };
    let embedded = open();
    let store: Arc<dyn Store> = embedded.clone();
    let spoiled = create(&store, due("a")).await.id;
    let run = create(&store, due("a")).await;
    embedded
        .write(
            move |database| tables::spoil_run(database, spoiled),
            |_, _| {},
        )
        .await
        .unwrap();
    drop((embedded, store));
    let store: Arc<dyn Store> = open();
    assert_eq!(store.claim().await.unwrap().run.id, run.id);
    // A list without it could make an older run look like the newest.
    let listed = store.list(&everything()).await;
    assert!(
        matches!(listed, Err(StoreError::Unreadable(_))),
        "{listed:?}"
    );
}
