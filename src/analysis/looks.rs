//! Watching a release over several looks: which part of the window each of them sees.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serinus_judge::{self as judge, JudgedBy, LookRule, Passing, Place, Spending, Windows};
use utoipa::ToSchema;

use super::{AnalysisRequest, WindowRequest, WindowSpan, fits};
use crate::canary_config::Mistake;

/// The most looks of one run.
const MOST_LOOKS: u32 = 500;

/// How a run is watched while its window fills.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LooksRequest {
    /// The time from one look to the next; the last one sees the window's end.
    #[serde(deserialize_with = "crate::canary_config::duration::read")]
    #[schema(value_type = String, example = "5m")]
    pub every: SignedDuration,
    /// How far back each look sees; if not given, to the window's start.
    #[serde(
        deserialize_with = "crate::canary_config::duration::read_some",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<String>, example = "30m")]
    pub lookback: Option<SignedDuration>,
    /// How the looks share the run's error rates; if not given, `planned`, and `each-alone` under a judge that knows nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleName>,
    /// How soon a planned run spends its error rate.
    #[serde(default)]
    pub spending: Spending,
    /// When a planned run may pass.
    #[serde(default)]
    pub passing: Passing,
}

/// How looks share the error rates of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RuleName {
    /// They spend them as the run proceeds to its planned end.
    Planned,
    /// They hold at any number of looks, and the run may pass before its end.
    OpenEnded,
    /// They do not: each is judged as if it were the only one, as in Kayenta's standalone analysis, and false alarms add up.
    EachAlone,
}

impl LooksRequest {
    /// The judge's rule.
    fn rule(&self, judge: JudgedBy) -> LookRule {
        let otherwise = match judge {
            JudgedBy::Serinus => RuleName::Planned,
            JudgedBy::NetflixAca | JudgedBy::Remote => RuleName::EachAlone,
        };
        match self.rule.unwrap_or(otherwise) {
            RuleName::EachAlone => LookRule::EachAlone,
            RuleName::OpenEnded => LookRule::OpenEnded,
            RuleName::Planned => LookRule::Planned(judge::Plan {
                spending: self.spending,
                passing: self.passing,
                windows: match self.lookback {
                    Some(_) => Windows::Sliding,
                    None => Windows::Growing,
                },
            }),
        }
    }
}

impl AnalysisRequest {
    /// The rule by which a judge looks at the run.
    pub fn look_rule(&self, judge: JudgedBy) -> LookRule {
        self.looks
            .map_or(LookRule::Single, |looks| looks.rule(judge))
    }

    /// Where in the run a look is taken, after these earlier ones.
    ///
    /// # Errors
    /// The earlier looks are not in order.
    pub fn place_of(
        &self,
        number: u32,
        earlier: Vec<judge::EarlierLook>,
    ) -> Result<judge::Look, judge::InvalidLook> {
        let place = if number >= self.looks_planned() {
            Place::Last
        } else {
            Place::Interim
        };
        let share = match self.watched() {
            Some((start, end)) if place == Place::Interim => {
                let seen = self.seen_until(number, start, end).duration_since(start);
                seen.as_secs_f64() / end.duration_since(start).as_secs_f64()
            }
            Some(_) | None => 1.0,
        };
        judge::Look::new(judge::Progress::new(share)?, earlier, place)
    }

    /// Until when a look sees.
    fn seen_until(&self, number: u32, start: Timestamp, end: Timestamp) -> Timestamp {
        let Some(LooksRequest { every, .. }) = self.looks.filter(|_| number < self.looks_planned())
        else {
            return end;
        };
        i32::try_from(number)
            .ok()
            .and_then(|number| every.checked_mul(number))
            .and_then(|passed| start.checked_add(passed).ok())
            .map_or(end, |at| at.min(end))
    }

