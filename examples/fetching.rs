//! Measures fetching from inside: what it adds to the bare requests, and how much memory answers of hostile size take.
//!
//! `cargo run --release --example fetching` (needs `prometheus` and `promtool`; Linux)
#![expect(clippy::print_stdout, reason = "it prints what it measured")]

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{Read, Write},
    net::TcpListener,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use futures_util::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use serinus::{
    analysis::{Accounts, FetchLimits, Fetched, Plan, PlanContext, fetch, plan},
    canary_config::ConfigLibrary,
};

const START: i64 = 1_768_381_200;
const METRICS: usize = 100;
const CONCURRENCY: usize = 8;
const ROUNDS: usize = 15;
/// How large answers of hostile size are, and how many metrics get them on both sides.
const BYTES: usize = 5_000_000;
const HUGE: usize = 4;

/// Makes an answer of so many bytes.
type Spelled = fn(usize) -> String;

fn main() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    // First, as it is the peak of the process that is measured.
    let figures = [
        ("one long series", long_series as Spelled),
        ("10,000 series", most_series),
        ("too many series", short_series),
    ];
    println!(
        "answers of {} MB, {} queries, so many requests at once (peak of resident memory above what it was):",
        BYTES / 1_000_000,
        2 * HUGE
    );
    for (what, answer) in figures {
        for concurrency in [1, 4] {
            let answer = Arc::new(answer(BYTES));
            let url = serve(answer)?;
            let accounts = accounts(&url, concurrency)?;
            let plan = planned(&accounts, HUGE)?;
            let before = reset_peak()?;
            runtime.block_on(fetched(&plan, &accounts));
            let above = memory("VmHWM")? - before;
            // What the answers of the requests under way have of bytes.
            let bytes = concurrency as f64 * BYTES as f64 / 1e6;
            println!(
                "  {what:20} {concurrency} at once {above:>8.1} MB, {:>4.1} times the {bytes:.0} MB that are read at once",
                above / bytes
            );
        }
    }
    runtime.block_on(against_bare_requests())
}

/// 200 queries through the service's own fetch, and as bare requests.
async fn against_bare_requests() -> Result<()> {
    let prometheus = Prometheus::start().await?;
    let accounts = accounts(&prometheus.url, CONCURRENCY)?;
    let plan = planned(&accounts, METRICS)?;
    let client = reqwest::Client::builder().build()?;
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let started = Instant::now();
        let answers = fetched(&plan, &accounts).await;
        let through_fetch = started.elapsed();
        for answer in answers.iter().flat_map(|metric| &metric.answers) {
            let answer = answer.as_ref().map_err(Clone::clone)?;
            ensure!(
                answer.series[0].samples.len() == 60,
                "not an hour of samples"
            );
        }
        let started = Instant::now();
        bare_requests(&client, &prometheus.url, &plan).await?;
        // The first round opens the connections.
        if round > 0 {
            ours.push(through_fetch);
            bare.push(started.elapsed());
        }
    }
    let [ours, bare] = [ours, bare].map(median);
    println!(
        "{} queries of 60 samples to one Prometheus, {CONCURRENCY} at once, median of {ROUNDS}:",
        2 * METRICS
    );
    println!("  bare requests {:>8.1} ms", bare.as_secs_f64() * 1e3);
    println!("  through fetch {:>8.1} ms", ours.as_secs_f64() * 1e3);
    println!(
        "  ratio         {:>8.2}",
        ours.as_secs_f64() / bare.as_secs_f64()
    );
    Ok(())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

async fn fetched(plan: &Plan, accounts: &Accounts) -> Vec<Fetched> {
    let limits = FetchLimits {
        deadline: Duration::from_secs(300),
        attempts: 1,
    };
    fetch(plan, accounts, limits, |_| {}).await
}

/// The same requests, as many at once; each body is read and dropped.
async fn bare_requests(client: &reqwest::Client, url: &str, plan: &Plan) -> Result<()> {
    let queries = plan.metrics.iter().flat_map(|metric| &metric.queries);
    let answered = stream::iter(queries).map(|query| async move {
        let (start, end) = ((START + 60).to_string(), (START + 3600).to_string());
        let form = [
            ("query", query.text.as_str()),
            ("start", &start),
            ("end", &end),
            ("step", "60"),
        ];
        let request = client.post(format!("{url}/api/v1/query_range")).form(&form);
        let body = request.send().await?.error_for_status()?.bytes().await?;
        ensure!(!body.is_empty(), "no answer");
        Ok(())
    });
    let answered: Vec<Result<()>> = answered.buffer_unordered(CONCURRENCY).collect().await;
    answered.into_iter().collect()
}

fn accounts(url: &str, concurrency: usize) -> Result<Accounts> {
    let limits = json!({"concurrency": concurrency, "settlingDelay": "0s", "timeout": "300s"});
    let account = json!({"type": "prometheus", "url": url, "limits": limits});
    let configs = serde_json::from_value(json!({"prometheus": account}))?;
    Ok(Accounts::connect(&configs)?)
}

