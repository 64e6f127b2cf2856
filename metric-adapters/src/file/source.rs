//! A folder of tables as a metric source.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use jiff::SignedDuration;
use tokio::sync::Semaphore;
use tokio::task;

use super::Config;
use super::table::{TableError, read_table};
use crate::{Answer, Labels, MetricSource, QueryError, RangeQuery, Sample, Series, Step};

/// A folder, and how much of it may be in memory.
#[derive(Debug)]
pub(crate) struct Files {
    folder: Arc<Folder>,
    permits: Semaphore,
}

#[derive(Debug)]
struct Folder {
    directory: PathBuf,
    max_bytes: u64,
}

impl Files {
    pub(crate) fn new(config: &Config) -> Self {
        let limits = &config.limits;
        Self {
            folder: Arc::new(Folder {
                directory: config.directory.clone(),
                max_bytes: u64::try_from(limits.max_response_bytes.get()).unwrap_or(u64::MAX),
            }),
            permits: Semaphore::new(limits.concurrency.get().min(Semaphore::MAX_PERMITS)),
        }
    }

    /// Files are read on the pool for blocking work: a disk may be slow, and tables are parsed there too.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Folder) -> Result<T, QueryError> + Send + 'static,
    ) -> Result<T, QueryError> {
        let stopped = |what: &str| QueryError::Unavailable {
            detail: format!("reading a table {what}"),
        };
        let _permit = self
            .permits
            .acquire()
            .await
            .map_err(|_| stopped("was not begun"))?;
        let folder = Arc::clone(&self.folder);
        task::spawn_blocking(move || work(&folder))
            .await
            .map_err(|_| stopped("was broken off"))?
    }
}

#[async_trait]
impl MetricSource for Files {
    async fn query(&self, query: &RangeQuery) -> Result<Answer, QueryError> {
        let query = query.clone();
        self.blocking(move |folder| folder.query(&query)).await
    }

    async fn check(&self) -> Result<(), QueryError> {
        self.blocking(|folder| {
            let read = fs::read_dir(&folder.directory);
            read.map(drop)
                .map_err(|error| unavailable(&folder.directory, &error))
        })
        .await
    }
}

impl Folder {
    fn query(&self, query: &RangeQuery) -> Result<Answer, QueryError> {
        let text = query.text.trim();
        let (name, column) = text.split_once('#').ok_or_else(|| {
            invalid(format!(
                "`{text}` is not of the form name.csv#column or name.json#column"
            ))
        })?;
        let path = self.locate(name)?;
        let table = read_table(&path).map_err(|error| self.failure(name, error))?;
        let Some(samples) = table.columns.get(column) else {
            let names: Vec<_> = table.columns.keys().take(20).map(String::as_str).collect();
            return Err(invalid(format!(
                "{name} has no column `{column}`; its columns begin with: {}",
                names.join(", ")
            )));
        };
        let inside: Vec<Sample> = samples
            .iter()
            .filter(|sample| query.window.contains(sample.at))
            .copied()
            .collect();
        let series = if inside.is_empty() {
            Vec::new()
        } else {
            vec![Series {
                labels: Labels::default(),
                samples: inside,
            }]
        };
        Ok(Answer {
            series,
            notes: Vec::new(),
            step: own_step(samples).unwrap_or(query.step),
        })
    }

    /// The path of a table. Whatever the name says and however it is linked, the path lies inside the folder.
    fn locate(&self, name: &str) -> Result<PathBuf, QueryError> {
        let relative = Path::new(name);
        let plain = relative
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        if !plain || name.is_empty() {
            return Err(invalid(format!(
                "`{name}` is not a plain name inside the account's folder"
            )));
        }
        let root = self
            .directory
            .canonicalize()
            .map_err(|error| unavailable(&self.directory, &error))?;
        let path = match root.join(relative).canonicalize() {
            Ok(path) => path,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(invalid(format!("there is no table {name}")));
            }
            Err(error) => return Err(unavailable(relative, &error)),
        };
        if !path.starts_with(&root) {
            return Err(invalid(format!("{name} leads out of the account's folder")));
        }
        let size = fs::metadata(&path)
            .map_err(|error| unavailable(relative, &error))?
            .len();
        if size > self.max_bytes {
            return Err(QueryError::TooMuchData {
                detail: format!("{name} has {size} bytes, more than the account's limit allows"),
            });
        }
        Ok(path)
    }

    /// The caller knows the table by its name; where the folder lies is not its business.
    fn failure(&self, name: &str, error: TableError) -> QueryError {
        match error {
            TableError::Io { source, .. } => unavailable(Path::new(name), &source),
            TableError::UnknownFormat { .. } => {
                invalid(format!("{name} is neither a .csv nor a .json file"))
            }
            TableError::Content { place, problem, .. } => QueryError::Malformed {
                detail: format!("{name}, {place}: {problem}"),
            },
        }
    }
}

/// The distance that separates most neighbours: the lower median, so that gaps and a late sample do not matter.
fn own_step(samples: &[Sample]) -> Option<Step> {
    let mut distances: Vec<SignedDuration> = samples
        .windows(2)
        .map(|pair| pair[0].at.duration_until(pair[1].at))
        .collect();
    distances.sort_unstable();
    let middle = distances.get(distances.len().checked_sub(1)? / 2)?;
    Step::try_from(*middle).ok()
}

fn invalid(detail: String) -> QueryError {
    QueryError::InvalidQuery { detail }
}

fn unavailable(path: &Path, error: &io::Error) -> QueryError {
    QueryError::Unavailable {
        detail: format!("cannot read {}: {error}", path.display()),
    }
}
