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