    /// The request with a window that no longer depends on when it is read: one that begins with the run gets its times.
    ///
    /// # Errors
    /// The window's form or the looks do not fit, or it is too large to be kept.
    pub fn pinned(mut self, now: Timestamp) -> Result<Self, Vec<Mistake>> {
        fits(&self).map_err(|mistake| vec![mistake])?;
        let WindowRequest {
            duration, warm_up, ..
        } = self.window;
        if let Some(duration) = duration {
            let only = WindowRequest {
                duration: Some(duration),
                warm_up,
                ..WindowRequest::default()
            };
            let fits = self.window == only
                && duration > SignedDuration::ZERO
                && warm_up.is_none_or(|warm_up| warm_up >= SignedDuration::ZERO);
            let start = now.checked_add(warm_up.unwrap_or_default()).ok();
            let end = start.and_then(|start| start.checked_add(duration).ok());
            let (true, Some(start), Some(end)) = (fits, start, end) else {
                let detail = "a window of a `duration`, from now or after a `warmUp`, has no other keys, and is longer than nothing";
                return Err(vec![Mistake::new("/window", detail)]);
            };
            self.window = WindowRequest {
                start: Some(start),
                end: Some(end),
                ..WindowRequest::default()
            };
        } else if warm_up.is_some() {
            let detail =
                "a `warmUp` goes with a `duration`: the window begins so long after the request";
            return Err(vec![Mistake::new("/window/warmUp", detail)]);
        }
        match self.count_looks() {
            Ok(_) => Ok(self),
            Err(mistake) => Err(vec![mistake]),
        }
    }

    /// How many looks the run has; 1 for a request whose looks do not fit, which no run has.
    pub fn looks_planned(&self) -> u32 {
        self.count_looks().unwrap_or(1)
    }

    fn count_looks(&self) -> Result<u32, Mistake> {
        let Some(LooksRequest {
            every, lookback, ..
        }) = self.looks
        else {
            return Ok(1);
        };
        let Some((start, end)) = self.watched() else {
            let detail = "looks need a window with a start: `duration`, `start` and `end`, or `baseline` and `canary`";
            return Err(Mistake::new("/looks", detail));
        };
        let length = end.duration_since(start);
        if every < SignedDuration::from_secs(1) || every > length {
            let detail = format!(
                "a look every {every:#}: from 1s to the window's length, {length:#}, is possible"
            );
            return Err(Mistake::new("/looks/every", detail));
        }
        if lookback.is_some_and(|lookback| lookback < every) {
            let detail =
                "the lookback has to reach to the look before, or samples would never be seen";
            return Err(Mistake::new("/looks/lookback", detail));
        }
        let looks = length.as_millis() / every.as_millis();
        u32::try_from(looks)
            .ok()
            .filter(|looks| (1..=MOST_LOOKS).contains(looks))
            .ok_or_else(|| {
                let detail = format!("{looks} looks; at most {MOST_LOOKS} are possible");
                Mistake::new("/looks/every", detail)
            })
    }

    /// The start and end of what is watched.
    fn watched(&self) -> Option<(Timestamp, Timestamp)> {
        let window = &self.window;
        let canary = window.canary.map(|span| (span.start, span.end));
        window.start.zip(window.end).or(canary)
    }

    /// The same request without looks, over what the last of them sees; no other sees more.
    #[must_use]
    pub fn at_last_look(&self) -> Self {
        Self {
            looks: None,
            ..self.at_look(self.looks_planned())
        }
    }

