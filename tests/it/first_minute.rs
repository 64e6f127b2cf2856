//! What somebody does first: the demo, and asking whether the service is well.

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use crate::support::{Process, SERINUS, Service, free_port};

fn healthcheck(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(SERINUS)
        .arg("healthcheck")
        .args(arguments)
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

#[tokio::test]
async fn the_health_check_finds_the_service_as_its_settings_have_it() {
    let mut service = Service::simulated();
    let address = service.url.strip_prefix("http://").unwrap().to_owned();
    let everywhere = address.replace("127.0.0.1", "0.0.0.0");
    for (arguments, variables) in [
        (&["--listen", &address][..], &[][..]),
        (&["--url", &service.url], &[]),
        (&[], &[("SERINUS__HTTP__LISTEN", everywhere.as_str())]),
        // What is set for other requests does not lead this one astray.
        (
            &["--listen", &address],
            &[("http_proxy", "http://127.0.0.1:9")],
        ),
    ] {
        let output = healthcheck(arguments, variables);
        assert_eq!(output.status.code(), Some(0), "{arguments:?} {output:?}");
    }
    service.process.kill();
    let output = healthcheck(&["--listen", &address], &[]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let nowhere = format!("http://127.0.0.1:{}/", free_port());
    assert_eq!(
        healthcheck(&["--url", &nowhere], &[]).status.code(),
        Some(1)
    );
    let wrong = healthcheck(&["--config", "/nowhere/serinus.yaml"], &[]);
    assert_eq!(wrong.status.code(), Some(2), "{wrong:?}");
}

/// A browser that notes what it is to open.
fn browser(directory: &Path) {
    let program = directory.join("xdg-open");
    let opened = directory.join("opened");
    let text = format!("#!/bin/sh\nprintf '%s' \"$1\" >'{}'\n", opened.display());
    fs::write(&program, text).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Runs the demo until it stays up; what it has opened by then, or soon after.
fn opened(command: &mut Command, directory: &Path, patience: Duration) -> (String, Option<String>) {
    browser(directory);
    let path = std::env::var("PATH").unwrap();
    let mut demo = Process::start(
        command
            .env("PATH", format!("{}:{path}", directory.display()))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped()),
    );
    // `script` shows both on its standard output.
    let (out, err) = (
        demo.child().stdout.take().unwrap(),
        demo.child().stderr.take().unwrap(),
    );
    let (sent, received) = std::sync::mpsc::channel();
    for stream in [
        Box::new(out) as Box<dyn std::io::Read + Send>,
        Box::new(err),
    ] {
        let sent = sent.clone();
        std::thread::spawn(move || {
            let lines = BufReader::new(stream).lines().map_while(Result::ok);
            lines.for_each(|line| {
                let _nobody_listens = sent.send(line).is_err();
            });
        });
    }
    let mut said = Vec::new();
    while !said
        .last()
        .is_some_and(|line: &String| line.contains("Press Ctrl-C"))
    {
        said.push(received.recv_timeout(Duration::from_secs(60)).unwrap());
    }
    let started = Instant::now();
    let note = directory.join("opened");
    while !note.exists() && started.elapsed() < patience {
        std::thread::sleep(Duration::from_millis(20));
    }
    // `script` ends with what it runs.
    (said.join("\n"), fs::read_to_string(note).ok())
}

#[test]
fn the_demo_opens_its_page_for_somebody_in_front_of_a_desktop_alone() {
    let here = "demo --listen 127.0.0.1:0";
    let terminal = |arguments: &str| {
        let mut command = Command::new("script");
        let line = format!("exec '{SERINUS}' {arguments}");
        command.args(["-q", "-e", "-f", "-c", &line, "/dev/null"]);
        command.env("DISPLAY", ":7").env("NO_COLOR", "1");
        command
    };
    let directory = || tempfile::tempdir().unwrap();
    let (wait, moment) = (Duration::from_secs(30), Duration::from_secs(1));

    let at = directory();
    let (said, page) = opened(&mut terminal(here), at.path(), wait);
    let page = page.expect("the browser is opened");
    let first = said.lines().next().unwrap();
    assert!(
        first.contains(&page) && page.ends_with("/ui"),
        "first the link: {said}"
    );

    let at = directory();
    let left = opened(
        &mut terminal(&format!("{here} --no-open")),
        at.path(),
        moment,
    );
    assert_eq!(left.1, None);
    let at = directory();
    let (_, without) = opened(
        terminal(here)
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY"),
        at.path(),
        moment,
    );
    assert_eq!(without, None);
    let at = directory();
    let mut piped = Command::new(SERINUS);
    piped.args(here.split(' ')).env("DISPLAY", ":7");
    assert_eq!(opened(&mut piped, at.path(), moment).1, None);
}
