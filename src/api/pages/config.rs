//! The page of one config.

use std::collections::BTreeSet;

use actix_web::{
    HttpResponse, get,
    http::StatusCode,
    web::{Data, Path},
};
use maud::{Markup, html};
use serinus_judge::{Direction, OnNoData};

use super::{
    configs::origin,
    list::{Since, VerdictFilter, find, table},
    respond,
};
use crate::{
    access::Grant,
    api::{State, problem::Problem, refusals::NoSuchConfig},
    canary_config::{CanaryConfig, MetricConfig, MetricQuery, MinimumWork, Name},
    configs::{KnownConfig, Usable, Version},
    kayenta::Given,
    report::{
        html::{Place, Refresh, Site, guardrail, moment, name_of_segment, page, short},
        number,
    },
    store::RunFilter,
};

/// The page of a config
#[utoipa::path(
    tag = "pages",
    params(("name" = String, Path, description = "The config's name")),
    responses(
        (status = 200, description = "The page", body = String, content_type = "text/html"),
        NoSuchConfig,
    )
)]
#[get("/ui/configs/{name}")]
pub(crate) async fn config_page(
    state: Data<State>,
    grant: Grant,
    name: Path<String>,
) -> Result<HttpResponse, Problem> {
    let known = state.configs.find(name_of_segment(&name)).await?;
    let (_, versions) = state.versions(&known.key).await?;
    let filter = RunFilter {
        config: Some(known.name().to_owned()),
        ..RunFilter::default()
    };
    let found = find(&state, &grant, filter, VerdictFilter::Any, Since::Ever, 10).await?;
    let site = state.site();
    let usable = known.usable(&Given::default());
    let main = html! {
        main #main tabindex="-1" {
            h1 { "Config " bdi { (known.name()) } }
            @match &usable {
                Ok(usable) => (content(&state, &known, usable)),
                Err(mistakes) => {
                    p.warning { strong { "No run is possible under it." } }
                    ul { @for mistake in mistakes { li { bdi { (short(&mistake.to_string())) } } } }
                }
            }
            section aria-labelledby="recent" {
                h2 #recent { "Recent runs" }
                @if found.rows.is_empty() { p.quiet { "None yet." } } @else { (table(&site, &found.rows, &[])) }
            }
            (history(&site, &known, &versions))
            @if let Ok(usable) = &usable { (as_yaml(&usable.config)) }
        }
    };
    let title = format!("Config {}", known.name());
    Ok(respond(
        StatusCode::OK,
        page(&site, &title, Place::Configs, Refresh::Never, &main),
    ))
}

fn content(state: &State, known: &KnownConfig, usable: &Usable) -> Markup {
    let config = &usable.config;
    html! {
        @if !config.description.is_empty() { p.reason { bdi { (config.description) } } }
        div.columns {
            div.card { h2 { "Groups" } (groups(config)) (checks(state, usable)) }
            div.card {
                h2 { "Rules" }
                dl.facts {
                    dt { "Judge" } dd { (config.judge.to_string()) }
                    dt { "Pass from" } dd { (number(config.thresholds.pass())) }
                    dt { "Marginal from" } dd { (number(config.thresholds.marginal())) }
                    dt { "Step" } dd { (format!("{:#}", config.defaults.step)) }
                    dt { "Samples needed" } dd { (config.defaults.minimum_samples.count()) " on each side" }
                    @if let Some(work) = &config.defaults.minimum_work { dt { "Minimum of work" } dd { (minimum(work)) } }
                    @if let Some(account) = &config.defaults.account { dt { "Account" } dd { bdi { (account) } } }
                    dt { "From" } dd { (origin(known.origin)) }
                    @if let Some(at) = known.changed_at { dt { "Stored" } dd { (moment(at)) } }
                    dt { "Version" } dd { code title=(known.digest) { (known.digest.get(..12).unwrap_or_default()) } }
                }
            }
        }
        section aria-labelledby="metrics" {
            h2 #metrics { "Metrics" }
            div.columns { @for metric in &config.metrics { (metric_card(metric, config)) } }
        }
    }
}

/// What there is to say about the config as it stands, and whether the service has what it asks for.
fn checks(state: &State, usable: &Usable) -> Markup {
    let config = &usable.config;
    let named = config
        .metrics
        .iter()
        .filter_map(|metric| metric.account.as_ref());
    let accounts: BTreeSet<&str> = (named.chain(&config.defaults.account))
        .map(Name::as_str)
        .collect();
    let mut missing = accounts
        .into_iter()
        .filter(|account| state.accounts.get(account).is_none())
        .peekable();
    html! {
        h3.noticed { "Checked" }
        @if usable.warnings.is_empty() && missing.peek().is_none() { p { span.pass { "✓" } " Nothing is wrong with it." } }
        ul {
            @for warning in &usable.warnings { li { bdi { (short(&warning.to_string())) } } }
            @for account in missing { li { "This service has no account " bdi { (account) } ": requests under it are refused until it has." } }
        }
    }
}

