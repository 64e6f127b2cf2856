//! A real Chromium, driven over `WebDriver`, that can reach nothing but this machine.

use std::process::{Command, Stdio};

use serde_json::{Value, json};
use thirtyfour::{
    ChromiumLikeCapabilities as _, DesiredCapabilities, LoggingPrefsLogLevel, WebDriver,
};

use crate::support::{Process, free_port, until_ready};

/// What a page is looked at on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Screen {
    Light,
    Dark,
    Phone,
}

impl Screen {
    pub(crate) const ALL: [Self; 3] = [Self::Light, Self::Dark, Self::Phone];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
            Self::Phone => "phone",
        }
    }
}

/// A browser with a window of its own.
pub(crate) struct Browser {
    pub(crate) driver: WebDriver,
    _process: Process,
}

impl Browser {
    pub(crate) async fn start() -> Self {
        let port = free_port();
        let process = Process::start(
            Command::new("chromedriver")
                .arg(format!("--port={port}"))
                .stdout(Stdio::null())
                .stderr(Stdio::null()),
        );
        let url = format!("http://127.0.0.1:{port}");
        until_ready(&format!("{url}/status")).await;
        let mut wanted = DesiredCapabilities::chrome();
        for argument in [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            // Names lead nowhere: what a page asked for elsewhere would fail, and is in the log.
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        ] {
            wanted.add_arg(argument).unwrap();
        }
        for log in ["browser", "performance"] {
            wanted
                .set_logging_prefs(log, LoggingPrefsLogLevel::All)
                .unwrap();
        }
        let driver = WebDriver::new(&url, wanted).await.unwrap();
        Self {
            driver,
            _process: process,
        }
    }

    pub(crate) async fn cdp(&self, method: &str, parameters: Value) {
        self.driver
            .cdp()
            .send_raw(method, parameters)
            .await
            .unwrap();
    }

    pub(crate) async fn set(&self, screen: Screen) {
        let (width, height) = match screen {
            Screen::Light | Screen::Dark => (1280, 900),
            Screen::Phone => (390, 844),
        };
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": screen == Screen::Phone});
        self.cdp("Emulation.setDeviceMetricsOverride", size).await;
        let theme = if screen == Screen::Dark {
            "dark"
        } else {
            "light"
        };
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": theme}]});
        self.cdp("Emulation.setEmulatedMedia", features).await;
    }

    /// What a script returns.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.driver
            .execute(script, vec![])
            .await
            .unwrap()
            .json()
            .clone()
    }

    /// Waits until a script returns something true.
    pub(crate) async fn until(&self, script: &str) {
        for _ in 0..150 {
            if self.run(script).await == true {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        let page = self.driver.source().await.unwrap();
        panic!("never true: {script}\n{page}");
    }

    /// Everything that was asked for since the last time, by address.
    pub(crate) async fn requests(&self) -> Vec<String> {
        let entries = self.driver.get_log("performance").await.unwrap();
        let events = entries.into_iter().map(|entry| {
            let event: Value = serde_json::from_str(&entry.message).unwrap();
            event["message"].clone()
        });
        events
            .filter(|event| event["method"] == "Network.requestWillBeSent")
            .map(|event| {
                event["params"]["request"]["url"]
                    .as_str()
                    .unwrap()
                    .to_owned()
            })
            .collect()
    }

    /// What the browser complained about since the last time: refused by a policy, broken script.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let entries = self.driver.get_log("browser").await.unwrap();
        entries.into_iter().map(|entry| entry.message).collect()
    }

    pub(crate) async fn quit(self) {
        self.driver.clone().quit().await.unwrap();
    }
}

/// axe-core, which `scripts/test` fetches.
pub(crate) fn axe() -> String {
    let target = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .unwrap();
    let file = target.join("axe-core-4.14.1").join("axe.min.js");
    std::fs::read_to_string(&file).unwrap_or_else(|error| {
        panic!(
            "{}: {error}; run ./scripts/test, it fetches what tests need",
            file.display()
        )
    })
}
