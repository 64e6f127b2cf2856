//! What a `Canary` says in a hook's metadata, all of it text: the analysis it wants, and how it reads verdicts.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::{Value, from_value};

use super::{Permit, Policy, Release};
use crate::{
    analysis::{
        AnalysisRequest, ConfigRef, LooksRequest, RuleName, Scope, ThresholdsRequest, WindowRequest,
    },
    canary_config::{Mistake, Name, Number, duration, escape_pointer},
};

/// How many looks a window holds where the metadata does not say how often to look.
const LOOKS: i32 = 5;

/// The keys that are known, for those who write another.
const KNOWN: &str = "config, application, baseline, canary, location, param.NAME, label.NAME, duration, warmUp, every, rule, \
                     step, pass, marginal, onMarginal, onInconclusive, onUndecidedLook";

/// Metadata, read.
#[derive(Debug)]
pub(super) struct Metadata {
    /// The analysis it asks for, if it names a config.
    pub(super) request: Option<AnalysisRequest>,
    /// How it reads what is found.
    pub(super) policy: Policy,
}

impl Metadata {
    /// Reads the metadata of a hook about a release.
    ///
    /// # Errors
    /// Everything wrong with it.
    pub(super) fn read(
        release: &Release,
        metadata: &BTreeMap<String, String>,
    ) -> Result<Self, Vec<Mistake>> {
        let mut reader = Reader {
            metadata,
            mistakes: Vec::new(),
        };
        reader.refuse_unknown();
        let policy = Policy {
            on_marginal: reader.permit("onMarginal"),
            on_inconclusive: reader.permit("onInconclusive"),
            on_undecided_look: reader.permit("onUndecidedLook"),
        };
        let request = reader.request(release);
        if reader.mistakes.is_empty() {
            Ok(Self { request, policy })
        } else {
            Err(reader.mistakes)
        }
    }
}

struct Reader<'a> {
    metadata: &'a BTreeMap<String, String>,
    mistakes: Vec<Mistake>,
}

impl Reader<'_> {
    fn refuse_unknown(&mut self) {
        for key in self.metadata.keys() {
            let known = match key.split_once('.') {
                Some((prefix, name)) => matches!(prefix, "param" | "label") && !name.is_empty(),
                None => KNOWN.split(", ").any(|known| known == key),
            };
            if !known {
                let detail = format!("not a key of these hooks; they are {KNOWN}");
                self.wrong(key, detail);
            }
        }
    }

    fn request(&mut self, release: &Release) -> Option<AnalysisRequest> {
        let config = self.read("config", |text| Name::try_from(text.to_owned()))?;
        let window = self.read("duration", duration::parse);
        if !self.metadata.contains_key("duration") {
            let detail = "how long the release is watched, such as 10m, is needed beside `config`";
            self.wrong("duration", detail.to_owned());
        }
        let warm_up = self.read("warmUp", duration::parse);
        let looks = LooksRequest {
            every: self
                .read("every", duration::parse)
                .or_else(|| window.map(every))
                .unwrap_or_default(),
            rule: self.read("rule", word::<RuleName>),
            ..LooksRequest::default()
        };
        let step = self.read("step", duration::parse);
        let baseline = self.scope(release, "baseline", format!("{}-primary", release.name));
        let canary = self.scope(release, "canary", release.name.clone());
        let thresholds = self.thresholds();
        Some(AnalysisRequest {
            application: release.application.clone(),
            config: ConfigRef::Name(config),
            baseline: Some(baseline),
            canary: Some(canary),
            scopes: BTreeMap::new(),
            window: WindowRequest {
                duration: window,
                warm_up,
                ..WindowRequest::default()
            },
            looks: Some(looks),
            step,
            thresholds,
            labels: self.labels(release),
            callbacks: Vec::new(),
        })
    }

    /// One side; Flagger names the old version's deployment after the new one's.
    fn scope(&self, release: &Release, side: &str, otherwise: String) -> Scope {
        let mut params = self.under("param");
        let namespace = release.namespace.clone();
        params.entry("namespace".to_owned()).or_insert(namespace);
        Scope {
            scope: self.metadata.get(side).cloned().unwrap_or(otherwise),
            location: self.metadata.get("location").cloned(),
            params,
            ..Scope::default()
        }
    }

    fn thresholds(&mut self) -> Option<ThresholdsRequest> {
        let number = |text: &str| from_value::<Number>(Value::String(text.to_owned()));
        let pass = self.read("pass", number);
        let marginal = self.read("marginal", number);
        match (pass, marginal) {
            (Some(pass), Some(marginal)) => Some(ThresholdsRequest { pass, marginal }),
            (None, None) => None,
            (Some(_), None) => {
                self.wrong("marginal", "`pass` needs `marginal` beside it".to_owned());
                None
            }
            (None, Some(_)) => {
                self.wrong("pass", "`marginal` needs `pass` beside it".to_owned());
                None
            }
        }
    }

    fn labels(&self, release: &Release) -> BTreeMap<String, String> {
        let mut labels = self.under("label");
        for (name, value) in [
            ("flagger.namespace", &release.namespace),
            ("flagger.name", &release.name),
            ("flagger.checksum", &release.checksum),
        ] {
            labels
                .entry(name.to_owned())
                .or_insert_with(|| value.clone());
        }
        labels
    }

    fn under(&self, prefix: &str) -> BTreeMap<String, String> {
        let entries = self.metadata.iter().filter_map(|(key, value)| {
            let (of, name) = key.split_once('.')?;
            (of == prefix).then(|| (name.to_owned(), value.clone()))
        });
        entries.collect()
    }

    fn permit(&mut self, key: &str) -> Permit {
        self.read(key, word).unwrap_or_default()
    }

    fn read<T, E: ToString>(
        &mut self,
        key: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        match parse(self.metadata.get(key)?) {
            Ok(value) => Some(value),
            Err(error) => {
                self.wrong(key, error.to_string());
                None
            }
        }
    }

    fn wrong(&mut self, key: &str, detail: String) {
        let pointer = format!("/metadata/{}", escape_pointer(key));
        self.mistakes.push(Mistake::new(pointer, detail));
    }
}

