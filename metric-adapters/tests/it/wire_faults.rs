//! Compression that lies, and many requests at once. Other faults are in the conformance suite.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{connect, prometheus, range};

const EMPTY: &str = r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#;

/// Reads until the form is there: its `timeout` field is the last one.
async fn read_request(stream: &mut TcpStream) {
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    while !seen.windows(8).any(|part| part == b"timeout=") {
        let count = stream.read(&mut buffer).await.unwrap();
        assert!(count > 0, "the request ended early");
        seen.extend_from_slice(&buffer[..count]);
    }
}

#[tokio::test]
async fn answers_beyond_the_size_limit_are_not_read_to_their_end() {
    let server = MockServer::start().await;
    let padded = format!("{}{EMPTY}", " ".repeat(5_000_000));
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(padded.as_bytes()).unwrap();
    let packed = encoder.finish().unwrap();
    assert!(packed.len() < 10_000);
    let gzip = ResponseTemplate::new(200)
        .insert_header("content-encoding", "gzip")
        .set_body_bytes(packed);
    let plain = ResponseTemplate::new(200).set_body_string(padded);
    for reply in [gzip, plain] {
        server.reset().await;
        Mock::given(any()).respond_with(reply).mount(&server).await;
        let limited = |bytes: usize| {
            connect(json!({
                "type": "prometheus", "url": server.uri(), "limits": {"maxResponseBytes": bytes},
            }))
        };
        let query = range("up", 0, 60, 60);
        let error = limited(1_000_000).query(&query).await.unwrap_err();
        assert_eq!(error.code(), "too-much-data", "{error}");
        assert_eq!(limited(6_000_000).query(&query).await.unwrap().series, []);
        // Two requests of five megabytes each are one query.
        let long = range("up", 0, 11_000, 1);
        let error = limited(6_000_000).query(&long).await.unwrap_err();
        assert_eq!(error.code(), "too-much-data", "{error}");
    }
}

#[tokio::test]
async fn broken_compression_is_malformed() {
    let server = MockServer::start().await;
    let reply = ResponseTemplate::new(200)
        .insert_header("content-encoding", "gzip")
        .set_body_string(EMPTY);
    Mock::given(any()).respond_with(reply).mount(&server).await;
    let error = prometheus(&server.uri()).check().await.unwrap_err();
    assert_eq!(error.code(), "malformed", "{error}");
}

/// Counts the requests under way while many are asked for at once.
#[tokio::test]
async fn an_account_keeps_to_its_concurrency() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let most = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&most);
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let now = Arc::new(AtomicUsize::new(0));
        let mut connections = JoinSet::new();
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let (now, most) = (Arc::clone(&now), Arc::clone(&most));
            connections.spawn(async move {
                read_request(&mut stream).await;
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(50)).await;
                now.fetch_sub(1, Ordering::SeqCst);
                let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length:";
                let reply = format!("{head} {}\r\n\r\n{EMPTY}", EMPTY.len());
                stream.write_all(reply.as_bytes()).await.unwrap();
            });
        }
    });
    let source: Arc<dyn serinus_adapters::MetricSource> = Arc::from(connect(json!({
        "type": "prometheus", "url": url, "limits": {"concurrency": 3},
    })));
    let mut queries = JoinSet::new();
    for _ in 0..12 {
        let source = Arc::clone(&source);
        queries.spawn(async move { source.query(&range("up", 0, 60, 60)).await });
    }
    for answer in queries.join_all().await {
        answer.unwrap();
    }
    assert_eq!(seen.load(Ordering::SeqCst), 3);
}

/// Eleven requests at a hundred a second take a tenth of a second, however fast the server is.
#[tokio::test]
async fn an_account_keeps_to_its_pace() {
    let server = MockServer::start().await;
    let reply = ResponseTemplate::new(200).set_body_raw(EMPTY, "application/json");
    Mock::given(any()).respond_with(reply).mount(&server).await;
    let source: Arc<dyn serinus_adapters::MetricSource> = Arc::from(connect(json!({
        "type": "prometheus", "url": server.uri(), "limits": {"requestsPerSecond": 100, "concurrency": 20},
    })));
    let begin = Instant::now();
    let mut queries = JoinSet::new();
    for _ in 0..11 {
        let source = Arc::clone(&source);
        queries.spawn(async move { source.query(&range("up", 0, 60, 60)).await });
    }
    for answer in queries.join_all().await {
        answer.unwrap();
    }
    assert!(begin.elapsed() >= Duration::from_millis(100));
    assert_eq!(server.received_requests().await.unwrap().len(), 11);
}
