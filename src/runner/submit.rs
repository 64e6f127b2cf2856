//! Takes requests in: what may not be, or could not be carried out, is refused before anything runs.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use serinus_judge::UnsuitedRule;
use sha2::{Digest, Sha256};

use super::{CancelError, Inner, Runner, SubmitError, asked};
use crate::{
    access::{Grant, Role},
    analysis::{
        AnalysisRequest, ConfigIdentity, ConfigRef, Origin, Plan, Run, RunId, RunKey, RunState,
        plan_resolved,
    },
    audit::Act,
    canary_config::{CanaryConfig, Mistake},
    store::{Created, NewRun, RequestKey, StoreError},
    telemetry::TraceParent,
};

impl Runner {
    /// Checks a request completely and takes in a run for it, or finds the one its key stands for.
    ///
    /// Whether the caller may ask for it is decided here and nowhere else, whatever surface it came by.
    ///
    /// # Errors
    /// See [`SubmitError`]; nothing has been started then.
    pub async fn submit(
        &self,
        grant: &Grant,
        request: AnalysisRequest,
        key: Option<RunKey>,
    ) -> Result<Arc<Run>, SubmitError> {
        let resolved = self.0.configs.resolve(&request.config).await?;
        self.take(grant, request, resolved, key, Origin::Native)
            .await
    }

    /// Takes in a run that was asked for through another API, under a config that was found there. A config that came along is
    /// [inline](ConfigRef::Inline) in the request, as it is in our own API.
    ///
    /// # Errors
    /// See [`SubmitError`]; nothing has been started then.
    pub async fn submit_under(
        &self,
        grant: &Grant,
        request: AnalysisRequest,
        config: Arc<CanaryConfig>,
        key: Option<RunKey>,
        origin: Origin,
    ) -> Result<Arc<Run>, SubmitError> {
        let identity = ConfigIdentity::of(&config);
        self.take(grant, request, (config, identity), key, origin)
            .await
    }

    async fn take(
        &self,
        grant: &Grant,
        request: AnalysisRequest,
        resolved: (Arc<CanaryConfig>, ConfigIdentity),
        key: Option<RunKey>,
        origin: Origin,
    ) -> Result<Arc<Run>, SubmitError> {
        let inner = &self.0;
        if inner.shutdown.is_cancelled() {
            return Err(SubmitError::ShuttingDown);
        }
        let key = key.map(|key| RequestKey {
            key,
            digest: asked::digest(&request, &origin),
        });
        let mut new = inner.allowed_run(grant, request, resolved, key)?;
        new.run.origin = origin;
        match inner.store.create(new).await? {
            Created::New(run) => {
                inner.metrics.run_started();
                if let Some(key) = run.key.as_ref().filter(|key| key.attempt > 1) {
                    let act = Act::AnalysisRepeated {
                        analysis: run.id,
                        application: run.application().to_owned(),
                        key: key.name.clone(),
                        attempt: key.attempt,
                    };
                    inner.audit.record(grant, act).await;
                }
                Ok(run)
            }
            Created::Before(run) => Ok(run),
            Created::KeyTaken(run) => {
                let name = run.key.as_ref().map(|key| key.name.clone());
                let known = grant.sees(run.application()).then_some(run.id);
                Err(SubmitError::KeyTaken(name.unwrap_or_default(), known))
            }
        }
    }

    /// Whether a request could be carried out for this caller.
    ///
    /// # Errors
    /// Everything wrong with it, or the caller may not ask for it, or its config cannot be read now.
    pub async fn check(&self, grant: &Grant, request: AnalysisRequest) -> Result<(), SubmitError> {
        let resolved = self.0.configs.resolve(&request.config).await?;
        let new = self.0.allowed_run(grant, request, resolved, None);
        new.map(|_| ())
    }

    /// The config a request means.
    ///
    /// # Errors
    /// It is not known, or not consistent, or cannot be read now.
    pub async fn resolve(
        &self,
        config: &ConfigRef,
    ) -> Result<(Arc<CanaryConfig>, ConfigIdentity), SubmitError> {
        Ok(self.0.configs.resolve(config).await?)
    }

    /// Ends a run for a caller. A run that has ended already stays as it was; `None` if it is not known, or not to this caller.
    ///
    /// # Errors
    /// The caller may only look, or the store does not answer.
    pub async fn cancel(&self, grant: &Grant, id: RunId) -> Result<Option<Arc<Run>>, CancelError> {
        let found = self.0.store.get(id).await?;
        let Some(run) = found.filter(|run| grant.sees(run.application())) else {
            return Ok(None);
        };
        grant.require_for(Role::Run, run.application())?;
        let ended = self.end(id).await?;
        let cancelled = |ended: &Arc<Run>| ended.state == RunState::Cancelled;
        if !run.state.is_final() && ended.as_ref().is_some_and(cancelled) {
            let act = Act::AnalysisCancelled {
                analysis: id,
                application: run.application().to_owned(),
            };
            self.0.audit.record(grant, act).await;
        }
        Ok(ended)
    }

