//! Who judges: a judge of this program, or one elsewhere.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Map, Value};
use serinus_judge::{Judge, JudgeName, JudgedBy, netflix_aca, serinus};
use utoipa::ToSchema;

use super::{Name, Strict};

/// Which judge of this program compares the metrics, with its settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "name", rename_all = "kebab-case")]
pub enum JudgeChoice {
    /// The default judge: paired in time, robust, aware of autocorrelation.
    Serinus(serinus::Settings),
    /// Kayenta's `NetflixACAJudge-v1.0`.
    NetflixAca(netflix_aca::Settings),
}

impl Default for JudgeChoice {
    fn default() -> Self {
        Self::Serinus(serinus::Settings::default())
    }
}

impl JudgeChoice {
    /// The judge of this name with its default settings.
    pub fn named(name: JudgeName) -> Self {
        match name {
            JudgeName::Serinus => Self::Serinus(serinus::Settings::default()),
            JudgeName::NetflixAca => Self::NetflixAca(netflix_aca::Settings::default()),
        }
    }

    /// The judge this names.
    pub fn judge(&self) -> Judge {
        match self {
            Self::Serinus(settings) => Judge::Serinus(*settings),
            Self::NetflixAca(settings) => Judge::NetflixAca(*settings),
        }
    }
}

/// Who compares the metrics.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum JudgeRef {
    /// A judge of this program: `{name: serinus}`.
    Local(JudgeChoice),
    /// A judge elsewhere: `{remote: {account: ..}}`.
    Remote(Remote),
}

/// A judge elsewhere, that is asked over HTTP as Kayenta asks its remote judge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Remote {
    /// Which one.
    pub remote: RemoteJudge,
}

/// Which judge elsewhere is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoteJudge {
    /// The one that the service's settings know by this name, under `remoteJudges`.
    pub account: Name,
    /// The judge to ask there for, if there are several: `judge.name` of what is sent. If not given, `RemoteJudge-v1.0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judge: Option<Name>,
}

impl JudgeRef {
    /// The judge, if it is one of this program.
    pub fn local(&self) -> Option<Judge> {
        match self {
            Self::Local(choice) => Some(choice.judge()),
            Self::Remote(_) => None,
        }
    }

    /// The judge, if it is elsewhere.
    pub fn remote(&self) -> Option<&RemoteJudge> {
        match self {
            Self::Local(_) => None,
            Self::Remote(Remote { remote }) => Some(remote),
        }
    }

    /// Whether it can be made stricter, so that several looks share its confidence.
    pub fn shares_confidence(&self) -> bool {
        match self.judged_by() {
            JudgedBy::Serinus => true,
            JudgedBy::NetflixAca | JudgedBy::Remote => false,
        }
    }

    /// Who judges.
    pub fn judged_by(&self) -> JudgedBy {
        match self {
            Self::Local(choice) => choice.judge().name().into(),
            Self::Remote(_) => JudgedBy::Remote,
        }
    }
}

impl Default for JudgeRef {
    fn default() -> Self {
        Self::Local(JudgeChoice::default())
    }
}

impl From<JudgeName> for JudgeRef {
    fn from(name: JudgeName) -> Self {
        Self::Local(JudgeChoice::named(name))
    }
}

impl From<JudgeChoice> for JudgeRef {
    fn from(choice: JudgeChoice) -> Self {
        Self::Local(choice)
    }
}

impl fmt::Display for JudgeRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(choice) => choice.judge().name().fmt(f),
            Self::Remote(Remote { remote }) => write!(f, "remote ({})", remote.account),
        }
    }
}

/// Not derived, as an untagged enum would not say what is wrong.
impl<'de> Deserialize<'de> for JudgeRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = Map::deserialize(deserializer)?;
        let read = if fields.contains_key("remote") {
            Remote::deserialize(Strict(Value::Object(fields))).map(Self::Remote)
        } else {
            JudgeChoice::deserialize(Value::Object(fields)).map(Self::Local)
        };
        read.map_err(de::Error::custom)
    }
}
