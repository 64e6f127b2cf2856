//! Documents.

use super::*;

suite!([of_two_changes_of_a_document_one_is_refused,]);

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
    let [Written::Done(first), Written::Conflict(other)] = outcomes[..] else {
        panic!("one is refused: {outcomes:?}");
    };
    assert!(first > 0 && other == first);
    let write = async |kind, name, version, text| {
        let written = store.write_document(kind, name, version, body(text));
        match written.await.unwrap() {
            Written::Done(version) => version,
            Written::Conflict(found) => panic!("{name} is at {found}, not {version}"),
        }
    };
    let second = write(kind, name, first, "then").await;
    let now = store.document(kind, name).await.unwrap().unwrap();
    assert_eq!(text(now), (second, "then".to_owned()));
    let b = write(kind, "b", 0, "b").await;
    write(DocumentKind::Rollout, "c", 0, "c").await;
    let all = store.documents(kind).await.unwrap();
    let all: Vec<_> = all
        .into_iter()
        .map(|(name, document)| (name, text(document)))
        .collect();
    assert_eq!(
        all,
        [
            (name.to_owned(), (second, "then".to_owned())),
            ("b".to_owned(), (b, "b".to_owned()))
        ]
    );
    assert_eq!(
        store.document_versions(kind).await.unwrap(),
        [(name.to_owned(), second), ("b".to_owned(), b)]
    );
    assert_eq!(
        store.remove_document(kind, name, first).await.unwrap(),
        Written::Conflict(second)
    );
    assert_eq!(
        store.remove_document(kind, name, second).await.unwrap(),
        Written::Done(0)
    );
    assert_eq!(store.document(kind, name).await.unwrap(), None);
    assert_eq!(
        store.document_versions(kind).await.unwrap(),
        [("b".to_owned(), b)]
    );
    // Whoever has read what was removed does not write over what came after it.
    let anew = write(kind, name, 0, "anew").await;
    assert!(![first, second].contains(&anew), "{anew}");
    assert_eq!(
        store
            .write_document(kind, name, second, body("late"))
            .await
            .unwrap(),
        Written::Conflict(anew)
    );
}