fn planned(accounts: &Accounts, metrics: usize) -> Result<Plan> {
    let metrics: Vec<_> = (0..metrics)
        .map(|n| json!({"name": format!("m{n}"), "groups": ["g"], "query": format!("m{n}{{job=\"${{scope}}\"}}")}))
        .collect();
    let request = json!({
        "application": "figures",
        "config": {"inline": {
            "apiVersion": "serinus/v1", "name": "figures", "defaults": {"account": "prometheus"},
            "metrics": metrics, "groups": {"g": 100}, "thresholds": {"pass": 90, "marginal": 75},
        }},
        "baseline": {"scope": "a"},
        "canary": {"scope": "b"},
        "window": {"start": "2026-01-14T09:00:00Z", "end": "2026-01-14T10:00:00Z"},
    });
    let context = PlanContext {
        accounts,
        now: Timestamp::now(),
        horizon: SignedDuration::from_hours(1),
    };
    plan(
        &serde_json::from_value(request)?,
        &ConfigLibrary::load(None)?,
        context,
    )
    .map_err(|mistakes| anyhow::anyhow!("{mistakes:?}"))
}

fn matrix(series: &str) -> String {
    format!(
        "{{\"status\":\"success\",\"data\":{{\"resultType\":\"matrix\",\"result\":[{series}]}}}}"
    )
}

/// One series, most of whose samples lie outside of the window.
fn long_series(bytes: usize) -> String {
    let mut values = format!("[{START},\"1\"]");
    let mut at = START;
    while values.len() < bytes {
        at += 60;
        write!(values, ",[{at},\"{}\"]", at % 97).expect("a String takes everything");
    }
    matrix(&format!("{{\"metric\":{{}},\"values\":[{values}]}}"))
}

/// As many series as an answer may have.
fn most_series(bytes: usize) -> String {
    let mut all = Vec::new();
    for number in 0..10_000 {
        let mut series = format!("{{\"metric\":{{\"a\":\"{number}\"}},\"values\":[[{START},\"1\"]");
        let mut at = START;
        while series.len() < bytes / 10_000 {
            at += 60;
            write!(series, ",[{at},\"{}\"]", at % 97).expect("a String takes everything");
        }
        all.push(series + "]}");
    }
    matrix(&all.join(","))
}

/// As many series as there is room for, a sample each: more than an answer may have.
fn short_series(bytes: usize) -> String {
    let mut series = String::new();
    let mut number = 0;
    while series.len() < bytes {
        let comma = if number == 0 { "" } else { "," };
        write!(
            series,
            "{comma}{{\"metric\":{{\"a\":\"{number}\"}},\"values\":[[{},\"1\"]]}}",
            START + 60
        )
        .expect("a String takes everything");
        number += 1;
    }
    matrix(&series)
}

/// A store that gives one answer to everything, a thread per connection.
fn serve(answer: Arc<String>) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let answer = answer.clone();
            std::thread::spawn(move || {
                let mut buffer = [0_u8; 16 * 1024];
                // A connection that ends is how a client leaves.
                while let Ok(read @ 1..) = stream.read(&mut buffer) {
                    // The header may come before the body; only the body holds the query.
                    if !String::from_utf8_lossy(&buffer[..read]).contains("query=") {
                        continue;
                    }
                    let head = format!(
                        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                        answer.len()
                    );
                    if stream
                        .write_all(head.as_bytes())
                        .and_then(|()| stream.write_all(answer.as_bytes()))
                        .is_err()
                    {
                        break;
                    }
                }
            });
        }
    });
    Ok(url)
}

/// Lets the peak begin anew, and gives back what is resident now, in megabytes.
fn reset_peak() -> Result<f64> {
    std::fs::write("/proc/self/clear_refs", "5")?;
    memory("VmRSS")
}

/// A line of this process' status, in megabytes.
fn memory(name: &str) -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find(|line| line.starts_with(name))
        .context("no such line")?;
    let kilobytes: f64 = line
        .split_whitespace()
        .nth(1)
        .context("no value")?
        .parse()?;
    Ok(kilobytes / 1e3)
}

/// A Prometheus with an hour of every metric on both sides.
struct Prometheus {
    process: Child,
    url: String,
    _directory: tempfile::TempDir,
}

impl Prometheus {
    async fn start() -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let path = |name: &str| directory.path().join(name);
        let mut samples: BTreeMap<usize, String> = BTreeMap::new();
        for n in 0..METRICS {
            let page = samples.entry(n).or_default();
            for side in ["a", "b"] {
                for minute in 0..=60_i64 {
                    let value = (minute * 37 + 11) % 101;
                    writeln!(
                        page,
                        "m{n}{{job=\"{side}\"}} {value}.25 {}",
                        START + minute * 60
                    )?;
                }
            }
        }
        let page: String = samples.into_values().collect();
        std::fs::write(path("samples.om"), page + "# EOF\n")?;
        std::fs::write(path("prometheus.yml"), "scrape_configs: []")?;
        let made = Command::new("promtool")
            .args(["tsdb", "create-blocks-from", "openmetrics", "--quiet"])
            .args([path("samples.om"), path("data")])
            .stdout(Stdio::null())
            .status()?;
        ensure!(made.success(), "promtool failed");
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let url = format!("http://127.0.0.1:{port}");
        let process = Command::new("prometheus")
            .arg(format!(
                "--config.file={}",
                path("prometheus.yml").display()
            ))
            .arg(format!("--storage.tsdb.path={}", path("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .args(["--storage.tsdb.retention.time=100y", "--log.level=error"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let server = Self {
            process,
            url,
            _directory: directory,
        };
        let ready = format!("{}/-/ready", server.url);
        for _ in 0..200 {
            if reqwest::get(&ready)
                .await
                .is_ok_and(|it| it.status().is_success())
            {
                return Ok(server);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        anyhow::bail!("Prometheus does not start")
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        if self.process.kill().is_ok() {
            let _reaped = self.process.wait().is_ok();
        }
    }
}
