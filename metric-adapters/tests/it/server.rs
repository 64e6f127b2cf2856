//! Real Prometheus servers with back-filled history.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use crate::keeper::{Kept, free_port};
use crate::support::T0;

/// A running server.
pub(crate) struct Server {
    kept: Kept,
    /// With a path prefix that no other test process uses, so that it is not mistaken for another one's server.
    pub(crate) url: String,
}

impl Server {
    /// Starts a server with the history of [`history`] and further arguments.
    ///
    /// `ready` waits until it listens; a server with TLS cannot be asked in plain HTTP.
    pub(crate) fn start(scheme: &str, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap().keep();
        let port = free_port();
        fs::write(folder.join("data.om"), history()).unwrap();
        fs::write(folder.join("prometheus.yml"), "scrape_configs: []\n").unwrap();
        let filled = Command::new("promtool")
            .args(["tsdb", "create-blocks-from", "openmetrics"])
            .args([folder.join("data.om"), folder.join("tsdb")])
            .output()
            .expect("promtool is installed");
        assert!(filled.status.success(), "{filled:?}");
        let prefix = format!("team-{}-{port}", std::process::id());
        let mut command = vec![
            option("config.file", &folder.join("prometheus.yml")),
            option("storage.tsdb.path", &folder.join("tsdb")),
            "--storage.tsdb.retention.time=100y".to_owned(),
            // Short, so that a gap in the data is a gap in the answer.
            "--query.lookback-delta=20s".to_owned(),
            format!("--web.listen-address=127.0.0.1:{port}"),
            format!("--web.external-url=http://127.0.0.1/{prefix}"),
        ];
        command.extend(arguments.iter().map(|&argument| argument.to_owned()));
        let server = Self {
            kept: Kept::start(&folder, "prometheus", &command),
            url: format!("{scheme}://127.0.0.1:{port}/{prefix}"),
        };
        let deadline = Instant::now() + Duration::from_secs(30);
        let log = folder.join("log");
        loop {
            let said = fs::read_to_string(&log).unwrap();
            if said.contains("Server is ready to receive web requests") {
                return server;
            }
            assert!(Instant::now() < deadline, "no server: {said}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Stops the server and waits until it is gone.
    pub(crate) fn stop(self) {
        drop(self.kept);
    }
}

/// The server most tests share.
pub(crate) fn shared() -> &'static Server {
    static SHARED: OnceLock<Server> = OnceLock::new();
    SHARED.get_or_init(|| Server::start("http", &[]))
}

fn option(name: &str, path: &Path) -> String {
    format!("--{name}={}", path.display())
}

/// How many seconds `dense` lasts.
pub(crate) const DENSE: i64 = 25_000;

/// All series of the tests, as OpenMetrics text. Each value is a function of its time, so a test can tell what it
/// must be without asking the code under test.
fn history() -> String {
    let mut text = String::from("# TYPE load gauge\n");
    let mut sample = |series: &str, value: &str, time: f64| {
        let time = (T0 as f64) + time;
        writeln!(text, "{series} {value} {time:.3}").unwrap();
    };
    for pod in ["a", "b"] {
        for index in 0..120 {
            // Pod b is silent between the 40th and the 60th sample.
            if pod == "b" && (40..60).contains(&index) {
                continue;
            }
            let value = if pod == "a" { index } else { 1000 + index };
            let series = format!("load{{pod=\"{pod}\",app=\"shop \\\"1\\\"\"}}");
            sample(&series, &value.to_string(), f64::from(index) * 15.0);
        }
    }
    text.push_str("# TYPE odd gauge\n");
    for (kind, value) in [
        ("big", "1.7976931348623157e+308"),
        ("inf", "+Inf"),
        ("nan", "NaN"),
        ("neg", "-Inf"),
        ("tiny", "5e-324"),
    ] {
        writeln!(text, "odd{{kind=\"{kind}\"}} {value} {T0}.250").unwrap();
    }
    text.push_str("# TYPE dense gauge\n");
    for second in 0..DENSE {
        writeln!(text, "dense {second} {}", T0 + second).unwrap();
    }
    text.push_str("# EOF\n");
    text
}
