//! Real servers as processes that end with the tests.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Ends the server and removes its folder as soon as its standard input closes. The input is a pipe from this
/// process, so that happens even when the tests are killed, and for servers in statics, which are never dropped.
const KEEPER: &str = r#"
folder=$1; shift
"$@" & server=$!
cat
kill "$server"
wait "$server"
rm -rf "$folder"
"#;

/// A running server.
pub(crate) struct Kept {
    keeper: Child,
}

impl Kept {
    /// Starts a program of the distribution, which writes to `folder/log`. The folder is the server's and goes with it.
    pub(crate) fn start(folder: &Path, program: &str, arguments: &[String]) -> Self {
        assert_installed(program);
        let log = fs::File::create(folder.join("log")).unwrap();
        let keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(folder)
            .arg(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        Self { keeper }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        self.keeper.wait().unwrap();
    }
}

/// Fails, and says what is missing, where a program is not there.
pub(crate) fn assert_installed(program: &str) {
    let found = Command::new("sh")
        .args(["-c", "command -v \"$1\"", "sh", program])
        .output()
        .unwrap();
    assert!(found.status.success(), "{program} is not installed");
}

/// A port nothing listened on a moment ago.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Sends one HTTP request without the code under test and gives back status and body.
pub(crate) fn http(method: &str, port: u16, path: &str, body: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    let head = format!("{method} {path} HTTP/1.0\r\nhost: 127.0.0.1\r\n");
    let kind = "content-type: application/x-www-form-urlencoded\r\n";
    write!(
        stream,
        "{head}{kind}content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .ok()?;
    let mut reply = String::new();
    stream.read_to_string(&mut reply).ok()?;
    let (head, body) = reply.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}

/// Waits until a server answers a path with success.
pub(crate) fn wait_for(port: u16, path: &str) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while http("GET", port, path, "").is_none_or(|(status, _)| status >= 300) {
        assert!(Instant::now() < deadline, "no server at {path}");
        thread::sleep(Duration::from_millis(20));
    }
}
