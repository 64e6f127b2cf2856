//! Three replicas on one Redis: whatever fails, every run that was taken in ends, once, and rightly.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{body_string_contains, method},
};

use crate::support::{Service, redis::Redis, stand_in};

const REPLICAS: usize = 3;
/// How long a look's queries take, so that faults meet looks under way.
const FETCHING: Duration = Duration::from_millis(1500);
/// The time between two faults.
const PAUSE: Duration = Duration::from_millis(1200);

/// What goes wrong, again and again until all runs are taken in.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// One replica after the other is killed and started again.
    ReplicaKilled,
    /// Redis is killed and started again on what it has written.
    RedisKilled,
    /// Redis does not answer for so long.
    RedisSilent(Duration),
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_are_killed() {
    survive(Fault::ReplicaKilled, 40, 3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_is_killed() {
    survive(Fault::RedisKilled, 40, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_is_silent() {
    survive(Fault::RedisSilent(Duration::from_secs(5)), 30, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes; ./scripts/test --long runs it"]
async fn long_replicas_are_killed() {
    survive(Fault::ReplicaKilled, 200, 15).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes; ./scripts/test --long runs it"]
async fn long_redis_is_killed() {
    survive(Fault::RedisKilled, 200, 6).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes; ./scripts/test --long runs it"]
async fn long_redis_is_silent() {
    survive(Fault::RedisSilent(Duration::from_secs(20)), 200, 2).await;
}

/// A store of metrics that takes a while: `good` is as `old` is, `bad` is twice as much.
async fn metrics() -> MockServer {
    let server = MockServer::start().await;
    let answers = [
        ("old", stand_in::baseline()),
        ("good", stand_in::canary()),
        ("bad", stand_in::samples(2.0, 0.732_051)),
    ];
    for (scope, answer) in answers {
        Mock::given(method("POST"))
            .and(body_string_contains(format!("%22{scope}%22")))
            .respond_with(ResponseTemplate::clone(&answer).set_delay(FETCHING))
            .mount(&server)
            .await;
    }
    server
}

/// Run number `n`: every second one is bad, every third one is watched over three looks.
fn request(n: usize) -> Value {
    let mut request = stand_in::request("netflix-aca");
    request["application"] = json!(format!("shop-{}", n % 5));
    request["canary"]["scope"] = json!(if n.is_multiple_of(2) { "good" } else { "bad" });
    if n.is_multiple_of(3) {
        request["looks"] = json!({"every": "20m"});
    }
    request
}

/// The verdict, and how many looks it takes: what is as bad as this is seen in the first one.
fn expected(n: usize) -> (&'static str, u64) {
    match (n.is_multiple_of(2), n.is_multiple_of(3)) {
        (true, true) => ("pass", 3),
        (true, false) => ("pass", 1),
        (false, _) => ("fail", 1),
    }
}

fn replica(redis: &str, metrics: &str) -> Service {
    Service::start_with(
        &format!(
            "accounts: {{prometheus: {{type: prometheus, url: \"{metrics}\", limits: {{settlingDelay: 0s, concurrency: 32}}}}}}\n\
             runs: {{lease: 2s, looks: 8}}\n\
             http: {{grace: 1s, publicUrl: \"http://serinus.test\"}}"
        ),
        &[("SERINUS__STATE__REDIS__URL", redis)],
    )
}

/// The replicas as they are just now: a caller finds another one where one is gone.
#[derive(Debug, Clone)]
struct Urls(Arc<Mutex<Vec<String>>>);

impl Urls {
    fn of(&self, n: usize) -> String {
        self.0.lock().unwrap()[n % REPLICAS].clone()
    }

    fn set(&self, n: usize, url: &str) {
        self.0.lock().unwrap()[n] = url.to_owned();
    }
}

/// Asks one replica after the other until one answers with a success.
async fn persistently(
    urls: &Urls,
    deadline: Instant,
    ask: impl Fn(&str) -> reqwest::RequestBuilder,
) -> Value {
    let mut last = String::new();
    for attempt in 0.. {
        assert!(Instant::now() < deadline, "no replica answers: {last}");
        match ask(&urls.of(attempt))
            .timeout(Duration::from_secs(8))
            .send()
            .await
        {
            Ok(response) if response.status().is_success() => {
                if let Ok(answer) = response.json().await {
                    return answer;
                }
            }
            Ok(response) => {
                let status = response.status();
                last = format!("{status}: {}", response.text().await.unwrap_or_default());
                let may_pass = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
                assert!(may_pass, "{last}");
            }
            Err(error) => last = error.to_string(),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    unreachable!("the loop has no end")
}

#[expect(clippy::print_stdout, reason = "what it counted is the evidence")]
async fn survive(fault: Fault, runs: usize, times: usize) {
    let began = Instant::now();
    let deadline = began + Duration::from_secs(420);
    let metrics = metrics().await;
    let mut redis = Redis::start();
    let start = || replica(&redis.url(), &metrics.uri());
    let mut replicas: Vec<_> = (0..REPLICAS).map(|_| start()).collect();
    let urls = replicas.iter().map(|replica| replica.url.clone());
    let urls = Urls(Arc::new(Mutex::new(urls.collect())));
    let client = Client::new();

    // Half of the runs are there before anything goes wrong, the others are asked for meanwhile.
    let take_in = |n: usize| {
        let (client, urls) = (client.clone(), urls.clone());
        async move {
            let key = format!("/api/v1/analyses/by-key/run-{n}");
            let body = request(n);
            let ask = |url: &str| client.put(format!("{url}{key}")).json(&body);
            let summary = persistently(&urls, deadline, ask).await;
            (n, summary["id"].as_str().unwrap().to_owned())
        }
    };
    let mut taken_in = BTreeMap::new();
    for n in 0..runs / 2 {
        taken_in.extend([take_in(n).await]);
    }
    // Spread over the faults, so that each of them meets some.
    let each = match fault {
        Fault::ReplicaKilled | Fault::RedisKilled => PAUSE,
        Fault::RedisSilent(silence) => PAUSE + silence,
    };
    let spread = each * u32::try_from(times).unwrap() / u32::try_from(runs - runs / 2).unwrap();
    let others = (runs / 2..runs).zip(1..).map(|(n, place)| {
        let taken_in = take_in(n);
        tokio::spawn(async move {
            tokio::time::sleep(spread * place).await;
            taken_in.await
        })
    });
    let others: Vec<_> = others.collect();
    let mut logs = Vec::new();
    for time in 0..times {
        tokio::time::sleep(PAUSE).await;
        match fault {
            Fault::ReplicaKilled => {
                let n = time % REPLICAS;
                let started = replica(&redis.url(), &metrics.uri());
                urls.set(n, &started.url);
                logs.push(std::mem::replace(&mut replicas[n], started).kill());
            }
            Fault::RedisKilled => redis.restart(),
            Fault::RedisSilent(silence) => {
                redis.signal("-STOP");
                tokio::time::sleep(silence).await;
                redis.signal("-CONT");
            }
        }
    }
    for other in others {
        taken_in.extend([other.await.unwrap()]);
    }
    assert_eq!(taken_in.len(), runs);
    let ids: BTreeSet<_> = taken_in.values().collect();
    assert_eq!(ids.len(), runs, "each key stands for a run of its own");

    let mut ended = BTreeMap::new();
    for (n, id) in &taken_in {
        let summary = loop {
            let ask = |url: &str| client.get(format!("{url}/api/v1/analyses/{id}?wait=5s"));
            let summary = persistently(&urls, deadline, ask).await;
            if summary["verdict"] != "pending" {
                break summary;
            }
        };
        let (verdict, looks) = expected(*n);
        assert_eq!(
            (&summary["state"], &summary["verdict"]),
            (&json!("succeeded"), &json!(verdict)),
            "run {n}: {summary:#}"
        );
        let ask = |url: &str| client.get(format!("{url}/api/v1/analyses/{id}/scorecard"));
        let scorecard = persistently(&urls, deadline, ask).await;
        assert_eq!(scorecard["verdict"], verdict, "run {n}: {scorecard:#}");
        let written = redis.command(&["HLEN", &format!("serinus:scorecards:{id}")]);
        assert_eq!(
            written,
            looks.to_string(),
            "run {n}: scorecards, one per look"
        );
        ended.insert(id.clone(), (summary, scorecard));
    }
    // Nothing that somebody still had in hand changes a run that has ended.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let mut changed = Vec::new();
    for (id, before) in &ended {
        let ask = |url: &str| client.get(format!("{url}/api/v1/analyses/{id}"));
        let summary = persistently(&urls, deadline, ask).await;
        let ask = |url: &str| client.get(format!("{url}/api/v1/analyses/{id}/scorecard"));
        let scorecard = persistently(&urls, deadline, ask).await;
        if (&summary, &scorecard) != (&before.0, &before.1) {
            changed.push(id);
        }
    }
    assert!(changed.is_empty(), "changed after their end: {changed:?}");
    // Each claim raises a run's epoch, and so does its end; what is beyond two a look was claimed again.
    let mut claimed_again = 0;
    for (n, id) in &taken_in {
        let epoch = redis.command(&["HGET", &format!("serinus:run:{id}"), "epoch"]);
        let epoch: u64 = epoch.parse().unwrap();
        claimed_again += (epoch - 2 * expected(*n).1) / 2;
    }
    if let Fault::ReplicaKilled = fault {
        assert!(claimed_again > 0, "no fault met a look under way");
    }
    let left = |key: &str, command: &str| redis.command(&[command, &format!("serinus:{key}")]);
    assert_eq!(left("runs", "ZCARD"), runs.to_string());
    assert_eq!(left("ended", "ZCARD"), runs.to_string());
    assert_eq!(left("open", "HLEN"), "0");
    assert_eq!(left("due", "ZCARD"), "0");
    assert_eq!(left("ready", "XLEN"), "0");
    assert_eq!(
        redis.command(&["--scan", "--pattern", "serinus:busy:*"]),
        ""
    );

    logs.extend(replicas.into_iter().map(Service::stop));
    let told = times_told(&logs);
    let twice: Vec<_> = told.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "ended twice: {twice:?}");
    println!(
        "counted: {fault:?}, {times} times: {} runs taken in, {} ended rightly, {} ended more than once, {} changed after their end, {claimed_again} looks claimed again, {:.0} s",
        taken_in.len(),
        ended.len(),
        twice.len(),
        changed.len(),
        began.elapsed().as_secs_f64(),
    );
}

/// How often each run was told to have ended, by all replicas.
fn times_told(logs: &[String]) -> BTreeMap<String, usize> {
    let mut told = BTreeMap::new();
    for line in logs.iter().flat_map(|log| log.lines()) {
        let Ok(event) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        if event["message"] == "the analysis ended" {
            let id = event["span"]["run.id"].as_str().unwrap_or(line).to_owned();
            *told.entry(id).or_default() += 1;
        }
    }
    told
}
