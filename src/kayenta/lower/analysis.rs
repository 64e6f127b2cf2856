//! How one metric is judged: `analysisConfigurations.canary`.

use serde_json::{Map, Value};
use serinus_judge::netflix_aca::{
    EffectSize, FenceFactor, Measure, MetricOptions, NanStrategy, Outliers,
};
use serinus_judge::{Direction, OnNoData};

use super::super::{warnings::Warnings, wire};
use crate::canary_config::Mistake;

/// The rules of one metric.
#[derive(Debug, Default)]
pub(super) struct Analysis {
    pub(super) direction: Direction,
    pub(super) critical: bool,
    pub(super) muted: bool,
    pub(super) on_no_data: OnNoData,
    pub(super) options: MetricOptions,
}

/// Reads the rules of the metric at `at`.
pub(super) fn analysis(
    metric: &wire::Metric,
    at: &str,
    warnings: &mut Warnings,
) -> Result<Analysis, Mistake> {
    let at = format!("{at}/analysisConfigurations");
    let configurations = metric.analysis_configurations.as_ref();
    if let Some(configurations) = configurations {
        warnings.unread(&at, configurations, &["canary"]);
    }
    let mut canary = Section::of(configurations, "canary", &at)?;
    let must_have_data = canary.flag("mustHaveData")?;
    let analysis = Analysis {
        direction: canary.word(
            "direction",
            &[
                ("increase", Direction::Increase),
                ("decrease", Direction::Decrease),
                ("either", Direction::Either),
            ],
            warnings,
        )?,
        critical: canary.flag("critical")?,
        muted: canary.flag("muted")?,
        on_no_data: if must_have_data {
            OnNoData::Fail
        } else {
            OnNoData::default()
        },
        options: MetricOptions {
            nan_strategy: canary.word(
                "nanStrategy",
                &[
                    ("remove", NanStrategy::Remove),
                    ("replace", NanStrategy::Replace),
                ],
                warnings,
            )?,
            outliers: outliers(canary.section("outliers")?, warnings)?,
            effect_size: effect_size(canary.section("effectSize")?, warnings)?,
        },
    };
    if must_have_data && analysis.options.nan_strategy == NanStrategy::Replace {
        warnings.add(
            format!("{}/mustHaveData", canary.at),
            "with `nanStrategy: replace` a metric without data passes, here as in Kayenta",
        );
    }
    canary.finish(warnings);
    Ok(analysis)
}

fn outliers(mut section: Section<'_>, warnings: &mut Warnings) -> Result<Outliers, Mistake> {
    let remove = section.word("strategy", &[("keep", false), ("remove", true)], warnings)?;
    let factor = section.number("outlierFactor", warnings)?;
    let at = format!("{}/outlierFactor", section.at);
    section.finish(warnings);
    if !remove {
        return Ok(Outliers::Keep);
    }
    let factor = factor.map_or(Ok(FenceFactor::default()), FenceFactor::try_from);
    let factor = factor.map_err(|error| Mistake::new(at, error.to_string()))?;
    Ok(Outliers::Remove { factor })
}

fn effect_size(mut section: Section<'_>, warnings: &mut Warnings) -> Result<EffectSize, Mistake> {
    let measure = section.word(
        "measure",
        &[("meanRatio", Measure::MeanRatio), ("cles", Measure::Cles)],
        warnings,
    )?;
    let neutral = measure.neutral();
    let mut threshold = |name| Ok::<_, Mistake>(section.number(name, warnings)?.unwrap_or(neutral));
    let effect = EffectSize {
        measure,
        allowed_increase: threshold("allowedIncrease")?,
        allowed_decrease: threshold("allowedDecrease")?,
        critical_increase: threshold("criticalIncrease")?,
        critical_decrease: threshold("criticalDecrease")?,
    };
    section.finish(warnings);
    Ok(effect)
}

/// An object of which fields are read one by one, as Kayenta's judge does.
struct Section<'a> {
    fields: Option<&'a Map<String, Value>>,
    at: String,
    read: Vec<&'static str>,
}

impl<'a> Section<'a> {
    fn of(parent: Option<&'a Map<String, Value>>, name: &str, at: &str) -> Result<Self, Mistake> {
        let at = format!("{at}/{name}");
        let fields = match parent.and_then(|parent| parent.get(name)) {
            Some(Value::Object(fields)) => Some(fields),
            Some(Value::Null) | None => None,
            Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
                return Err(Mistake::new(at, "expected an object"));
            }
        };
        Ok(Self {
            fields,
            at,
            read: Vec::new(),
        })
    }

    fn section(&mut self, name: &'static str) -> Result<Self, Mistake> {
        self.read.push(name);
        Section::of(self.fields, name, &self.at)
    }

    fn value(&self, name: &str) -> Option<&'a Value> {
        self.fields?.get(name)
    }

    /// A yes or no; anything else fails in Kayenta. Null is no.
    fn flag(&mut self, name: &'static str) -> Result<bool, Mistake> {
        self.read.push(name);
        match self.value(name) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(Mistake::new(
                format!("{}/{name}", self.at),
                "expected true or false",
            )),
        }
    }

    /// One of several words; Kayenta takes any other for the default.
    fn word<T: Copy + Default>(
        &mut self,
        name: &'static str,
        words: &[(&str, T)],
        warnings: &mut Warnings,
    ) -> Result<T, Mistake> {
        self.read.push(name);
        let at = format!("{}/{name}", self.at);
        match self.value(name) {
            None => Ok(T::default()),
            Some(Value::String(text)) => {
                let found = words.iter().find(|(word, _)| word == text);
                if found.is_none() {
                    let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
                    let known = known.join(", ");
                    let detail = format!(
                        "{text:?} is none of {known}; as in Kayenta the default is taken for it"
                    );
                    warnings.add(at, detail);
                }
                Ok(found.map_or_else(T::default, |(_, meaning)| *meaning))
            }
            Some(_) => Err(Mistake::new(at, "expected text")),
        }
    }

    fn number(
        &mut self,
        name: &'static str,
        warnings: &mut Warnings,
    ) -> Result<Option<f64>, Mistake> {
        self.read.push(name);
        let at = format!("{}/{name}", self.at);
        match self.value(name) {
            None => Ok(None),
            Some(Value::Null) => {
                warnings.add(at, "null is 0 to Kayenta's judge, and here");
                Ok(Some(0.0))
            }
            Some(value) => number(value, &at, warnings).map(Some),
        }
    }

    /// Warns of the fields that were not read.
    fn finish(&self, warnings: &mut Warnings) {
        if let Some(fields) = self.fields {
            warnings.unread(&self.at, fields, &self.read);
        }
    }
}

/// A number, perhaps written as text.
pub(super) fn number(value: &Value, at: &str, warnings: &mut Warnings) -> Result<f64, Mistake> {
    let number = match value {
        Value::String(text) => {
            warnings.add(at, "Kayenta wants a number here, not text");
            text.trim().parse().ok()
        }
        Value::Number(number) => number.as_f64(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    number
        .filter(|number: &f64| number.is_finite())
        .ok_or_else(|| Mistake::new(at, "expected a finite number"))
}
