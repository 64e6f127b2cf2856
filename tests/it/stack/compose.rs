//! `docker-compose.yml` without containers: the same programs with the same arguments, variables and files, whose host names
//! are this machine and whose ports are free ones.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde::Deserialize;
use serde_json::Value;

use crate::support::{Process, SERINUS, free_port};

/// The part of the file that is understood; anything else in it is refused, as it would not be tested.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "name")]
    _name: String,
    #[serde(rename = "x-locked")]
    _locked: Value,
    #[serde(rename = "x-serinus")]
    _serinus: Value,
    services: BTreeMap<String, Definition>,
    volumes: BTreeMap<String, Option<Value>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Definition {
    pub(super) image: String,
    build: Option<String>,
    user: Option<String>,
    #[serde(default)]
    entrypoint: Vec<String>,
    #[serde(default)]
    command: Vec<String>,
    #[serde(default)]
    environment: BTreeMap<String, String>,
    #[serde(default)]
    ports: Vec<String>,
    #[serde(default)]
    volumes: Vec<String>,
    #[serde(default)]
    tmpfs: Vec<String>,
    depends_on: Option<DependsOn>,
    healthcheck: Option<Healthcheck>,
    read_only: bool,
    cap_drop: Vec<String>,
    security_opt: Vec<String>,
    restart: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum DependsOn {
    Started(Vec<String>),
    When(BTreeMap<String, Condition>),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Condition {
    condition: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Healthcheck {
    test: Vec<String>,
    disable: bool,
    #[serde(rename = "interval")]
    _interval: String,
    #[serde(rename = "timeout")]
    _timeout: String,
    #[serde(rename = "retries")]
    _retries: u32,
}

/// What the Dockerfile says that matters when the program runs.
#[derive(Debug)]
struct Image {
    entrypoint: Vec<String>,
    environment: BTreeMap<String, String>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

impl Image {
    fn read() -> Self {
        let text = fs::read_to_string(root().join("Dockerfile")).unwrap();
        let last = text.split("\nFROM ").last().unwrap();
        let mut image = Self {
            entrypoint: Vec::new(),
            environment: BTreeMap::new(),
        };
        let mut user = None;
        for line in last.lines() {
            match line.split_once(' ') {
                Some(("ENTRYPOINT", list)) => {
                    image.entrypoint = serde_json::from_str(list).unwrap()
                }
                Some(("ENV", pair)) => {
                    let (name, value) = pair.split_once('=').unwrap();
                    image.environment.insert(name.to_owned(), value.to_owned());
                }
                Some(("USER", who)) => user = Some(who.to_owned()),
                _ => {}
            }
        }
        let user = user.expect("the image says who runs it");
        let ids: Vec<u32> = user.split(':').map(|id| id.parse().unwrap()).collect();
        assert!(ids.iter().all(|id| *id > 0), "not root: {user}");
        assert_eq!(image.entrypoint, ["serinus"]);
        image
    }
}

/// The services as processes.
pub(super) struct Stack {
    pub(super) services: BTreeMap<String, Definition>,
    processes: Vec<(String, Process)>,
    /// The free port in place of a service's own.
    ports: BTreeMap<(String, u16), u16>,
    image: Image,
    directory: tempfile::TempDir,
}

impl Stack {
    /// Reads the file with these variables of its environment, and starts everything that can run here, in order.
    pub(super) async fn up(variables: &[(&str, &str)]) -> Self {
        let text = fs::read_to_string(root().join("docker-compose.yml")).unwrap();
        let file: File = serde_saphyr::from_str(&interpolated(&text, variables)).unwrap();
        for (name, service) in &file.services {
            assert!(service.read_only, "{name}");
            assert_eq!(service.cap_drop, ["ALL"], "{name}");
            assert_eq!(service.security_opt, ["no-new-privileges:true"], "{name}");
            assert_eq!(service.restart, "unless-stopped", "{name}");
            for port in &service.ports {
                assert!(
                    port.starts_with("127.0.0.1:"),
                    "for this machine alone: {port}"
                );
            }
            for volume in service
                .volumes
                .iter()
                .filter(|volume| !volume.starts_with("./"))
            {
                let (volume, _) = volume.split_once(':').unwrap();
                assert!(file.volumes.contains_key(volume), "{name}: {volume}");
            }
        }
        let mut stack = Self {
            services: file.services,
            processes: Vec::new(),
            ports: BTreeMap::new(),
            image: Image::read(),
            directory: tempfile::tempdir().unwrap(),
        };
        let names: Vec<_> = stack.services.keys().cloned().collect();
        for name in names {
            stack.start(&name).await;
        }
        stack
    }

    /// The address of a service's port.
    pub(super) fn url(&mut self, service: &str, port: u16) -> String {
        format!("http://127.0.0.1:{}", self.port(service, port))
    }

    /// The ids of what was started, by service.
    pub(super) fn started(&self) -> Vec<&str> {
        self.processes
            .iter()
            .map(|(name, _)| name.as_str())
            .collect()
    }

    fn port(&mut self, service: &str, port: u16) -> u16 {
        assert!(
            self.services.contains_key(service),
            "no service is named {service}"
        );
        *self
            .ports
            .entry((service.to_owned(), port))
            .or_insert_with(free_port)
    }

    async fn start(&mut self, name: &str) {
        if self.started().contains(&name) {
            return;
        }
        let definition = self.services[name].clone();
        let before = match definition.depends_on.clone() {
            Some(DependsOn::Started(names)) => names,
            Some(DependsOn::When(conditions)) => {
                let all = conditions
                    .values()
                    .all(|when| when.condition == "service_healthy");
                assert!(all, "{conditions:?}");
                conditions.into_keys().collect()
            }
            None => Vec::new(),
        };
        for other in before {
            Box::pin(self.start(&other)).await;
        }
        let Some(mut command) = self.command(name, &definition) else {
            return;
        };
        let process = Process::start(command.stdout(Stdio::null()).stderr(Stdio::null()));
        self.processes.push((name.to_owned(), process));
        if let Some(check) = definition
            .healthcheck
            .clone()
            .filter(|check| !check.disable)
        {
            self.until_healthy(name, &definition, &check.test).await;
        }
    }

    /// The program of a service with all its settings; `None` for Grafana, which no registry at hand has.
    fn command(&mut self, name: &str, definition: &Definition) -> Option<Command> {
        let image = definition.image.split(':').next().unwrap();
        let (entrypoint, mut environment) = match image {
            "serinus" => {
                assert_eq!(definition.build.as_deref(), Some("."));
                assert_eq!(definition.tmpfs, ["/tmp"]);
                assert_eq!(definition.user, None, "the image's own");
                (
                    self.image.entrypoint.clone(),
                    self.image.environment.clone(),
                )
            }
            "prom/prometheus" => (vec!["prometheus".to_owned()], BTreeMap::new()),
            "redis" => (Vec::new(), BTreeMap::new()),
            "grafana/grafana" => return None,
            other => panic!("{name}: what is the image {other}?"),
        };
        environment.extend(definition.environment.clone());
        let mut words = if definition.entrypoint.is_empty() {
            entrypoint
        } else {
            definition.entrypoint.clone()
        };
        words.extend(definition.command.clone());
        let mounts = self.mount(name, definition);
        let words: Vec<_> = words
            .iter()
            .map(|word| self.here(name, word, &mounts))
            .collect();
        let mut command = self.bare(&words[0]);
        command.args(&words[1..]);
        for (key, value) in environment {
            command.env(key, self.here(name, &value, &mounts));
        }
        // Where the images' programs listen by themselves.
        match image {
            "prom/prometheus" => {
                let port = self.port(name, 9090);
                command.arg(format!("--web.listen-address=127.0.0.1:{port}"));
            }
            "redis" => {
                let port = self.port(name, 6379).to_string();
                command.args(["--bind", "127.0.0.1", "--port", &port]);
            }
            _ => {}
        }
        Some(command)
    }

    /// A program in an environment of its own, as a container has.
    fn bare(&self, program: &str) -> Command {
        let own = Path::new(SERINUS).parent().unwrap();
        let path = format!("{}:{}", own.display(), std::env::var("PATH").unwrap());
        // The program is looked for where this process looks.
        let found = std::env::split_paths(&path).map(|folder| folder.join(program));
        let found = found.into_iter().find(|file| file.exists());
        let found = found.unwrap_or_else(|| {
            panic!("{program}: run ./scripts/test, it installs what tests need")
        });
        let mut command = Command::new(found);
        command
            .env_clear()
            .env("PATH", path)
            .current_dir(self.directory.path());
        command
    }

    async fn until_healthy(&mut self, name: &str, definition: &Definition, test: &[String]) {
        assert_eq!(test[0], "CMD");
        let mounts = self.mounts(name, definition);
        let words: Vec<_> = test[1..]
            .iter()
            .map(|word| self.here(name, word, &mounts))
            .collect();
        let started = Instant::now();
        loop {
            let mut command = self.bare(&words[0]);
            if words[0] == "redis-cli" {
                command.args(["-p", &self.port(name, 6379).to_string()]);
            }
            let output = command.args(&words[1..]).output().unwrap();
            if output.status.success() {
                return;
            }
            assert!(
                started.elapsed() < Duration::from_secs(60),
                "{name}: {output:?}"
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Where each path in a container is here.
    fn mounts(&self, name: &str, definition: &Definition) -> Vec<(String, PathBuf)> {
        let volumes = definition.volumes.iter();
        volumes
            .map(|volume| {
                let inside = volume.split(':').nth(1).unwrap();
                let here = self
                    .directory
                    .path()
                    .join(name)
                    .join(inside.trim_start_matches('/'));
                (inside.to_owned(), here)
            })
            .collect()
    }

    /// Puts what is mounted in its place: files with host names of this machine, volumes as empty folders.
    fn mount(&mut self, name: &str, definition: &Definition) -> Vec<(String, PathBuf)> {
        let mounts = self.mounts(name, definition);
        for (volume, (_, here)) in definition.volumes.iter().zip(&mounts) {
            let mut parts = volume.split(':');
            let outside = parts.next().unwrap();
            if outside.starts_with("./") {
                assert_eq!(
                    parts.nth(1),
                    Some("ro"),
                    "{volume}: nobody writes to the project"
                );
                let text = fs::read_to_string(root().join(outside)).unwrap();
                fs::create_dir_all(here.parent().unwrap()).unwrap();
                fs::write(here, self.here(name, &text, &[])).unwrap();
            } else {
                fs::create_dir_all(here).unwrap();
            }
        }
        mounts
    }

    /// A text of a container as it has to be here: its paths, the other services' names, and the addresses it is
    /// published under.
    fn here(&mut self, of: &str, text: &str, mounts: &[(String, PathBuf)]) -> String {
        for (inside, here) in mounts {
            if text == inside || text.ends_with(&format!("={inside}")) {
                return text.replace(inside, &here.display().to_string());
            }
        }
        let mut out = String::new();
        let mut rest = text;
        while let Some(colon) = rest.find(':') {
            let (before, after) = rest.split_at(colon);
            let name_at = before
                .rfind(|c: char| !(c.is_alphanumeric() || c == '-' || c == '.'))
                .map_or(0, |at| at + 1);
            let digits = after[1..].chars().take_while(char::is_ascii_digit).count();
            let name = &before[name_at..];
            let address = after[1..=digits]
                .parse()
                .ok()
                .and_then(|port: u16| match name {
                    "0.0.0.0" => Some((of.to_owned(), port)),
                    "localhost" => Some(self.published(port).unwrap_or((of.to_owned(), port))),
                    name if self.services.contains_key(name) => Some((name.to_owned(), port)),
                    _ => None,
                });
            match address {
                Some((service, port)) => {
                    out.push_str(&before[..name_at]);
                    out.push_str(&format!("127.0.0.1:{}", self.port(&service, port)));
                    rest = &after[1 + digits..];
                }
                None => {
                    out.push_str(&rest[..=colon]);
                    rest = &rest[colon + 1..];
                }
            }
        }
        out + rest
    }

    /// What is reached under a port of the host.
    fn published(&self, port: u16) -> Option<(String, u16)> {
        self.services.iter().find_map(|(name, service)| {
            service.ports.iter().find_map(|published| {
                let mut parts = published.rsplit(':');
                let inside = parts.next()?.parse().ok()?;
                let outside: u16 = parts.next()?.parse().ok()?;
                (outside == port).then(|| (name.clone(), inside))
            })
        })
    }
}

/// Puts variables in: `${NAME:-default}`.
fn interpolated(text: &str, variables: &[(&str, &str)]) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (inside, after) = rest[at + 2..].split_once('}').unwrap();
        let (name, default) = inside.split_once(":-").unwrap();
        let given = variables.iter().find(|(known, _)| *known == name);
        out.push_str(&rest[..at]);
        out.push_str(given.map_or(default, |(_, value)| value));
        rest = after;
    }
    out + rest
}