/// A word of a closed set.
fn word<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
    from_value(Value::String(text.to_owned()))
}

/// The time between looks that a window of this length gets: whole seconds, as steps are.
fn every(window: SignedDuration) -> SignedDuration {
    SignedDuration::from_secs((window / LOOKS).as_secs().max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release() -> Release {
        Release {
            application: Name::try_from("podinfo".to_owned()).unwrap(),
            namespace: "test".to_owned(),
            name: "podinfo".to_owned(),
            checksum: "85d557f47b".to_owned(),
        }
    }

    fn read(entries: &[(&str, &str)]) -> Result<Metadata, Vec<Mistake>> {
        let entries = entries.iter();
        let metadata = entries
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        Metadata::read(&release(), &metadata)
    }

    #[test]
    fn a_config_and_a_time_are_enough() {
        let read = read(&[("config", "checkout"), ("duration", "30m")]).unwrap();
        let request = read.request.unwrap();
        assert_eq!(request.application.as_str(), "podinfo");
        let (baseline, canary) = (request.baseline.unwrap(), request.canary.unwrap());
        assert_eq!(
            (baseline.scope.as_str(), canary.scope.as_str()),
            ("podinfo-primary", "podinfo")
        );
        assert_eq!(canary.params["namespace"], "test");
        assert_eq!(
            request.looks.unwrap().every,
            SignedDuration::from_mins(6),
            "a fifth of the window"
        );
        assert_eq!(request.labels["flagger.checksum"], "85d557f47b");
        assert_eq!(read.policy, Policy::default());
    }

    #[test]
    fn nothing_is_asked_for_without_a_config() {
        let read = read(&[("onMarginal", "go")]).unwrap();
        assert!(read.request.is_none());
        assert_eq!(read.policy.on_marginal, Permit::Go);
    }

    #[test]
    fn every_mistake_is_told() {
        let mistakes = read(&[
            ("config", "checkout"),
            ("every", "often"),
            ("onMarginal", "maybe"),
            ("pass", "90"),
            ("baselines", "x"),
            ("param.", "x"),
        ])
        .unwrap_err();
        let mut pointers: Vec<_> = mistakes.iter().map(|it| it.pointer.as_str()).collect();
        pointers.sort_unstable();
        assert_eq!(
            pointers,
            [
                "/metadata/baselines",
                "/metadata/duration",
                "/metadata/every",
                "/metadata/marginal",
                "/metadata/onMarginal",
                "/metadata/param.",
            ]
        );
    }
}
