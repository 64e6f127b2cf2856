//! Which role a route needs. A route that is not here needs `admin`.

use actix_web::{dev::ResourceDef, http::Method};

use crate::access::Role;

/// What a caller needs for a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Nothing: it says the same to everyone, or its address is the secret.
    Nothing,
    /// A token with this role.
    Role(Role),
    /// A token with this role and without limits: it is about all applications.
    Unlimited(Role),
}

/// Every route, by what it needs: the one place where that is said.
///
/// What depends on a request's content is asked where runs are taken in, read and changed.
pub(super) const TABLE: &[(Need, &[(&str, &str)])] = &[
    (
        Need::Nothing,
        &[
            // Orchestrators have no tokens, and learn no more than whether it is well.
            ("GET", "/livez"),
            ("GET", "/readyz"),
            // The same in every installation of a version.
            ("GET", "/"),
            ("GET", "/docs"),
            ("GET", "/docs/{_:.*}"),
            ("GET", "/openapi.json"),
            ("GET", "/ui/assets/{name}"),
            ("GET", "/ui/help"),
            ("GET", "/health"),
            ("GET", "/judges"),
            // Whoever has the link may see what it shows.
            ("GET", "/share/{token}"),
            ("GET", "/share/{token}/metrics/{name}.svg"),
        ],
    ),
    (
        Need::Role(Role::Read),
        &[
            ("GET", "/metrics"),
            ("GET", "/api/v1/analyses"),
            ("GET", "/api/v1/analyses/{id}"),
            ("GET", "/api/v1/analyses/by-key/{key}"),
            ("GET", "/api/v1/analyses/{id}/scorecard"),
            ("GET", "/api/v1/analyses/{id}/looks"),
            ("GET", "/api/v1/analyses/{id}/looks/{number}/scorecard"),
            ("GET", "/api/v1/analyses/{id}/events"),
            ("GET", "/api/v1/analyses/{id}/deliveries"),
            ("GET", "/api/v1/analyses/{id}/report.{form}"),
            ("GET", "/api/v1/analyses/{id}/metrics/{name}.svg"),
            ("GET", "/api/v1/analyses/{id}/record"),
            ("GET", "/api/v1/analyses/{id}/shares"),
            ("GET", "/api/v1/grafana/runs"),
            ("GET", "/api/v1/grafana/metrics"),
            ("GET", "/api/v1/grafana/annotations"),
            ("GET", "/prometheus/api/v1/query"),
            // A question in a form, as some clients ask.
            ("POST", "/prometheus/api/v1/query"),
            ("GET", "/api/v1/rollouts"),
            ("GET", "/api/v1/rollouts/{id}"),
            ("GET", "/api/v1/configs"),
            ("GET", "/api/v1/configs/{name}"),
            ("GET", "/api/v1/configs/{name}/history"),
            ("GET", "/api/v1/configs/{name}/history/{digest}"),
            ("GET", "/api/v1/accounts"),
            ("GET", "/api/v1/receivers"),
            ("GET", "/canary/executions"),
            ("GET", "/canary/{id}"),
            ("GET", "/canaryConfig"),
            ("GET", "/canaryConfig/{id}"),
            ("GET", "/credentials"),
            ("GET", "/metricsServices"),
            ("GET", "/metricSetList"),
            ("GET", "/metricSetList/{id}"),
            ("GET", "/metricSetPairList"),
            ("GET", "/metricSetPairList/{id}"),
            ("GET", "/metricSetPairList/{id}/{pairId}"),
            ("GET", "/judges/comparison/{id}"),
            ("GET", "/pipelines"),
            ("GET", "/pipelines/{id}"),
            ("GET", "/standalone_canary_analysis/{id}"),
            ("GET", "/canaryResultArchive"),
            ("GET", "/canaryResultArchive/{id}"),
            ("GET", "/ui"),
            ("GET", "/ui/compare"),
            ("GET", "/ui/analyses/{id}"),
            ("GET", "/ui/analyses/{id}/metrics/{name}"),
            ("GET", "/ui/analyses/{id}/cancel"),
            ("GET", "/ui/rollouts"),
            ("GET", "/ui/rollouts/{id}"),
            ("GET", "/ui/configs"),
            ("GET", "/ui/configs/{name}"),
        ],
    ),
    (
        Need::Role(Role::Run),
        &[
            ("POST", "/api/v1/analyses"),
            ("PUT", "/api/v1/analyses/by-key/{key}"),
            ("POST", "/api/v1/analyses/{id}/cancel"),
            ("POST", "/api/v1/analyses/by-key/{key}/cancel"),
            ("POST", "/ui/analyses/{id}/cancel"),
            ("POST", "/api/v1/rollouts"),
            ("POST", "/api/v1/rollouts/{id}/live"),
            // Reads no store: the samples come with the request, and so may the config.
            ("POST", "/api/v1/judgements"),
            ("POST", "/judge"),
            ("POST", "/judges/judge"),
            ("POST", "/judges/comparison"),
            ("POST", "/metricSetList"),
            ("DELETE", "/metricSetList/{id}"),
            ("POST", "/metricSetPairList"),
            ("DELETE", "/metricSetPairList/{id}"),
            ("POST", "/canary"),
            ("POST", "/canary/{id}"),
            ("PUT", "/pipelines/{id}/cancel"),
            ("POST", "/standalone_canary_analysis"),
            ("POST", "/standalone_canary_analysis/{id}"),
            // With the right to ask queries of one's own.
            ("POST", "/fetch/{source}/query"),
            ("POST", "/canaryResultArchive"),
            ("PUT", "/canaryResultArchive/{id}"),
            ("DELETE", "/canaryResultArchive/{id}"),
            ("POST", "/hooks/flagger/{hook}"),
            ("POST", "/api/v1/analyses/{id}/rejudge"),
            ("POST", "/api/v1/analyses/{id}/shares"),
            ("DELETE", "/api/v1/analyses/{id}/shares/{share}"),
        ],
    ),
    (
        Need::Role(Role::Decide),
        &[
            ("POST", "/api/v1/rollouts/{id}/decisions"),
            ("POST", "/ui/rollouts/{id}/decisions"),
        ],
    ),
    (
        Need::Role(Role::Configure),
        &[
            ("GET", "/metadata/metricsService"),
            ("POST", "/api/v1/accounts/{name}/check"),
        ],
    ),
    (
        // Everybody's runs are under these configs and tell these receivers.
        Need::Unlimited(Role::Configure),
        &[
            ("POST", "/canaryConfig"),
            ("PUT", "/canaryConfig/{id}"),
            ("DELETE", "/canaryConfig/{id}"),
            ("PUT", "/api/v1/configs/{name}"),
            ("DELETE", "/api/v1/configs/{name}"),
            ("POST", "/api/v1/receivers/{name}/test"),
        ],
    ),
    (Need::Role(Role::Admin), &[("GET", "/api/v1/audit")]),
];

