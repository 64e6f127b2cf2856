//! A real Redis for tests.

use std::{
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use super::RedisServer;

/// A Redis that ends with the test.
#[derive(Debug)]
pub(in crate::store) struct TestServer {
    process: Child,
    directory: tempfile::TempDir,
}

impl TestServer {
    /// Starts one and waits until it can be connected to.
    pub(in crate::store) fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("redis.sock");
        let process = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--appendonly", "no"])
            .arg("--unixsocket")
            .arg(&socket)
            .arg("--dir")
            .arg(directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("redis-server: {error}; run ./scripts/test, it installs what tests need")
            });
        let started = Instant::now();
        while std::os::unix::net::UnixStream::connect(&socket).is_err() {
            assert!(
                started.elapsed() < Duration::from_secs(20),
                "redis-server is not ready after 20 s"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
        Self { process, directory }
    }

    /// The server for stores whose keys begin so.
    pub(in crate::store) fn with_prefix(&self, prefix: &str) -> RedisServer {
        let socket = self.directory.path().join("redis.sock");
        RedisServer::at(format!("unix://{}", socket.display()), prefix)
    }
}

impl TestServer {
    /// Sets how much memory it may use; 0 for any.
    pub(super) fn limit_memory(&self, bytes: usize) {
        self.run(redis::cmd("CONFIG").arg("SET").arg("maxmemory").arg(bytes));
    }

    /// Carries out a command.
    pub(super) fn run(&self, command: &redis::Cmd) {
        let socket = self.directory.path().join("redis.sock");
        let mut client = redis::Client::open(format!("unix://{}", socket.display())).unwrap();
        command.exec(&mut client).unwrap();
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        let _ended = self.process.kill().is_ok();
        let _reaped = self.process.wait().is_ok();
    }
}
