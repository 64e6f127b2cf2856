//! The link to a dashboard about a release, over the time that was compared.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serinus_adapters::template::Escaping;

use super::bounded;
use crate::{
    analysis::{Run, Scope, Scorecard, WebLink},
    settings::{DashboardSettings, GrafanaSettings},
};

/// The link for a run; `None` if there is no dashboard, nothing was fetched, or its address names something that the run
/// does not have.
pub fn dashboard(grafana: &GrafanaSettings, run: &Run, scorecard: &Scorecard) -> Option<WebLink> {
    let settings = grafana.dashboard.as_ref()?;
    let values = values(run, scorecard.span()?);
    let lookup = |name: &str| values.get(name).map(String::as_str);
    match settings {
        DashboardSettings::Template(template) => {
            let template = &template.url_template.0;
            bounded(template.render_with(lookup, Escaping::UrlPart).ok()?)
        }
        DashboardSettings::Uid(dashboard) => {
            let mut url = grafana.url.page(&["d", &dashboard.uid]);
            {
                let mut pairs = url.query_pairs_mut();
                pairs
                    .append_pair("orgId", &grafana.org_id.to_string())
                    .append_pair("from", &values["from"])
                    .append_pair("to", &values["to"]);
                for (name, template) in &dashboard.variables {
                    if let Ok(value) = template.0.render_with(lookup, Escaping::None) {
                        pairs.append_pair(&format!("var-{name}"), &value);
                    }
                }
            }
            bounded(url)
        }
    }
}

/// What can be said of a run.
fn values(run: &Run, (from, to): (Timestamp, Timestamp)) -> BTreeMap<String, String> {
    let millis = |at: Timestamp| at.as_millisecond().to_string();
    let mut values = BTreeMap::from([
        ("application".to_owned(), run.application().to_owned()),
        ("config".to_owned(), run.config.name.clone()),
        ("run".to_owned(), run.id.to_string()),
        ("from".to_owned(), millis(from)),
        ("to".to_owned(), millis(to)),
    ]);
    let mut side = |name: &str, scope: &Option<Scope>| {
        let Some(scope) = scope else { return };
        values.insert(name.to_owned(), scope.scope.clone());
        if let Some(location) = &scope.location {
            values.insert(format!("{name}Location"), location.clone());
        }
        for (param, value) in &scope.params {
            values.insert(format!("{name}.{param}"), value.clone());
        }
    };
    side("baseline", &run.request.baseline);
    side("canary", &run.request.canary);
    for (label, value) in run.labels() {
        values.insert(format!("label.{label}"), value.clone());
    }
    values
}