/// Every route as the router knows it, with what it needs.
pub(super) fn rows() -> impl Iterator<Item = (&'static str, &'static str, Need)> {
    TABLE.iter().flat_map(|(need, routes)| {
        let row = |(method, pattern): &(&'static str, &'static str)| (*method, *pattern, *need);
        routes.iter().map(row)
    })
}

/// The table, ready to be asked.
#[derive(Debug)]
pub(crate) struct Routes(Vec<(&'static str, ResourceDef, Need)>);

impl Default for Routes {
    fn default() -> Self {
        let route = |(method, pattern, need)| (method, ResourceDef::new(pattern), need);
        Self(rows().map(route).collect())
    }
}

impl Routes {
    /// What a request needs, by its method and its path as the router reads it: where several routes fit, all that they need.
    pub(super) fn needs(&self, method: &Method, path: &str) -> Vec<Need> {
        let fits = |(of, pattern, _): &&(&str, ResourceDef, Need)| {
            *of == method.as_str() && pattern.is_match(path)
        };
        self.0.iter().filter(fits).map(|(.., need)| *need).collect()
    }
}

/// What a documented operation needs.
pub(crate) fn need_of(method: &str, pattern: &str) -> Need {
    rows()
        .find(|row| (row.0, row.1) == (method, pattern))
        .map_or(Need::Role(Role::Admin), |(.., need)| need)
}