    /// The same request over what a look sees.
    #[must_use]
    pub fn at_look(&self, number: u32) -> Self {
        let (Some(LooksRequest { lookback, .. }), Some((start, end))) =
            (self.looks, self.watched())
        else {
            return self.clone();
        };
        let seen_until = self.seen_until(number, start, end);
        let seen_from = lookback
            .and_then(|lookback| seen_until.checked_sub(lookback).ok())
            .map_or(start, |from| from.max(start));
        let mut window = self.window.clone();
        if window.start.is_some() {
            (window.start, window.end) = (Some(seen_from), Some(seen_until));
        }
        if let (Some(baseline), Some(canary)) = (window.baseline, window.canary) {
            // A baseline that came before is there as a whole; one that runs beside grows along.
            let whole = baseline.end <= canary.start;
            let (skipped, left) = (
                seen_from.duration_since(start),
                end.duration_since(seen_until),
            );
            let grown = WindowSpan {
                start: baseline
                    .start
                    .checked_add(skipped)
                    .unwrap_or(baseline.start),
                end: baseline.end.checked_sub(left).unwrap_or(baseline.end),
            };
            window.canary = Some(WindowSpan {
                start: seen_from,
                end: seen_until,
            });
            window.baseline = Some(if whole || grown.start >= grown.end {
                baseline
            } else {
                grown
            });
        }
        Self {
            window,
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(window: &str, looks: &str) -> AnalysisRequest {
        let text = format!(
            r#"{{"application": "shop", "config": {{"name": "c"}}, "window": {window}, "looks": {looks}}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    const HOUR: &str = r#"{"start": "2026-01-14T09:00:00Z", "end": "2026-01-14T10:00:00Z"}"#;

    fn seen(request: &AnalysisRequest, look: u32) -> String {
        let window = request.at_look(look).window;
        let time = |at: Option<Timestamp>| at.unwrap().to_string()[11..16].to_owned();
        format!("{}-{}", time(window.start), time(window.end))
    }

    #[test]
    fn looks_grow_to_the_window_or_slide_along_it() {
        let growing = request(HOUR, r#"{"every": "25m"}"#);
        assert_eq!(growing.looks_planned(), 2);
        assert_eq!(
            [1, 2].map(|look| seen(&growing, look)),
            ["09:00-09:25", "09:00-10:00"]
        );
        let sliding = request(HOUR, r#"{"every": "20m", "lookback": "30m"}"#);
        assert_eq!(
            [1, 2, 3].map(|look| seen(&sliding, look)),
            ["09:00-09:20", "09:10-09:40", "09:30-10:00"]
        );
        let once = request(HOUR, "null");
        assert_eq!(
            (once.looks_planned(), seen(&once, 1)),
            (1, "09:00-10:00".to_owned())
        );
    }

    #[test]
    fn a_window_that_begins_with_the_run_gets_its_times() {
        let now: Timestamp = "2026-01-14T09:00:00Z".parse().unwrap();
        let pinned = request(
            r#"{"duration": "1h", "warmUp": "5m"}"#,
            r#"{"every": "10m"}"#,
        )
        .pinned(now)
        .unwrap();
        assert_eq!(pinned.looks_planned(), 6);
        assert_eq!(seen(&pinned, 1), "09:05-09:15");
        assert_eq!(
            pinned
                .clone()
                .pinned(now + SignedDuration::from_hours(1))
                .unwrap(),
            pinned
        );
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let now = Timestamp::UNIX_EPOCH;
        let pointer = |window: &str, looks: &str| {
            request(window, looks).pinned(now).unwrap_err()[0]
                .pointer
                .clone()
        };
        assert_eq!(pointer(HOUR, r#"{"every": "2h"}"#), "/looks/every");
        assert_eq!(pointer(HOUR, r#"{"every": "0s"}"#), "/looks/every");
        assert_eq!(pointer(HOUR, r#"{"every": "1s"}"#), "/looks/every");
        assert_eq!(
            pointer(HOUR, r#"{"every": "5m", "lookback": "1m"}"#),
            "/looks/lookback"
        );
        assert_eq!(
            pointer(r#"{"lookback": "1h"}"#, r#"{"every": "5m"}"#),
            "/looks"
        );
        assert_eq!(pointer(r#"{"duration": "0s"}"#, "null"), "/window");
        assert_eq!(
            pointer(r#"{"duration": "5m", "lookback": "5m"}"#, "null"),
            "/window"
        );
        assert_eq!(
            pointer(r#"{"lookback": "5m", "warmUp": "5m"}"#, "null"),
            "/window/warmUp"
        );
    }

    #[test]
    fn a_baseline_beside_grows_along_and_one_before_is_whole() {
        let beside = r#"{"baseline": {"start": "2026-01-14T09:00:05Z", "end": "2026-01-14T10:00:05Z"},
                         "canary": {"start": "2026-01-14T09:00:00Z", "end": "2026-01-14T10:00:00Z"}}"#;
        let window = request(beside, r#"{"every": "30m"}"#).at_look(1).window;
        assert_eq!(
            window.baseline.unwrap().end.to_string(),
            "2026-01-14T09:30:05Z"
        );
        let before = beside
            .replace("09:00:05", "08:00:00")
            .replace("10:00:05", "09:00:00");
        let window = request(&before, r#"{"every": "30m"}"#).at_look(1).window;
        assert_eq!(
            window.baseline.unwrap().end.to_string(),
            "2026-01-14T09:00:00Z"
        );
        assert_eq!(
            window.canary.unwrap().end.to_string(),
            "2026-01-14T09:30:00Z"
        );
    }
}
