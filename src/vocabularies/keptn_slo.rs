//! Keptn's `slo.yaml`: objectives on indicators, weighed into a score.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serinus_judge::{Direction, Thresholds};

use super::{
    Given,
    draft::{Counts, Draft, Query, config},
    limit::{Comparison, Range},
    notes::Notes,
    read, template,
};
use crate::canary_config::{CanaryConfig, Fraction, Mistake};

/// The store of an indicator, unless `--account` says otherwise: Keptn names none.
const STORE: &str = "prometheus";

#[derive(Debug, Deserialize)]
struct Slo {
    objectives: Vec<Objective>,
    total_score: Option<TotalScore>,
    /// The version of the language.
    #[serde(rename = "spec_version")]
    _version: Option<Value>,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

#[derive(Debug, Deserialize)]
struct Objective {
    sli: String,
    #[serde(default)]
    pass: Option<Vec<Criteria>>,
    #[serde(default)]
    warning: Option<Vec<Criteria>>,
    #[serde(default = "once")]
    weight: f64,
    #[serde(default)]
    key_sli: bool,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

fn once() -> f64 {
    1.0
}

/// Conditions that all have to hold; of several lists, one has to.
#[derive(Debug, Deserialize)]
struct Criteria {
    criteria: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct TotalScore {
    pass: Option<Percent>,
    warning: Option<Percent>,
}

/// `90%`, or 90.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "Value")]
struct Percent(f64);

impl TryFrom<Value> for Percent {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let number = value.as_f64().or_else(|| {
            let text = value.as_str()?.trim();
            text.trim_end_matches('%').trim().parse().ok()
        });
        number
            .map(Self)
            .ok_or_else(|| format!("expected a share such as 90%, found {value}"))
    }
}

#[derive(Debug, Deserialize)]
struct Sli {
    indicators: BTreeMap<String, String>,
}

/// The config of an `slo.yaml`.
pub(super) fn lower(
    documents: &[Value],
    given: &Given,
    notes: &mut Notes,
) -> Result<CanaryConfig, Vec<Mistake>> {
    let [document] = documents else {
        return Err(vec![Mistake::new(
            "",
            "expected one document: an `slo.yaml`",
        )]);
    };
    let slo: Slo = read(document, "")?;
    notes.unread("", &slo.rest);
    let indicators = indicators(given)?;
    let mut drafts = Vec::new();
    for (index, objective) in slo.objectives.iter().enumerate() {
        let at = format!("/objectives/{index}");
        let query = indicators.get(&objective.sli).ok_or_else(|| {
            let detail = format!(
                "the query of {:?} is in an `sli.yaml`: give it with `--sli`",
                objective.sli
            );
            vec![Mistake::new(format!("{at}/sli"), detail)]
        })?;
        drafts.push(draft(objective, query, at, notes));
    }
    let thresholds = thresholds(slo.total_score.as_ref())?;
    config("slo", drafts, thresholds, given, notes)
}

fn indicators(given: &Given) -> Result<BTreeMap<String, String>, Vec<Mistake>> {
    let Some(text) = &given.indicators else {
        return Ok(BTreeMap::new());
    };
    let sli = serde_saphyr::from_str::<Sli>(text);
    sli.map(|sli| sli.indicators).map_err(|error| {
        let detail = format!("the `sli.yaml` is not readable: {error}");
        vec![Mistake::new("", detail)]
    })
}

fn thresholds(total: Option<&TotalScore>) -> Result<Thresholds, Vec<Mistake>> {
    let default = Thresholds::default();
    let pass = total
        .and_then(|total| total.pass)
        .map_or(default.pass(), |it| it.0);
    let warning = total.and_then(|total| total.warning);
    let marginal = warning.map_or(default.marginal().min(pass), |it| it.0);
    Thresholds::new(pass, marginal)
        .map_err(|error| vec![Mistake::new("/total_score", error.to_string())])
}

fn draft(objective: &Objective, query: &str, at: String, notes: &mut Notes) -> Draft {
    notes.unread(&at, &objective.rest);
    if objective
        .warning
        .as_ref()
        .is_some_and(|warning| !warning.is_empty())
    {
        let detail =
            "half of the points for a warning has no counterpart: an objective passes or fails";
        notes.add(format!("{at}/warning"), detail);
    }
    let pass = objective.pass.as_deref().unwrap_or_default();
    if pass.len() > 1 {
        let detail = "of several lists of criteria one is enough there; the first one is kept here";
        notes.add(format!("{at}/pass"), detail);
    }
    let mut wanted = Wanted::default();
    let kept = pass
        .first()
        .map_or(&[][..], |list| list.criteria.as_slice());
    for (index, criterion) in kept.iter().enumerate() {
        let at = format!("{at}/pass/0/criteria/{index}");
        wanted.criterion(criterion, &at, notes);
    }
    let counts = match (pass.is_empty(), objective.key_sli) {
        (true, _) => Counts::Not,
        (false, true) => Counts::Alone,
        (false, false) => Counts::Score,
    };
    let limits = wanted.range.limits(&at, notes);
    Draft {
        name: objective.sli.clone(),
        query: Query::Native(variables(query)),
        store: STORE.to_owned(),
        compared: wanted.compared || limits.is_empty(),
        limits,
        allowed: wanted.allowed,
        direction: wanted.direction.unwrap_or(Direction::Either),
        counts,
        weight: objective.weight.max(0.0),
        step: None,
        at,
    }
}

/// What criteria ask for.
#[derive(Debug, Default)]
struct Wanted {
    range: Range,
    /// Whether one of them compares with what was before.
    compared: bool,
    allowed: Option<Fraction>,
    direction: Option<Direction>,
}

impl Wanted {
    /// `<600` is a limit; `<=+10%` compares with earlier evaluations.
    fn criterion(&mut self, text: &str, at: &str, notes: &mut Notes) {
        let none = |notes: &mut Notes| {
            notes.add(
                at,
                format!("this has no counterpart and is left out: {text}"),
            );
        };
        let Some((comparison, number)) = Comparison::split(text) else {
            return none(notes);
        };
        let relative = number.starts_with(['+', '-']) || number.ends_with('%');
        if !relative {
            match number
                .parse::<f64>()
                .ok()
                .filter(|number| number.is_finite())
            {
                Some(number) => self.range.good(comparison, number, at, notes),
                None => none(notes),
            }
            return;
        }
        let share = number
            .strip_suffix('%')
            .and_then(|digits| digits.trim().parse::<f64>().ok());
        let change = share.map(|percent| percent / 100.0);
        let wanted = match (comparison, change) {
            (Comparison::Less | Comparison::LessOrEqual, Some(change)) if change >= 0.0 => {
                Some((Direction::Increase, change))
            }
            (Comparison::Greater | Comparison::GreaterOrEqual, Some(change)) if change <= 0.0 => {
                Some((Direction::Decrease, -change))
            }
            _ => None,
        };
        let Some((direction, change)) = wanted else {
            return none(notes);
        };
        self.compared = true;
        let detail = "Keptn compares with earlier evaluations, and passes without any; here the canary is compared with its baseline";
        notes.add(at, detail);
        let Ok(allowed) = Fraction::new(change) else {
            return none(notes);
        };
        // Of two criteria the narrower one, in whichever directions they are.
        self.allowed =
            Some(self.allowed.map_or(
                allowed,
                |known| if known < allowed { known } else { allowed },
            ));
        self.direction = Some(match self.direction {
            Some(known) if known != direction => Direction::Either,
            Some(_) | None => direction,
        });
    }
}

/// A query with Keptn's variables: `$SERVICE` and the like, `$LABEL.name`, and the length of the window.
fn variables(query: &str) -> String {
    let mut out = template::literal(query.trim());
    for (theirs, ours) in [
        ("$DURATION_SECONDS", "window"),
        ("$PROJECT", "project"),
        ("$STAGE", "stage"),
        ("$SERVICE", "service"),
        ("$DEPLOYMENT", "deployment"),
        ("$TEST_STRATEGY", "testStrategy"),
    ] {
        out = out.replace(theirs, &format!("${{{ours}}}"));
    }
    while let Some((before, after)) = out.split_once("$LABEL.") {
        let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let (name, rest) = after.split_at(end.unwrap_or(after.len()));
        out = format!("{before}${{label.{name}}}{rest}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_carried_over() {
        let query = "rate(a{s=\"$SERVICE-$STAGE\",l=\"$LABEL.tier\"}[$DURATION_SECONDS])";
        let native = "rate(a{s=\"${service}-${stage}\",l=\"${label.tier}\"}[${window}])";
        assert_eq!(variables(query), native);
    }

    #[test]
    fn criteria_are_limits_or_comparisons() {
        let mut notes = Notes::default();
        let mut wanted = Wanted::default();
        wanted.criterion("<=600", "/a", &mut notes);
        assert!(!wanted.compared && notes.into_vec().is_empty());

        let mut notes = Notes::default();
        wanted.criterion("<= +10%", "/b", &mut notes);
        wanted.criterion(">=-5%", "/c", &mut notes);
        assert!(wanted.compared);
        assert_eq!(wanted.allowed, Fraction::new(0.05).ok());
        assert_eq!(wanted.direction, Some(Direction::Either));
        for text in ["<=+10", ">+5%", "=10%", "fast", "< x"] {
            let (mut wanted, mut notes) = (Wanted::default(), Notes::default());
            wanted.criterion(text, "/d", &mut notes);
            assert!(
                !wanted.compared && wanted.range == Range::default(),
                "{text}"
            );
            assert_eq!(notes.into_vec().len(), 1, "{text}");
        }
    }
}
