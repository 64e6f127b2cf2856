//! Grafana's API of annotations, as strict as Grafana is.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::any};

/// The token of its service account.
pub(super) const TOKEN: &str = "glsa_0123456789abcdef";

/// The annotations it has, by id less one.
pub(super) type Annotations = Arc<Mutex<Vec<Value>>>;

/// A Grafana below `/g` that refuses so many requests before it takes any.
pub(super) async fn grafana(refused: usize) -> (MockServer, Annotations) {
    let server = MockServer::start().await;
    let annotations = Annotations::default();
    let kept = annotations.clone();
    let left = Mutex::new(refused);
    let answer = move |request: &Request| {
        let mut left = left.lock().unwrap();
        if *left > 0 {
            *left -= 1;
            return ResponseTemplate::new(503);
        }
        answer(request, &mut kept.lock().unwrap())
    };
    Mock::given(any()).respond_with(answer).mount(&server).await;
    (server, annotations)
}

fn problem(status: u16, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({"message": message}))
}

fn answer(request: &Request, annotations: &mut Vec<Value>) -> ResponseTemplate {
    let header = |name: &str| {
        request
            .headers
            .get(name)
            .map(|value| value.to_str().unwrap())
    };
    if header("authorization") != Some(&format!("Bearer {TOKEN}")) {
        return problem(401, "Unauthorized");
    }
    let path = request.url.path();
    let query: Vec<(String, String)> = request.url.query_pairs().into_owned().collect();
    match (
        request.method.as_str(),
        path.strip_prefix("/g/api/annotations"),
    ) {
        ("GET", Some("")) => {
            let mut found: Vec<Value> = annotations.iter().enumerate().map(with_id).collect();
            let mut limit = 100;
            for (key, value) in &query {
                match key.as_str() {
                    "tags" => found.retain(|one| {
                        let tags = one["tags"].as_array().unwrap();
                        tags.contains(&json!(value))
                    }),
                    "limit" => limit = value.parse().unwrap(),
                    "type" => assert_eq!(value, "annotation"),
                    other => return problem(400, &format!("what is {other}?")),
                }
            }
            found.truncate(limit);
            ResponseTemplate::new(200).set_body_json(found)
        }
        ("POST", Some("")) => match checked(request) {
            Ok(annotation) => {
                annotations.push(annotation);
                let id = annotations.len();
                ResponseTemplate::new(200)
                    .set_body_json(json!({"message": "Annotation added", "id": id}))
            }
            Err(message) => problem(400, &message),
        },
        ("PATCH", Some(one)) => {
            let id: usize = one.trim_start_matches('/').parse().unwrap();
            match (checked(request), annotations.get_mut(id - 1)) {
                (Ok(annotation), Some(known)) => {
                    *known = annotation;
                    ResponseTemplate::new(200)
                        .set_body_json(json!({"message": "Annotation patched"}))
                }
                (Err(message), _) => problem(400, &message),
                (_, None) => problem(404, "Annotation not found"),
            }
        }
        (method, _) => problem(404, &format!("no {method} {path}")),
    }
}

fn with_id((place, annotation): (usize, &Value)) -> Value {
    let mut annotation = annotation.clone();
    annotation["id"] = (place + 1).into();
    annotation
}

/// The body of a request, if Grafana takes it.
fn checked(request: &Request) -> Result<Value, String> {
    if request.headers.get("content-type").map(|it| it.as_bytes()) != Some(b"application/json") {
        return Err("bad request data".to_owned());
    }
    let body: Value = request.body_json().map_err(|error| error.to_string())?;
    let keys: Vec<_> = body.as_object().unwrap().keys().cloned().collect();
    for key in ["time", "timeEnd", "tags", "text"] {
        if !keys.iter().any(|known| known == key) {
            return Err(format!("no {key} in {keys:?}"));
        }
    }
    if keys.len() != 4 {
        return Err(format!("more than is known: {keys:?}"));
    }
    let (start, end) = (body["time"].as_i64(), body["timeEnd"].as_i64());
    // Milliseconds of this century, or seconds were sent.
    if start.is_none_or(|at| at < 1_000_000_000_000) || end < start {
        return Err(format!("no region: {start:?} to {end:?}"));
    }
    let text = body["text"].as_str().unwrap_or_default();
    if text.is_empty() {
        return Err("text field should not be empty".to_owned());
    }
    let fits = |tag: &Value| {
        let length = tag.as_str().map_or(0, |tag| tag.chars().count());
        (1..=100).contains(&length)
    };
    if !body["tags"]
        .as_array()
        .is_some_and(|tags| tags.iter().all(fits))
    {
        return Err(format!("tags do not fit: {}", body["tags"]));
    }
    Ok(body)
}