    /// Ends a run of which nothing is wanted any more.
    pub(crate) async fn end(&self, id: RunId) -> Result<Option<Arc<Run>>, StoreError> {
        self.0.store.cancel(id).await
    }
}

impl Inner {
    /// A run for a request, if this caller may ask for it.
    fn allowed_run(
        &self,
        grant: &Grant,
        request: AnalysisRequest,
        resolved: (Arc<CanaryConfig>, ConfigIdentity),
        key: Option<RequestKey>,
    ) -> Result<NewRun, SubmitError> {
        grant.require_for(Role::Run, request.application.as_str())?;
        if let ConfigRef::Inline(_) = request.config {
            // Its queries can ask for any series of an account.
            grant.require(Role::Inline)?;
        }
        let new = self
            .new_run(request, resolved, key)
            .map_err(SubmitError::Invalid)?;
        grant.require_accounts(new.run.accounts.iter().map(String::as_str))?;
        Ok(new)
    }

    /// A run for a request, if all its looks can be carried out.
    fn new_run(
        &self,
        request: AnalysisRequest,
        (config, identity): (Arc<CanaryConfig>, ConfigIdentity),
        key: Option<RequestKey>,
    ) -> Result<NewRun, Vec<Mistake>> {
        let now = Timestamp::now();
        self.callbacks.check(&request.callbacks)?;
        let mut request = request.pinned(now)?;
        request
            .callbacks
            .extend_from_slice(self.callbacks.every_run());
        let plan = |request: &AnalysisRequest| {
            plan_resolved(request, config.clone(), identity.clone(), self.context(now))
        };
        let whole = plan(&request)?;
        self.judges
            .check(&config)
            .map_err(|mistake| vec![request.config.mistake(mistake)])?;
        let rule = request.look_rule(config.judge.judged_by());
        if !(rule.keeps_confidence() || config.judge.shares_confidence()) {
            let error = UnsuitedRule(config.judge.judged_by());
            return Err(vec![Mistake::new("/looks/rule", error.to_string())]);
        }
        if request.looks.is_some() {
            // What not even the last look could see is a mistake; the others may well see less.
            plan(&request.at_last_look())?;
        }
        let first = if request.looks_planned() > 1 {
            enough_samples(&whole)?;
            plan(&request.at_look(1)).map_err(|mistakes| {
                let first = |mistake: Mistake| {
                    Mistake::new(
                        "/looks/every",
                        format!("the first look: {}", mistake.detail),
                    )
                };
                mistakes.into_iter().map(first).collect::<Vec<_>>()
            })?
        } else {
            whole.clone()
        };
        let last_due = whole.ready_at.max(first.ready_at);
        let run = Run {
            id: RunId::new(),
            created_at: now,
            config: identity.clone(),
            origin: Origin::Native,
            key: key.as_ref().map(|key| key.key.clone()),
            deadline: last_due
                .checked_add(self.limits.deadline)
                .unwrap_or(Timestamp::MAX),
            accounts: accounts(&whole),
            trace: TraceParent::current(),
            looks: Vec::new(),
            state: RunState::Queued {
                ready_at: first.ready_at,
            },
            ended_at: None,
            request: Arc::new(request),
        };
        Ok(NewRun { run, config, key })
    }
}

/// Watching is in vain if not even the whole window can hold as many samples as a decision needs.
fn enough_samples(whole: &Plan) -> Result<(), Vec<Mistake>> {
    let mut short = Vec::new();
    for (metric, planned) in whole.config.metrics.iter().zip(&whole.metrics) {
        let needed = metric
            .minimum_samples
            .unwrap_or(whole.config.defaults.minimum_samples)
            .count();
        let possible = planned.queries.iter().map(|query| query.grid.len()).max();
        if let Some(possible) = possible.filter(|&possible| possible < needed) {
            let name = &planned.metric;
            let detail = format!(
                "metric {name:?} needs {needed} samples, and the whole window holds {possible}"
            );
            short.push(Mistake::new("/window", detail));
        }
    }
    if short.is_empty() { Ok(()) } else { Err(short) }
}

/// The accounts a plan asks, each once.
fn accounts(plan: &Plan) -> Vec<String> {
    let queries = plan.metrics.iter().flat_map(|metric| &metric.queries);
    let mut accounts: Vec<_> = queries.map(|query| query.account.clone()).collect();
    accounts.sort();
    accounts.dedup();
    accounts
}

/// The SHA-256 of what is asked for, in hex: the same for bodies that differ in form alone.
pub(crate) fn digest<T: Serialize>(request: &T) -> String {
    // A request that was read from JSON can be written as JSON.
    let canonical = serde_json::to_vec(request).unwrap_or_default();
    Sha256::digest(canonical)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
