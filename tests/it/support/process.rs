//! Processes of tests, and what they need.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// A process that ends with its owner, by its own id.
#[derive(Debug)]
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn start(command: &mut Command) -> Self {
        let shown = format!("{command:?}");
        let child = command.stdin(Stdio::null()).spawn();
        Self(child.unwrap_or_else(|error| {
            panic!("{shown}: {error}; run ./scripts/test, it installs what tests need")
        }))
    }

    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    /// How long it has computed, on all cores together (Linux).
    pub(crate) fn computed(&self) -> Duration {
        // In ticks of 10 ms, after the name in brackets: fields 14 and 15.
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0.id())).unwrap();
        let fields = stat.rsplit_once(") ").unwrap().1.split(' ');
        let ticks: u64 = fields
            .skip(11)
            .take(2)
            .map(|it| it.parse::<u64>().unwrap())
            .sum();
        Duration::from_millis(ticks * 10)
    }

    /// Asks the process to end, as an orchestrator does, and waits for it.
    pub(crate) fn terminate(&mut self) -> std::process::ExitStatus {
        let id = self.0.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        self.0.wait().unwrap()
    }

    pub(crate) fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ended = self.0.kill().is_ok();
        let _reaped = self.0.wait().is_ok();
    }
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// Waits until `url` answers with a success.
pub(crate) async fn until_ready(url: &str) {
    let started = Instant::now();
    loop {
        if reqwest::get(url)
            .await
            .is_ok_and(|response| response.status().is_success())
        {
            return;
        }
        assert!(
            started.elapsed() < Duration::from_secs(30),
            "{url} is not ready after 30 s"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
