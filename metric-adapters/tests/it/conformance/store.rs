//! What a store contributes to the suite.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::{Value, json};
use serinus_adapters::{Batch, Labels, MetricSource, RangeQuery, Series};
use wiremock::Request;

use crate::support::{connect, range};

/// The secret of every account of the suite.
pub(crate) const SECRET: &str = "s3cr3t-of-the-suite";

/// How a store looks from outside.
pub(crate) struct Store {
    /// The account without `url` and `limits`, its secrets at the given place.
    pub(crate) account: fn(secret: Value) -> Value,
    /// A query in the store's language that returns one series per pod.
    pub(crate) text: &'static str,
    /// The labels the adapter gives the series of a pod.
    pub(crate) labels: fn(pod: &str) -> Labels,
    /// The answer of the store with these series. The samples carry the times the adapter is to give them.
    pub(crate) spell: fn(&[Series], &RangeQuery) -> Spelled,
    /// Fails unless the request is exactly what the store wants for the query.
    pub(crate) request: fn(&Request, &RangeQuery),
    /// Fails unless the request is a right check of the account.
    pub(crate) check: fn(&Request),
    /// An answer the store gives to a check.
    pub(crate) checked: fn() -> Spelled,
    /// How many series one answer can have.
    pub(crate) many: Many,
    /// What becomes of NaN and the infinities.
    pub(crate) special: Special,
    /// What an answer tells of its end.
    pub(crate) ending: Ending,
}

/// The number of a question, and the series of its answer.
pub(crate) type Part = (usize, Vec<Series>);

/// How a store answers several questions in one request.
pub(crate) struct Together {
    /// Questions in the store's language; each returns one series per pod.
    pub(crate) texts: [&'static str; 3],
    /// The reply with these parts: the number of a question and its series.
    pub(crate) spell: fn(&[Part], &RangeQuery) -> Spelled,
    /// Fails unless the request is exactly what the store wants for the batch.
    pub(crate) request: fn(&Request, &Batch),
    /// What a reply says of a question without data.
    pub(crate) nothing: Nothing,
    /// What a reply means that has no part for a question.
    pub(crate) missing: Missing,
}

/// What a reply says of a question without data.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nothing {
    NoData,
    /// Nothing that could not mean something else.
    Open,
}

/// What a reply means that has no part for a question.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// That it has no data.
    Nothing,
    /// That the reply is not to those questions.
    Refused,
}

/// A body as the store would send it.
#[derive(Clone)]
pub(crate) struct Spelled {
    pub(crate) media: &'static str,
    pub(crate) body: String,
}

/// Which of the values that are no finite numbers a store can say.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Special {
    All,
    /// The infinities; NaN stands for a gap.
    Infinities,
    /// Its format has none; a `null` stands for a gap.
    None,
}

/// How many series one answer can have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Many {
    Any,
    /// Its format has no labels to tell them apart.
    One,
}

/// Whether a body that was cut off can be told from a whole one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// By the body itself.
    InBody,
    /// Only by the connection, as with lines of CSV.
    InTransport,
}

impl Spelled {
    pub(crate) fn json(value: &Value) -> Self {
        Self {
            media: "application/json",
            body: value.to_string(),
        }
    }
}

impl Together {
    /// The questions over seconds after T0, at a step of a minute.
    pub(crate) fn batch(&self, from: i64, to: i64) -> Batch {
        let RangeQuery { window, step, .. } = range("", from, to, 60);
        Batch {
            texts: self.texts.map(str::to_owned).to_vec(),
            window,
            step,
        }
    }
}

impl Store {
    /// Connects to a server at that address.
    pub(crate) fn at(&self, url: &str, limits: Value) -> Box<dyn MetricSource> {
        let mut account = (self.account)(json!({"file": secret()}));
        account["url"] = json!(url);
        account["limits"] = limits;
        connect(account)
    }

    /// The store's query over seconds after T0, at a step of a minute.
    pub(crate) fn query(&self, from: i64, to: i64) -> RangeQuery {
        range(self.text, from, to, 60)
    }
}

/// The file with the [`SECRET`], in the folder cargo keeps for tests. Written aside and moved there, since other tests
/// read it at the same time.
fn secret() -> &'static Path {
    static FILE: OnceLock<PathBuf> = OnceLock::new();
    FILE.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let file = folder.join("conformance-secret");
        let aside = tempfile::NamedTempFile::new_in(folder).unwrap();
        std::fs::write(aside.path(), SECRET).unwrap();
        aside.persist(&file).unwrap();
        file
    })
}
