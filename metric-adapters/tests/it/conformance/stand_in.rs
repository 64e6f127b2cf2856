//! Servers that stand in for a store: well-behaved ones, and ones made by hand that break the rules of HTTP.

use std::time::Duration;

use serde_json::{Value, json};
use serinus_adapters::{Answer, MetricSource, QueryError, RangeQuery, Series};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{Spelled, Store};

pub(crate) fn reply(status: u16, spelled: &Spelled) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(spelled.body.clone(), spelled.media)
}

/// A server that answers everything alike, and a source that asks it.
pub(crate) async fn serve(
    store: &Store,
    reply: ResponseTemplate,
) -> (MockServer, Box<dyn MetricSource>) {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(reply).mount(&server).await;
    let source = store.at(&server.uri(), json!({}));
    (server, source)
}

/// Asks a query of a server with one reply to everything.
pub(crate) async fn ask(store: &Store, reply: ResponseTemplate) -> Result<Answer, QueryError> {
    let (_server, source) = serve(store, reply).await;
    source.query(&store.query(0, 600)).await
}

/// Asks a query of a server that has these series, and checks what was sent.
pub(crate) async fn ask_for(store: &Store, query: &RangeQuery, series: &[Series]) -> Answer {
    let spelled = (store.spell)(series, query);
    let (server, source) = serve(store, reply(200, &spelled)).await;
    let answer = source.query(query).await.unwrap();
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1);
    (store.request)(&requests[0], query);
    answer
}

/// What a server made by hand sends after it has read a request.
pub(crate) enum Wire {
    /// These bytes, then the end of the connection.
    Cut(String),
    /// These bytes, then nothing.
    Stall(String),
    /// These bytes, then one space every 20 ms.
    Drip(String),
}

/// Starts a server made by hand and connects to it.
pub(crate) async fn by_hand(
    store: &Store,
    wire: Wire,
    limits: Value,
) -> (JoinSet<()>, Box<dyn MetricSource>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            read_request(&mut stream).await;
            let (Wire::Cut(bytes) | Wire::Stall(bytes) | Wire::Drip(bytes)) = &wire;
            stream.write_all(bytes.as_bytes()).await.unwrap();
            match wire {
                Wire::Cut(_) => {}
                Wire::Stall(_) => tokio::time::sleep(Duration::from_secs(60)).await,
                Wire::Drip(_) => {
                    while stream.write_all(b" ").await.is_ok() {
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                }
            }
        }
    });
    (tasks, store.at(&url, limits))
}

/// Reads the head of a request and as much of a body as it announces.
async fn read_request(stream: &mut TcpStream) {
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&seen).to_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.split_once("content-length: ");
            let length = length.map_or(0, |(_, rest)| {
                rest.split("\r\n").next().unwrap().parse().unwrap()
            });
            if body.len() >= length {
                return;
            }
        }
        let count = stream.read(&mut buffer).await.unwrap();
        assert!(count > 0, "the request ended early");
        seen.extend_from_slice(&buffer[..count]);
    }
}
