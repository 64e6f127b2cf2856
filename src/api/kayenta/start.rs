//! Starting a run.

use std::sync::Arc;

use actix_web::HttpRequest;
use jiff::Timestamp;
use serde_json::Value;

use super::{
    NO_APPLICATION, OWN_ACCOUNT,
    error::KayentaError,
    input::{Parameters, Received},
};
use crate::{
    access::Grant,
    analysis::{ConfigRef, ExecutionKind, KayentaOrigin, LooksRequest, Origin, Run, fits},
    api::{State, keyed::key_header, problem::Problem},
    canary_config::{CanaryConfig, Name},
    configs::{ConfigBody, KnownConfig},
    kayenta::{
        Given, KayentaConfig, raise,
        wire::{CanaryExecutionRequest, StandaloneRequest},
    },
};

/// Under which config a run is asked for.
pub(super) enum Under {
    /// One that has an id.
    Known(KnownConfig),
    /// One that came with the request.
    AdHoc(Box<KayentaConfig>),
}

/// The largest config that may come with a request, in bytes.
const LARGEST_CONFIG: usize = 1024 * 1024;

/// A request with its config, each as it was sent.
pub(super) struct AdHoc {
    config: Value,
    request: Value,
}

impl AdHoc {
    /// Takes both out of a body.
    pub(super) fn read(Received(mut body): Received) -> Result<Self, KayentaError> {
        let mut part = |name: &str| {
            let part = body.get_mut(name).map(Value::take);
            let part = part.filter(|part| !part.is_null());
            part.ok_or_else(|| {
                KayentaError::bad(format!("{name} must be provided for ad-hoc requests"))
            })
        };
        Ok(Self {
            config: part("canaryConfig")?,
            request: part("executionRequest")?,
        })
    }

    /// The config, and the request under it.
    pub(super) fn into_parts(self) -> Result<(Under, Value), KayentaError> {
        let Self { config, request } = self;
        if config.to_string().len() > LARGEST_CONFIG {
            let message = format!("canaryConfig is too large: the limit is {LARGEST_CONFIG} bytes");
            return Err(KayentaError::bad(message));
        }
        let config = KayentaConfig::from_value(config)
            .map_err(|mistake| KayentaError::bad(mistake.under("/canaryConfig").to_string()))?;
        Ok((Under::AdHoc(Box::new(config)), request))
    }
}

/// What is asked for.
pub(super) struct Asked {
    request: CanaryExecutionRequest,
    looks: Option<LooksRequest>,
    /// As it was sent.
    received: Value,
    kind: ExecutionKind,
}

impl Asked {
    /// One judgement.
    pub(super) fn canary(received: Value) -> Result<Self, KayentaError> {
        Ok(Self {
            request: Received::read(&received)?,
            looks: None,
            received,
            kind: ExecutionKind::Canary,
        })
    }

    /// Several judgements while the window fills.
    pub(super) fn standalone(received: Value, user: &str) -> Result<Self, KayentaError> {
        let request: StandaloneRequest = Received::read(&received)?;
        let watched = request
            .watched(Timestamp::now())
            .map_err(KayentaError::bad)?;
        Ok(Self {
            request: watched.request,
            looks: Some(watched.looks),
            received,
            kind: ExecutionKind::Standalone {
                user: user.to_owned(),
            },
        })
    }
}

impl State {
    /// Checks a request of Kayenta's completely and starts a run for it.
    pub(super) async fn start(
        &self,
        grant: &Grant,
        http: &HttpRequest,
        parameters: &Parameters,
        under: Under,
        asked: Asked,
    ) -> Result<Arc<Run>, KayentaError> {
        let key = key_header(http)?;
        let metrics_account = self.metrics_account(grant, parameters)?;
        let application = parameters.get("application").unwrap_or(NO_APPLICATION);
        let application = Name::try_from(application.to_owned())
            .map_err(|detail| KayentaError::bad(format!("application: {detail}")))?;
        let Asked {
            request: asked,
            looks,
            received: sent,
            kind,
        } = asked;
        fits(&sent).map_err(|mistake| KayentaError::bad(mistake.to_string()))?;
        let given = Given {
            account: metrics_account
                .clone()
                .and_then(|name| name.try_into().ok()),
            params: asked.params(),
        };
        let kept = |name| parameters.owned(name);
        let or_own = |name| kept(name).or_else(|| Some(OWN_ACCOUNT.to_owned()));
        let (config, named, received, id, configuration_account) = match under {
            Under::Known(known) => {
                let usable = known.usable(&given).map_err(Problem::invalid)?;
                let (config, received) = match &known.body {
                    ConfigBody::Kayenta(kayenta) => {
                        let config = CanaryConfig::clone(&usable.config);
                        (
                            self.on_accounts(grant, config, &given),
                            kayenta.under_id(&known.key),
                        )
                    }
                    ConfigBody::Native(native) => (usable.config, raise::shown(native)),
                };
                let named = ConfigRef::Name(config.name.clone());
                let account = or_own("configurationAccountName");
                (config, named, received, known.key, account)
            }
            Under::AdHoc(kayenta) => {
                let lowered = kayenta.lower(&given).map_err(Problem::invalid)?;
                let config = self.on_accounts(grant, lowered.config, &given);
                let named = ConfigRef::Inline(Box::new(CanaryConfig::clone(&config)));
                let id = NO_APPLICATION.to_owned();
                (config, named, kayenta.received().clone(), id, None)
            }
        };
        if asked.thresholds.is_none()
            && received
                .pointer("/classifier/scoreThresholds/pass")
                .is_none()
        {
            return Err(KayentaError::bad(
                "Execution request must contain thresholds, or its canary config scoreThresholds.",
            ));
        }
        let mut request_of_run = asked
            .lower(application, &config, named)
            .map_err(KayentaError::bad)?;
        request_of_run.looks = looks;
        let origin = KayentaOrigin {
            config: received,
            config_id: id,
            request: sent,
            parent_pipeline_execution_id: kept("parentPipelineExecutionId"),
            metrics_account: metrics_account.or_else(|| only_account(&config)),
            storage_account: or_own("storageAccountName"),
            configuration_account,
            kind,
        };
        let origin = Origin::Kayenta(Arc::new(origin));
        let started = self
            .runner
            .submit_under(grant, request_of_run, config, key, origin);
        Ok(started.await?)
    }

    /// The config with accounts that exist: where the request names none, the first one of each store's type that the caller may use.
    pub(super) fn on_accounts(
        &self,
        grant: &Grant,
        mut config: CanaryConfig,
        given: &Given,
    ) -> Arc<CanaryConfig> {
        if given.account.is_none() {
            let metrics = config.metrics.iter_mut();
            let accounts = metrics.filter_map(|metric| metric.account.as_mut());
            for account in accounts.chain(config.defaults.account.as_mut()) {
                let first = self.first_account(grant, account.as_str());
                if let Some(first) = first.and_then(|name| Name::try_from(name.to_owned()).ok()) {
                    *account = first;
                }
            }
        }
        Arc::new(config)
    }
}

/// The account that all metrics are read from, if it is one.
fn only_account(config: &CanaryConfig) -> Option<String> {
    let default = config.defaults.account.as_ref();
    let mut accounts = (config.metrics.iter()).map(|metric| metric.account.as_ref().or(default));
    let first = accounts.next()??;
    accounts
        .all(|account| account == Some(first))
        .then(|| first.to_string())
}
