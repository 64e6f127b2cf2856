//! From Kayenta's config to the native one.

mod analysis;
mod groups;
mod judge;
mod metric;
mod names;

pub use judge::REMOTE_ACCOUNT;

use super::{KayentaConfig, Warning, warnings::Warnings, wire};
use crate::canary_config::{
    ApiVersion, CanaryConfig, Compare, Defaults, MinimumSamples, Mistake, Name,
};
use metric::Metrics;
use serinus_judge::JudgeName;

/// Where Kayenta's configs have what is under `netflixAca` in a native metric.
const IN_KAYENTA: &str = "/analysisConfigurations/canary/";

/// What a Kayenta config leaves to the request, as far as it is known.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// The account to read all metrics from. Without it each reads from one that is called like its store's type.
    pub account: Option<Name>,
    /// The request's `extendedScopeParams`, in its order: some decide which form a query has.
    pub params: Vec<(String, String)>,
}

/// A config in native form.
#[derive(Debug, Clone, PartialEq)]
pub struct Lowered {
    /// The native config; it is consistent.
    pub config: CanaryConfig,
    /// What is not as it was.
    pub warnings: Vec<Warning>,
}

impl KayentaConfig {
    /// The native config that means the same.
    ///
    /// # Errors
    /// What Kayenta would refuse when it stores or runs the config, with pointers into it.
    pub fn lower(&self, given: &Given) -> Result<Lowered, Vec<Mistake>> {
        let mut warnings = Warnings::default();
        let config = lower(&self.config, given, &mut warnings)?;
        Ok(Lowered {
            config: config.check()?,
            warnings: warnings.into_vec(),
        })
    }
}

fn lower(
    config: &wire::Config,
    given: &Given,
    warnings: &mut Warnings,
) -> Result<CanaryConfig, Vec<Mistake>> {
    warnings.unread("", &config.rest, &wire::BOOKKEEPING);
    let judge = judge::choice(config.judge.as_ref(), warnings).map_err(|mistake| vec![mistake])?;
    let Metrics { metrics, stores } = metric::all(config, given, warnings)?;
    let groups = groups::weights(config.classifier.as_ref(), &metrics, warnings)?;
    let thresholds = groups::thresholds(config.classifier.as_ref(), warnings)?;
    let account = given.account.clone().or_else(|| match stores.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    });
    if given.account.is_none() {
        let named: Vec<_> = stores.iter().map(Name::as_str).collect();
        let detail = format!(
            "Kayenta takes the account from the request; metrics are read from accounts called like their store ({}), or import with `--account`",
            named.join(", ")
        );
        warnings.add("", detail);
    }
    let config = CanaryConfig {
        api_version: ApiVersion::V1,
        name: names::of_config(config.name.as_deref(), warnings),
        description: config.description.clone().unwrap_or_default(),
        judge: JudgeName::NetflixAca.into(),
        defaults: Defaults {
            account,
            // Kayenta asks for no minimum, and answers with whatever there is.
            minimum_samples: MinimumSamples::NONE,
            ..Defaults::default()
        },
        compare: Compare::default(),
        metrics,
        groups,
        thresholds,
    };
    let (config, changes) = config.under(judge);
    for Mistake {
        pointer, detail, ..
    } in changes
    {
        warnings.add(pointer.replace("/netflixAca/", IN_KAYENTA), detail);
    }
    Ok(config)
}