/// The versions of a stored config; nothing for one in a file.
fn history(site: &Site, known: &KnownConfig, versions: &[Version]) -> Markup {
    html! {
        @if !versions.is_empty() {
            section.card aria-labelledby="history" {
                h2 #history { "Versions" }
                ol.record reversed {
                    @for version in versions {
                        li {
                            (moment(version.at)) " "
                            a href={ (site.in_api_config(&known.key)) "/history/" (version.digest) } { code { (version.digest.get(..12).unwrap_or_default()) } }
                            @if version.digest == known.digest { " " span.tag { "in use" } }
                        }
                    }
                }
                p.quiet { "The oldest are forgotten. Storing one again brings it back." }
            }
        }
    }
}

fn as_yaml(config: &CanaryConfig) -> Markup {
    let yaml = config.to_yaml().unwrap_or_else(|error| error.to_string());
    html! {
        section.card aria-labelledby="yaml" {
            h2 #yaml { "As YAML" }
            div.query {
                pre #yaml-text tabindex="0" aria-label="The config as YAML" { code { (yaml) } }
                button type="button" hidden data-copy="yaml-text" aria-label="Copy the YAML" { "Copy" }
            }
        }
    }
}

fn groups(config: &CanaryConfig) -> Markup {
    let total = config.groups.total();
    html! {
        table.sums {
            thead { tr { th scope="col" { "Group" } th.n scope="col" { "Weight" } th.n scope="col" { "Metrics" } } }
            tbody {
                @for (group, weight) in config.groups.iter() {
                    tr {
                        th scope="row" { bdi { (group) } }
                        td.n { (number(weight)) @if total > 0.0 { span.quiet { " (" (number((weight / total * 1000.0).round() / 10.0)) " %)" } } }
                        td.n { (config.metrics.iter().filter(|metric| metric.groups.iter().any(|of| of.as_str() == group)).count()) }
                    }
                }
            }
        }
    }
}

fn metric_card(metric: &MetricConfig, config: &CanaryConfig) -> Markup {
    let rules = metric.rules(
        &config.defaults,
        metric.step.unwrap_or(config.defaults.step),
    );
    let percent = |share: f64| number(share * 100.0);
    let groups: Vec<_> = metric.groups.iter().map(Name::as_str).collect();
    html! {
        details.card open[config.metrics.len() <= 8] {
            summary {
                h3 { bdi { (metric.name) } }
                @if metric.critical { " " span.tag { "critical" } }
                @if metric.required && !metric.critical { " " span.tag { "required" } }
                @if metric.muted { " " span.tag { "muted" } }
                " " span.quiet { bdi { (groups.join(", ")) } }
            }
            dl.facts {
                dt { "What is bad" } dd { (bad(metric.direction)) }
                dt { "Allowed change" } dd { (percent(rules.effect.allowed())) " %"
                    @if rules.effect.absolute() > 0.0 { ", or " (number(rules.effect.absolute())) " in its unit where that is more" } }
                dt { "A pass must rule out" } dd { (percent(rules.effect.must_detect())) " %" }
                @if let Some(work) = &metric.minimum_work { dt { "Minimum of work" } dd { (minimum(work)) } }
                dt { "Test" } dd { (metric.test) }
                dt { "Without data" } dd { (no_data(metric.on_no_data)) }
                @for line in &metric.guardrails { dt { "Fails at once" } dd { (guardrail(line)) } }
            }
            @match &metric.query {
                MetricQuery::Series(query) => pre tabindex="0" { code { (query.as_str()) } },
                MetricQuery::Counts(counts) => {
                    p.quiet { "Errors" } pre tabindex="0" { code { (counts.errors.as_str()) } }
                    p.quiet { "out of" } pre tabindex="0" { code { (counts.of.as_str()) } }
                }
            }
        }
    }
}

/// How much work each side needs, and how it is counted.
fn minimum(work: &MinimumWork) -> Markup {
    html! {
        (number(work.at_least.0)) " on each side, counted by " code { bdi { (work.query.as_str()) } }
        @if let Some(share) = work.canary_share { "; the canary's planned share is " (number(share.get() * 100.0)) " %" }
    }
}

fn bad(direction: Direction) -> &'static str {
    match direction {
        Direction::Increase => "an increase",
        Direction::Decrease => "a decrease",
        Direction::Either => "any change",
    }
}

fn no_data(then: OnNoData) -> &'static str {
    match then {
        OnNoData::Inconclusive => "undecided",
        OnNoData::Pass => "passes",
        OnNoData::Fail => "fails",
    }
}
