//! Traces over OTLP/HTTP: what a collector gets of a run, and that it disturbs nothing.

use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value::Value as AnyValue},
    trace::v1::{Span, span::SpanKind, status::StatusCode},
};
use prost::Message as _;
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::any};

use crate::support::{
    Service,
    stand_in::{canary, request, store},
};

const SECRET: &str = "s3cr3t-of-the-store";
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";

async fn collector(reply: ResponseTemplate) -> MockServer {
    let collector = MockServer::start().await;
    Mock::given(any())
        .respond_with(reply)
        .mount(&collector)
        .await;
    collector
}

/// A service that exports to the collector, on a store whose account holds a secret.
fn service(collector: &str, store: &MockServer, variables: &[(&str, &str)]) -> Service {
    let settings = format!(
        "accounts: {{prometheus: {{type: prometheus, url: \"{}\", auth: {{type: bearer, token: {{env: STORE_TOKEN}}}}}}}}\n\
         runs: {{attempts: 1}}",
        store.uri()
    );
    let mut all = vec![
        ("STORE_TOKEN", SECRET),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=collector-key"),
        ("OTEL_SERVICE_NAME", "canaries"),
        ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=test"),
        // What is not logged is traced all the same.
        (
            "RUST_LOG",
            "warn,serinus::server=info,serinus::telemetry=info",
        ),
    ];
    all.extend_from_slice(variables);
    Service::start_with(&settings, &all)
}

/// Asks for a run from within a trace.
async fn analyse_in_trace(service: &Service) -> Value {
    let response = reqwest::Client::new()
        .post(format!("{}/api/v1/analyses?wait=30s", service.url))
        .header("traceparent", format!("00-{TRACE}-{CALLER}-01"))
        .json(&request("serinus"))
        .send()
        .await
        .unwrap();
    response.json().await.unwrap()
}

fn decoded(requests: &[Request]) -> Vec<ExportTraceServiceRequest> {
    requests
        .iter()
        .map(|request| ExportTraceServiceRequest::decode(request.body.as_slice()).unwrap())
        .collect()
}

