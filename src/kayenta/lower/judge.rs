//! The judge a config names.

use serde_json::Map;
use serinus_judge::netflix_aca::Settings;

use super::super::{warnings::Warnings, wire};
use super::analysis::number;
use crate::canary_config::{JudgeChoice, Mistake};

/// Kayenta's judge, in its words and in ours.
const NETFLIX_ACA: [&str; 2] = ["NetflixACAJudge-v1.0", "netflix-aca"];
/// The judge that Kayenta does not have.
const SERINUS: [&str; 2] = ["Serinus-v1.0", "serinus"];
/// Further judges that a Kayenta can have.
const OTHERS: [(&str, &str); 2] = [
    ("dredd-v1.0", "which answers at random"),
    ("RemoteJudge-v1.0", "which asks another server"),
];

/// The judge: `netflix-aca`, unless the config asks for `serinus` by its name.
pub(super) fn choice(
    judge: Option<&wire::Judge>,
    warnings: &mut Warnings,
) -> Result<JudgeChoice, Mistake> {
    let Some(judge) = judge else {
        return Ok(JudgeChoice::NetflixAca(Settings::default()));
    };
    warnings.unread("/judge", &judge.rest, &[]);
    let name = judge.name.as_deref().filter(|name| !name.is_empty());
    if name.is_some_and(|name| SERINUS.contains(&name)) {
        let none = Map::new();
        let configurations = judge.judge_configurations.as_ref().unwrap_or(&none);
        warnings.unread("/judge/judgeConfigurations", configurations, &[]);
        return Ok(JudgeChoice::default());
    }
    if let Some(name) = name.filter(|name| !NETFLIX_ACA.contains(name)) {
        let Some((_, what)) = OTHERS.iter().find(|(other, _)| *other == name) else {
            let detail = format!("Kayenta has no judge {name:?}");
            return Err(Mistake::new("/judge/name", detail));
        };
        let detail =
            format!("the judge {name}, {what}, is not carried over; `netflix-aca` judges instead");
        warnings.add("/judge/name", detail);
    }
    let settings = settings(judge, warnings)?;
    Ok(JudgeChoice::NetflixAca(settings))
}

/// Settings that Kayenta's documentation knows and its judge passes over.
fn settings(judge: &wire::Judge, warnings: &mut Warnings) -> Result<Settings, Mistake> {
    let at = "/judge/judgeConfigurations";
    let default = Settings::default();
    let (mut tolerance, mut confidence) = (default.tolerance(), default.confidence());
    let none = Map::new();
    let configurations = judge.judge_configurations.as_ref().unwrap_or(&none);
    warnings.unread(at, configurations, &["tolerance", "confLevel"]);
    for (key, setting) in [
        ("tolerance", &mut tolerance),
        ("confLevel", &mut confidence),
    ] {
        let value = configurations.get(key).filter(|value| !value.is_null());
        if let Some(value) = value {
            let pointer = format!("{at}/{key}");
            *setting = number(value, &pointer, warnings)?;
            warnings.add(
                pointer,
                "Kayenta's judge takes no notice of this; here it counts",
            );
        }
    }
    Settings::new(tolerance, confidence).map_err(|error| Mistake::new(at, error.to_string()))
}
