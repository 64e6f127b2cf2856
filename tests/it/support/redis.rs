//! A running Redis that can be killed, started again and silenced.

use std::{
    net::TcpStream,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use super::{Process, free_port};

/// A Redis that writes what it is told to disk.
#[derive(Debug)]
pub(crate) struct Redis {
    process: Process,
    port: u16,
    directory: tempfile::TempDir,
}

impl Redis {
    pub(crate) fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let port = free_port();
        let process = launch(port, directory.path());
        Self {
            process,
            port,
            directory,
        }
    }

    /// One that is spoken to over TLS alone, with the certificate in this folder, and asks for a password.
    pub(crate) fn secured(folder: &std::path::Path, password: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let port = free_port();
        let process = Process::start(
            Command::new("redis-server")
                .args(["--bind", "127.0.0.1", "--port", "0", "--save", ""])
                .args(["--tls-port", &port.to_string(), "--tls-auth-clients", "no"])
                .arg("--tls-cert-file")
                .arg(folder.join("server.pem"))
                .arg("--tls-key-file")
                .arg(folder.join("server.key"))
                .args(["--requirepass", password, "--dir"])
                .arg(directory.path())
                .stdout(Stdio::null()),
        );
        until_listening(port);
        Self {
            process,
            port,
            directory,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// The address for TLS.
    pub(crate) fn secured_url(&self) -> String {
        format!("rediss://127.0.0.1:{}", self.port)
    }

    /// Kills it and starts it again on what it has written.
    pub(crate) fn restart(&mut self) {
        self.kill();
        self.start_again();
    }

    /// Ends it, as a crash does.
    pub(crate) fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again on what it has written.
    pub(crate) fn start_again(&mut self) {
        self.process = launch(self.port, self.directory.path());
    }

    /// Stops or goes on answering, with all connections open.
    pub(crate) fn signal(&mut self, signal: &str) {
        let id = self.process.child().id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status();
        assert!(sent.unwrap().success());
    }

    /// What a command answers.
    pub(crate) fn command(&self, arguments: &[&str]) -> String {
        let output = Command::new("redis-cli")
            .args(["-p", &self.port.to_string()])
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

fn launch(port: u16, directory: &std::path::Path) -> Process {
    let process = Process::start(
        Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
            .args(["--appendonly", "yes", "--save", "", "--dir"])
            .arg(directory)
            .stdout(Stdio::null()),
    );
    until_listening(port);
    process
}

fn until_listening(port: u16) {
    let started = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "redis-server is not ready after 20 s"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}