fn spans(exported: &[ExportTraceServiceRequest]) -> Vec<Span> {
    let resources = exported.iter().flat_map(|request| &request.resource_spans);
    let scopes = resources.flat_map(|resource| &resource.scope_spans);
    scopes.flat_map(|scope| scope.spans.clone()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn attribute(attributes: &[KeyValue], key: &str) -> Option<String> {
    let found = attributes.iter().find(|attribute| attribute.key == key)?;
    match found.value.as_ref()?.value.as_ref()? {
        AnyValue::StringValue(text) => Some(text.clone()),
        AnyValue::IntValue(number) => Some(number.to_string()),
        other => panic!("{key}: {other:?}"),
    }
}

#[tokio::test]
async fn a_run_is_one_trace_from_the_caller_to_each_fetch() {
    let collector = collector(ResponseTemplate::new(200)).await;
    let store =
        store(ResponseTemplate::new(503).set_body_string(format!("you sent {SECRET}"))).await;
    let service = service(&collector.uri(), &store, &[]);
    let summary = analyse_in_trace(&service).await;
    let log = service.stop();

    // What was still waiting was sent at the end.
    let requests = collector.received_requests().await.unwrap();
    assert!(!requests.is_empty(), "{log}");
    for request in &requests {
        assert_eq!(
            (request.method.as_str(), request.url.path()),
            ("POST", "/v1/traces")
        );
        assert_eq!(request.headers["content-type"], "application/x-protobuf");
        assert_eq!(request.headers["x-key"], "collector-key");
        let body = String::from_utf8_lossy(&request.body);
        assert!(!body.contains(SECRET), "{body}");
        // Nor the query's text, which may be as private as the data.
        assert!(!body.contains("job="), "{body}");
    }
    let exported = decoded(&requests);
    for of in exported.iter().flat_map(|request| &request.resource_spans) {
        let attributes = &of.resource.as_ref().unwrap().attributes;
        for (key, value) in [
            ("service.name", "canaries"),
            ("service.version", env!("CARGO_PKG_VERSION")),
            ("deployment.environment", "test"),
        ] {
            assert_eq!(attribute(attributes, key).as_deref(), Some(value), "{key}");
        }
    }

    let spans = spans(&exported);
    let in_trace: Vec<_> = spans
        .iter()
        .filter(|span| hex(&span.trace_id) == TRACE)
        .collect();
    let only = |name: &str| {
        let named: Vec<_> = in_trace.iter().filter(|span| span.name == name).collect();
        assert_eq!(named.len(), 1, "{name}: {spans:#?}");
        named[0]
    };
    let served = only("POST /api/v1/analyses");
    assert_eq!(hex(&served.parent_span_id), CALLER);
    assert_eq!(served.kind, SpanKind::Server as i32);
    let run = only("run");
    assert_eq!(run.parent_span_id, served.span_id);
    assert_eq!(
        attribute(&run.attributes, "run.id").as_deref(),
        summary["id"].as_str()
    );
    assert_eq!(
        attribute(&run.attributes, "application").as_deref(),
        Some("shop")
    );

    let fetches: Vec<_> = in_trace
        .iter()
        .filter(|span| span.name == "fetch")
        .collect();
    assert_eq!(fetches.len(), 2);
    for fetch in fetches {
        assert_eq!(fetch.parent_span_id, run.span_id);
        assert_eq!(fetch.kind, SpanKind::Client as i32);
        let of = |key: &str| attribute(&fetch.attributes, key).unwrap();
        assert_eq!(
            (of("account"), of("metric")),
            ("prometheus".to_owned(), "up".to_owned())
        );
        let failed = of("side") == "canary";
        assert_eq!(of("outcome"), if failed { "unavailable" } else { "ok" });
        let status = fetch.status.clone().unwrap_or_default().code;
        let expected = if failed {
            StatusCode::Error
        } else {
            StatusCode::Unset
        };
        assert_eq!(status, expected as i32);
        assert!(fetch.start_time_unix_nano >= run.start_time_unix_nano);
        assert!(fetch.end_time_unix_nano <= run.end_time_unix_nano);
    }
}

#[tokio::test]
async fn nothing_is_exported_where_the_environment_says_so() {
    let collector = collector(ResponseTemplate::new(200)).await;
    let store = store(canary()).await;
    for variables in [
        [("OTEL_SDK_DISABLED", "true")],
        [("OTEL_TRACES_EXPORTER", "none")],
        [("OTEL_EXPORTER_OTLP_ENDPOINT", "")],
        [("OTEL_TRACES_SAMPLER", "always_off")],
    ] {
        let service = service(&collector.uri(), &store, &variables);
        assert_eq!(analyse_in_trace(&service).await["verdict"], "pass");
        service.stop();
        let requests = collector.received_requests().await.unwrap();
        assert_eq!(spans(&decoded(&requests)), [], "{variables:?}");
    }
    // The more particular variable counts, as it is.
    let traces = format!("{}/here", collector.uri());
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", traces.as_str()),
    ];
    let service = service(&collector.uri(), &store, &variables);
    analyse_in_trace(&service).await;
    service.stop();
    let requests = collector.received_requests().await.unwrap();
    assert!(!requests.is_empty());
    assert!(requests.iter().all(|request| request.url.path() == "/here"));
}

/// The run is as quick and as good as without, the log tells once, and the end does not wait for ever.
#[tokio::test]
async fn a_collector_in_trouble_disturbs_nothing() {
    let store = store(canary()).await;
    let failing = collector(ResponseTemplate::new(503)).await;
    let silent = collector(ResponseTemplate::new(200).set_delay(Duration::from_secs(600))).await;
    let schedule = [("OTEL_BSP_SCHEDULE_DELAY", "50")];
    for (url, told) in [
        (failing.uri(), "spans are lost"),
        ("http://127.0.0.1:1".to_owned(), "spans are lost"),
        (silent.uri(), "the last spans were not sent"),
    ] {
        let service = service(&url, &store, &schedule);
        for _ in 0..3 {
            let summary = analyse_in_trace(&service).await;
            assert_eq!(summary["verdict"], "pass", "{summary:#}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let stopped = Instant::now();
        let log = service.stop();
        assert!(stopped.elapsed() < Duration::from_secs(20), "{url}: {log}");
        assert_eq!(log.matches(told).count(), 1, "{url}: {log}");
        assert!(!log.contains("collector-key"), "{log}");
    }
}

#[tokio::test]
async fn what_cannot_be_fulfilled_is_told_and_the_service_runs() {
    let store = store(canary()).await;
    for (variables, told) in [
        ([("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")], "http/protobuf"),
        ([("OTEL_TRACES_EXPORTER", "zipkin")], "otlp"),
        (
            [(
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                "http://ann:pw0rd@127.0.0.1:1",
            )],
            "OTEL_EXPORTER_OTLP_HEADERS",
        ),
        (
            [("OTEL_EXPORTER_OTLP_ENDPOINT", "not an address")],
            "no traces are exported",
        ),
    ] {
        let service = service("http://127.0.0.1:1", &store, &variables);
        assert_eq!(analyse_in_trace(&service).await["verdict"], "pass");
        let log = service.stop();
        let line = log
            .lines()
            .find(|line| line.contains("no traces are exported"));
        let line = line.unwrap_or_else(|| panic!("{variables:?}: {log}"));
        assert!(line.contains(told), "{line}");
        assert!(!log.contains("pw0rd"), "{log}");
    }
}

/// Without a collector nobody's `traceparent` matters, whatever it is.
#[tokio::test]
async fn any_traceparent_is_taken() {
    let collector = collector(ResponseTemplate::new(200)).await;
    let store = store(canary()).await;
    let long = "0".repeat(5_000);
    for endpoint in [collector.uri(), String::new()] {
        let service = service(&endpoint, &store, &[]);
        for parent in ["", "00", "00-0-0-01", "ff-zz-zz-zz", long.as_str()] {
            let response = reqwest::Client::new()
                .get(format!("{}/api/v1/accounts", service.url))
                .header("traceparent", parent)
                .header("tracestate", long.as_str())
                .send()
                .await
                .unwrap();
            assert_eq!(response.status(), 200);
        }
        let summary = service.analyse(&json!(request("serinus"))).await;
        assert_eq!(summary["verdict"], "pass", "{summary:#}");
        service.stop();
    }
    // A trace of one's own.
    let spans = spans(&decoded(&collector.received_requests().await.unwrap()));
    let run = spans.iter().find(|span| span.name == "run").unwrap();
    assert_ne!(hex(&run.trace_id), TRACE);
    assert!(spans.iter().any(|span| span.span_id == run.parent_span_id));
}

#[tokio::test]
async fn addresses_that_are_secrets_are_in_no_trace_and_no_log() {
    let collector = collector(ResponseTemplate::new(200)).await;
    let service = Service::start_with(
        "simulator: {enabled: true}",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.uri().as_str()),
            ("RUST_LOG", "debug"),
        ],
    );
    let request = crate::support::simulated_request("healthy");
    let summary = service.analyse(&request).await;
    let path = format!(
        "/api/v1/analyses/{}/shares",
        summary["id"].as_str().unwrap()
    );
    let shared: Value = service.post(&path, &json!({})).await.json().await.unwrap();
    let (_, token) = shared["url"].as_str().unwrap().rsplit_once('/').unwrap();
    for path in [
        format!("/share/{token}"),
        format!("/share/{token}/metrics/cpu.svg"),
        format!("/share/{token}/nothing?of={token}"),
    ] {
        let _page = service.get(&path).await.text().await.unwrap();
    }
    let log = service.stop();
    let requests = collector.received_requests().await.unwrap();
    let exported = decoded(&requests);
    let names: Vec<_> = spans(&exported).into_iter().map(|span| span.name).collect();
    for route in ["/share/{token}", "/share/{token}/metrics/{name}.svg"] {
        let name = format!("GET {route}");
        assert!(names.contains(&name), "{names:?}");
    }
    for request in &requests {
        assert!(!String::from_utf8_lossy(&request.body).contains(token));
    }
    assert!(!log.contains(token), "{log}");
}
