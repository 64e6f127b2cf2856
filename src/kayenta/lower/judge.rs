//! The judge a config names.

use serde_json::Map;
use serinus_judge::netflix_aca::Settings;

use super::super::{warnings::Warnings, wire};
use super::analysis::number;
use crate::canary_config::{JudgeChoice, JudgeRef, Mistake, Name, Remote, RemoteJudge};

/// Kayenta's judge, in its words and in ours.
const NETFLIX_ACA: [&str; 2] = ["NetflixACAJudge-v1.0", "netflix-aca"];
/// The judge that Kayenta does not have.
const SERINUS: [&str; 2] = ["Serinus-v1.0", "serinus"];
/// The judge elsewhere, of which a Kayenta has one at most.
const REMOTE: &str = "RemoteJudge-v1.0";
/// What the settings of this service call it, as Kayenta's do.
pub const REMOTE_ACCOUNT: &str = "remote-judge";
/// Kayenta's judge for tests.
const DREDD: &str = "dredd-v1.0";

/// The judge: `netflix-aca`, unless the config asks for `serinus` or for one elsewhere by its name.
pub(super) fn choice(
    judge: Option<&wire::Judge>,
    warnings: &mut Warnings,
) -> Result<JudgeRef, Mistake> {
    let Some(judge) = judge else {
        return Ok(JudgeChoice::NetflixAca(Settings::default()).into());
    };
    warnings.unread("/judge", &judge.rest, &[]);
    let name = judge.name.as_deref().filter(|name| !name.is_empty());
    let none = Map::new();
    let configurations = judge.judge_configurations.as_ref().unwrap_or(&none);
    match name {
        Some(name) if SERINUS.contains(&name) => {
            warnings.unread("/judge/judgeConfigurations", configurations, &[]);
            return Ok(JudgeRef::default());
        }
        Some(REMOTE) => {
            warnings.unread("/judge/judgeConfigurations", configurations, &[]);
            let detail = format!(
                "the judge elsewhere is the one that this service's settings have under `remoteJudges` as `{REMOTE_ACCOUNT}`: give its `url` there"
            );
            warnings.add("/judge/name", detail);
            return remote();
        }
        Some(DREDD) => warnings.add(
            "/judge/name",
            format!(
                "the judge {DREDD}, which answers at random, is not carried over; `netflix-aca` judges instead"
            ),
        ),
        Some(name) if !NETFLIX_ACA.contains(&name) => {
            let detail = format!("Kayenta has no judge {name:?}");
            return Err(Mistake::new("/judge/name", detail));
        }
        Some(_) | None => {}
    }
    let settings = settings(judge, warnings)?;
    Ok(JudgeChoice::NetflixAca(settings).into())
}

fn remote() -> Result<JudgeRef, Mistake> {
    let account = Name::try_from(REMOTE_ACCOUNT.to_owned())
        .map_err(|error| Mistake::new("/judge/name", error))?;
    let remote = RemoteJudge {
        account,
        judge: None,
    };
    Ok(JudgeRef::Remote(Remote { remote }))
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
