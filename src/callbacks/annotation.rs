//! A region over a run's window in Grafana: made when the run starts, and brought up to date with it.
//!
//! It is found again by a tag that holds the run's id, so that nothing has to be remembered, and a message that arrives twice
//! makes no second one.

use jiff::Timestamp;
use reqwest::{RequestBuilder, Response};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    notice::{Data, Notice},
    receivers::Callbacks,
    send::{Answer, answer, without_address},
};
use crate::analysis::Summary;

/// The longest tag, in characters; Grafana keeps no longer ones.
const LONGEST_TAG: usize = 100;
/// The largest list of annotations that is read, in bytes.
const LARGEST_LIST: usize = 1 << 20;

/// An annotation as Grafana's API takes it; times in milliseconds.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Annotation {
    time: i64,
    time_end: i64,
    tags: Vec<String>,
    text: String,
}

/// What is read of an annotation that is there already.
#[derive(Debug, Deserialize)]
struct Known {
    id: u64,
}

impl Callbacks {
    /// Makes or changes the annotation of a run so that it says how the run stands. `grafana` is the service's address.
    pub(super) async fn annotate(
        &self,
        grafana: &Url,
        token: &SecretString,
        tags: &[String],
        notice: &Notice,
    ) -> Answer {
        let mut list = below(grafana, None);
        list.query_pairs_mut()
            .append_pair("type", "annotation")
            .append_pair("limit", "1");
        let (annotation, own_tag) = match annotation(notice, tags) {
            Some((annotation, own_tag)) => {
                list.query_pairs_mut().append_pair("tags", &own_tag);
                (Some(annotation), own_tag)
            }
            // A receiver that is tried is only asked.
            None => (None, String::new()),
        };
        let authorized = |request: RequestBuilder| request.bearer_auth(token.expose_secret());
        let response = match authorized(self.client.get(list)).send().await {
            Ok(response) => response,
            Err(error) => return self.unanswered(error),
        };
        let listed = answer(&response);
        if !matches!(listed, Answer::Taken(_)) {
            return listed;
        }
        let known = match known(response).await {
            Ok(known) => known,
            Err(reason) => return Answer::Failed(reason),
        };
        let Some(annotation) = annotation else {
            return listed;
        };
        tracing::debug!(tag = own_tag, known = known.is_some(), "annotating");
        let request = match known {
            Some(Known { id }) => self.client.patch(below(grafana, Some(id))),
            None => self.client.post(below(grafana, None)),
        };
        match authorized(request).json(&annotation).send().await {
            Ok(response) => answer(&response),
            Err(error) => self.unanswered(error),
        }
    }
}

/// The address of all annotations, or of one.
fn below(grafana: &Url, id: Option<u64>) -> Url {
    let mut url = grafana.clone();
    // An http address has a path.
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(["api", "annotations"]);
        if let Some(id) = id {
            path.push(&id.to_string());
        }
    }
    url
}

/// The first annotation of a list.
async fn known(mut response: Response) -> Result<Option<Known>, String> {
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(without_address)? {
        if body.len() + part.len() > LARGEST_LIST {
            return Err("its list of annotations is too large".to_owned());
        }
        body.extend_from_slice(&part);
    }
    let list: Vec<Known> = serde_json::from_slice(&body)
        .map_err(|_| "its answer is no list of annotations: is it Grafana's address?".to_owned())?;
    Ok(list.into_iter().next())
}

/// What is written about a run, and the tag it is found by; `None` if the notice is not about a run.
fn annotation(notice: &Notice, tags: &[String]) -> Option<(Annotation, String)> {
    let region = notice.region?;
    let own = format!("serinus-run:{}", notice.subject);
    let about = About::of(&notice.data)?;
    let mut all = vec![
        "serinus".to_owned(),
        own.clone(),
        format!("application:{}", about.application),
        format!("config:{}", about.config),
        format!("verdict:{}", about.verdict),
    ];
    all.extend(tags.iter().cloned());
    let all = all
        .into_iter()
        .map(|tag| tag.chars().take(LONGEST_TAG).collect())
        .collect();
    let text = format!(
        "{}: {}{}\n{}\n<a href=\"{}\">Report</a>",
        escaped(about.application),
        about.verdict,
        about
            .score
            .map_or_else(String::new, |score| format!(", score {score} of 100")),
        escaped(about.reason),
        escaped(about.report_url),
    );
    let millis = |at: Timestamp| at.as_millisecond();
    let annotation = Annotation {
        time: millis(region.start),
        time_end: millis(region.end),
        tags: all,
        text,
    };
    Some((annotation, own))
}

/// What is said of a run, whether it goes on or has ended.
struct About<'a> {
    application: &'a str,
    config: &'a str,
    verdict: &'static str,
    score: Option<f64>,
    reason: &'a str,
    report_url: &'a str,
}

impl<'a> About<'a> {
    fn of(data: &'a Data) -> Option<Self> {
        match data {
            Data::Started(summary) => Some(Self::in_short(summary)),
            Data::Ended(ended) => Some(Self::in_short(&ended.summary)),
            Data::Looked(looked) => Some(Self {
                application: &looked.application,
                config: &looked.config,
                // What a look finds is not yet what the run finds.
                verdict: "pending",
                score: None,
                reason: &looked.look.found.reason,
                report_url: &looked.report_url,
            }),
            Data::Test(_) => None,
        }
    }

    fn in_short(summary: &'a Summary) -> Self {
        Self {
            application: &summary.application,
            config: &summary.config,
            verdict: summary.verdict.as_str(),
            score: summary.scored.then_some(summary.score),
            reason: &summary.reason,
            report_url: &summary.report_url,
        }
    }
}

/// Text from elsewhere in a text that Grafana reads as HTML.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_elsewhere_is_no_markup() {
        assert_eq!(
            escaped("<img src=x onerror='a()'>\n\"&"),
            "&lt;img src=x onerror=&#39;a()&#39;&gt; &quot;&amp;"
        );
        let grafana = Url::parse("https://g.example/graf/").unwrap();
        assert_eq!(
            below(&grafana, Some(7)).as_str(),
            "https://g.example/graf/api/annotations/7"
        );
    }
}
