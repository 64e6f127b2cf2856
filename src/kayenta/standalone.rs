//! From a request for a standalone analysis to one for a run with looks.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Map;

use super::wire::{
    CanaryExecutionRequest, CanaryScope, CanaryScopePair, Double, StandaloneRequest,
    StandaloneScope,
};
use crate::analysis::LooksRequest;

/// The step where the request has none, in seconds.
const USUAL_STEP: f64 = 60.0;

/// A run that is watched while its window fills.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    /// The request over the whole window.
    pub request: CanaryExecutionRequest,
    /// When it is looked at.
    pub looks: LooksRequest,
}

impl StandaloneRequest {
    /// The run that means the same, asked for at `now`.
    ///
    /// Its window ends with the last judgement, as nothing after it is ever seen.
    ///
    /// # Errors
    /// What is missing or cannot be meant, as a sentence.
    pub fn watched(&self, now: Timestamp) -> Result<Watched, String> {
        let scopes = self.scopes.as_deref().unwrap_or_default();
        let none = "Canary analysis execution request must specify at least one scope.";
        let first = scopes.first().ok_or(none)?;
        let begin_after = minutes(self.begin_after_mins, "beginAfterMins")?.unwrap_or_default();
        let mut start = first.start_time_iso.unwrap_or(now);
        let lifetime = match first.end_time_iso {
            Some(end) => end.duration_since(start),
            None => {
                // Only what is still to come has to warm up.
                start = start.checked_add(begin_after).map_err(|_| too_far())?;
                minutes(self.lifetime_duration_mins, "lifetimeDurationMins")?.ok_or(
                    "Canary analysis execution request must specify either endTimeIso of its first scope or lifetimeDurationMins.",
                )?
            }
        };
        if lifetime < SignedDuration::from_mins(1) {
            return Err("A canary analysis lasts at least a minute.".to_owned());
        }
        let every = minutes(self.analysis_interval_mins, "analysisIntervalMins")?;
        let every = every
            .filter(|every| !every.is_zero())
            .unwrap_or(lifetime)
            .min(lifetime);
        let judgements = lifetime.as_millis() / every.as_millis().max(1);
        let length = i32::try_from(judgements)
            .ok()
            .and_then(|judgements| every.checked_mul(judgements));
        let end = length.and_then(|length| start.checked_add(length).ok());
        let end = end.ok_or_else(too_far)?;
        let lookback = minutes(self.lookback_mins, "lookbackMins")?;
        let step = first.step.unwrap_or(Double(USUAL_STEP));
        let mut pairs = BTreeMap::new();
        for scope in scopes {
            let name = scope.scope_name.clone().filter(|name| !name.is_empty());
            let name = name.unwrap_or_else(|| "default".to_owned());
            if pairs
                .insert(name.clone(), pair(scope, (start, end), step)?)
                .is_some()
            {
                return Err(format!("The scope {name:?} stands twice in the request."));
            }
        }
        Ok(Watched {
            request: CanaryExecutionRequest {
                scopes: Some(pairs),
                thresholds: self.thresholds,
                rest: Map::new(),
            },
            looks: LooksRequest {
                every,
                lookback: lookback.filter(|lookback| !lookback.is_zero()),
                rule: None,
                spending: Default::default(),
                passing: Default::default(),
            },
        })
    }
}

fn pair(
    scope: &StandaloneScope,
    (start, end): (Timestamp, Timestamp),
    step: Double,
) -> Result<CanaryScopePair, String> {
    let offset = minutes(scope.control_offset_in_minutes, "controlOffsetInMinutes")?;
    let offset = offset.unwrap_or_default();
    let earlier = |at: Timestamp| at.checked_sub(offset).map_err(|_| too_far());
    let side = |name: &Option<String>, location: &Option<String>, start, end| CanaryScope {
        scope: name.clone(),
        location: location.clone(),
        start: Some(start),
        end: Some(end),
        step: Some(step),
        extended_scope_params: scope.extended_scope_params.clone(),
    };
    Ok(CanaryScopePair {
        control_scope: Some(side(
            &scope.control_scope,
            &scope.control_location,
            earlier(start)?,
            earlier(end)?,
        )),
        experiment_scope: Some(side(
            &scope.experiment_scope,
            &scope.experiment_location,
            start,
            end,
        )),
    })
}

