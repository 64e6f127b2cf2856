//! Following runs as server-sent events: a summary whenever one changes.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use actix_web::{
    HttpRequest, HttpResponse, get,
    web::{Bytes, Data, Path},
};
use futures_util::{Stream, stream};
use jiff::Timestamp;
use tokio::time::{Interval, MissedTickBehavior};

use super::{
    State,
    extract::{run_id, unknown_run},
    problem::{self, Code, Problem},
};
use crate::{
    access::Grant,
    analysis::{RunId, Summary},
    api::refusals::NoSuchRun,
    store::Changed,
};

/// How often a stream shows that it is alive: proxies close connections on which nothing happens for a minute or less.
const ALIVE: Duration = Duration::from_secs(15);

/// The id of the event after which there is no other.
const LAST: &str = "ended";

/// The part of all streams that the holder of one token may have, as a divisor: nobody keeps all others out.
const SHARE: usize = 4;

/// The streams that are open, and how many may be.
#[derive(Debug, Clone)]
pub struct Streams {
    open: Arc<Mutex<BTreeMap<String, usize>>>,
    limit: usize,
    /// How many of them one holder may have.
    share: usize,
}

impl Streams {
    /// At most so many at once.
    pub fn new(limit: usize) -> Self {
        Self {
            open: Arc::default(),
            limit,
            share: limit,
        }
    }

    /// At most a share of them for each holder of a token.
    #[must_use]
    pub fn shared(self) -> Self {
        let share = self.limit.div_ceil(SHARE);
        Self { share, ..self }
    }

    fn open(&self, holder: &str) -> Result<OpenStream, Problem> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let own = open.get(holder).copied().unwrap_or_default();
        let detail = if open.values().sum::<usize>() >= self.limit {
            format!("{} streams are open", self.limit)
        } else if own >= self.share {
            format!("{own} streams are open with this token")
        } else {
            *open.entry(holder.to_owned()).or_default() += 1;
            return Ok(OpenStream {
                all: self.open.clone(),
                holder: holder.to_owned(),
            });
        };
        let detail = format!("{detail}, and no more are opened now");
        Err(Problem::new(Code::Busy, detail))
    }
}

/// One of the streams that are open, until it is dropped.
#[derive(Debug)]
struct OpenStream {
    all: Arc<Mutex<BTreeMap<String, usize>>>,
    holder: String,
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = all.get_mut(&self.holder) {
            *own -= 1;
            if *own == 0 {
                all.remove(&self.holder);
            }
        }
    }
}

/// Follow an analysis
///
/// Server-sent events: `summary` with the summary at once and whenever it changes, until the run has ended, or the token is not
/// valid any more. The last one has the id `ended`; asked again after it, the answer is 204, which ends a browser's `EventSource`.
#[utoipa::path(
    tag = "analyses",
    params(
        ("id" = String, Path, description = "The run"),
        ("Last-Event-ID" = Option<String>, Header, description = "The last event that arrived; as each says all there is to know, only `ended` matters"),
    ),
    responses(
        (status = 200, description = "Events; the data of each is a `Summary`", body = String, content_type = "text/event-stream"),
        (status = 204, description = "The last event has arrived before"),
        NoSuchRun,
        (status = 429, description = "Too many streams are open", body = problem::Body<'_>, content_type = "application/problem+json"),
        (status = 503, description = "The store of runs does not answer", body = problem::Body<'_>, content_type = "application/problem+json"),
    )
)]
#[get("/api/v1/analyses/{id}/events")]
pub(crate) async fn of_run(
    state: Data<State>,
    grant: Grant,
    http: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = run_id(&id)?;
    // Listened to before the run is read, so that no change in between is missed.
    let changed = state.runs.changes();
    let run = state.runs.get(&grant, id).await?;
    let run = run.ok_or_else(|| unknown_run(&id.to_string()))?;
    let last_seen = http.headers().get("last-event-id");
    if run.state.is_final() && last_seen.is_some_and(|last| last == LAST) {
        return Ok(HttpResponse::NoContent().finish());
    }
    let follower = Follower {
        _open: state.streams.open(grant.name())?,
        state,
        grant,
        id,
        changed,
        alive: alive(),
        told: None,
        stage: Stage::Opening,
    };
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header(("cache-control", "no-store"))
        // Compressed, they would wait for more to come.
        .insert_header(("content-encoding", "identity"))
        // nginx would collect events before it passes them on.
        .insert_header(("x-accel-buffering", "no"))
        .streaming(follower.events()))
}

/// Resolves at this time.
async fn reached(at: Option<Timestamp>) {
    let Some(at) = at else {
        return std::future::pending().await;
    };
    let left = at.duration_since(Timestamp::now());
    tokio::time::sleep(left.try_into().unwrap_or_default()).await;
}

fn alive() -> Interval {
    let mut alive = tokio::time::interval_at(tokio::time::Instant::now() + ALIVE, ALIVE);
    alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
    alive
}

/// Somebody who follows a run.
#[derive(Debug)]
struct Follower {
    _open: OpenStream,
    state: Data<State>,
    grant: Grant,
    id: RunId,
    changed: Changed,
    alive: Interval,
    told: Option<Summary>,
    stage: Stage,
}

/// How far a stream has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The run as it stands is to be told.
    Opening,
    /// Changes are waited for.
    Open,
    /// All is told.
    Done,
}

impl Follower {
    fn events(self) -> impl Stream<Item = Result<Bytes, Infallible>> {
        stream::unfold(self, |mut follower| async move {
            let text = follower.next().await?;
            Some((Ok(Bytes::from(text)), follower))
        })
    }

    /// The next event or comment; `None` at the end.
    async fn next(&mut self) -> Option<String> {
        loop {
            match self.stage {
                Stage::Opening => self.stage = Stage::Open,
                Stage::Open => {
                    tokio::select! {
                        () = self.changed.of(self.id) => {}
                        // The stream ends; whoever follows asks another replica, or again.
                        () = self.state.runner.shutting_down() => return None,
                        () = reached(self.grant.expires()) => return None,
                        _ = self.alive.tick() => return Some(": alive\n\n".to_owned()),
                    }
                }
                Stage::Done => return None,
            }
            let run = match self.state.runs.get(&self.grant, self.id).await {
                Ok(Some(run)) => run,
                // Forgotten meanwhile.
                Ok(None) => return None,
                Err(error) => {
                    // The change is told with the next one, or when the stream is opened anew.
                    tracing::warn!(%error, "a change could not be told");
                    return None;
                }
            };
            let summary = self.state.summary(&run);
            if self.told.as_ref() == Some(&summary) {
                continue;
            }
            let id = if run.state.is_final() {
                self.stage = Stage::Done;
                format!("id: {LAST}\n")
            } else {
                String::new()
            };
            let Ok(data) = serde_json::to_string(&summary) else {
                return None;
            };
            self.told = Some(summary);
            return Some(format!("event: summary\n{id}data: {data}\n\n"));
        }
    }
}