/// A number of minutes, 0 or more.
fn minutes(given: Option<Double>, name: &str) -> Result<Option<SignedDuration>, String> {
    let read = |Double(minutes): Double| {
        SignedDuration::try_from_secs_f64(minutes * 60.0)
            .ok()
            .filter(|length| !length.is_negative())
            .ok_or_else(|| format!("{name} is no number of minutes."))
    };
    given.map(read).transpose()
}

fn too_far() -> String {
    "The analysis reaches beyond all times.".to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn watched(request: serde_json::Value) -> Result<Watched, String> {
        let request: StandaloneRequest = serde_json::from_value(request).unwrap();
        request.watched("2026-01-14T12:00:00Z".parse().unwrap())
    }

    fn window(watched: &Watched) -> [String; 4] {
        let pair = &watched.request.scopes.as_ref().unwrap()["default"];
        let [control, experiment] =
            [&pair.control_scope, &pair.experiment_scope].map(|scope| scope.clone().unwrap());
        [control.start, control.end, experiment.start, experiment.end]
            .map(|at| at.unwrap().to_string()[11..16].to_owned())
    }

    #[test]
    fn what_is_past_is_judged_between_its_times() {
        let past = json!({"scopes": [{"controlScope": "a", "experimentScope": "b", "controlOffsetInMinutes": 5,
            "startTimeIso": "2026-01-14T09:00:00Z", "endTimeIso": "2026-01-14T10:10:00Z"}],
            "lifetimeDurationMins": 5, "beginAfterMins": 30, "lookbackMins": 20, "analysisIntervalMins": "20"});
        let watched = watched(past).unwrap();
        // Three judgements: the last ten minutes are in none.
        assert_eq!(window(&watched), ["08:55", "09:55", "09:00", "10:00"]);
        let twenty = SignedDuration::from_mins(20);
        assert_eq!(
            (watched.looks.every, watched.looks.lookback),
            (twenty, Some(twenty))
        );
    }

    #[test]
    fn what_is_to_come_begins_after_the_warm_up() {
        let ahead = json!({"scopes": [{"controlScope": "a", "experimentScope": "b"}],
            "lifetimeDurationMins": 60, "beginAfterMins": 10, "lookbackMins": 0, "analysisIntervalMins": 600});
        let watched = watched(ahead).unwrap();
        assert_eq!(window(&watched), ["12:10", "13:10", "12:10", "13:10"]);
        let hour = SignedDuration::from_hours(1);
        assert_eq!((watched.looks.every, watched.looks.lookback), (hour, None));
    }

    #[test]
    fn what_cannot_be_meant_is_told() {
        let scope = json!({"controlScope": "a", "experimentScope": "b"});
        for (request, said) in [
            (json!({"lifetimeDurationMins": 60}), "at least one scope"),
            (json!({"scopes": [scope]}), "either endTimeIso"),
            (
                json!({"scopes": [scope], "lifetimeDurationMins": 0.5}),
                "at least a minute",
            ),
            (
                json!({"scopes": [scope], "lifetimeDurationMins": -5}),
                "lifetimeDurationMins is no",
            ),
            (
                json!({"scopes": [scope], "lifetimeDurationMins": 1e300}),
                "no number of minutes",
            ),
            (
                json!({"scopes": [scope, scope], "lifetimeDurationMins": 60}),
                "stands twice",
            ),
            (
                json!({"scopes": [scope], "lifetimeDurationMins": 60, "beginAfterMins": 1e15}),
                "beyond all times",
            ),
        ] {
            let error = watched(request).unwrap_err();
            assert!(error.contains(said), "{error}, not {said}");
        }
    }
}
