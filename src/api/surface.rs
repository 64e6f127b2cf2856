//! Which tool a path is for, and problems in the words that this tool reads.
//!
//! Handlers of such paths answer in these words themselves. What is refused before any handler, at the gate or by the router, is
//! a problem document first.

use actix_web::{
    Error, HttpResponse, ResponseError as _,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::header,
    middleware::Next,
};

use super::{hooks, kayenta::KayentaError, problem::Problem};

/// Who reads what a path answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Surface {
    /// Those who know the service's own API.
    Native,
    /// Kayenta's clients: `{"message": ".."}`.
    Kayenta,
    /// Those who ask a Prometheus.
    Prometheus,
    /// Flagger: text.
    Flagger,
}

/// What the paths of Kayenta's API begin with.
const KAYENTA: [&str; 14] = [
    "canary",
    "canaryConfig",
    "canaryResultArchive",
    "credentials",
    "fetch",
    "health",
    "judge",
    "judges",
    "metadata",
    "metricSetList",
    "metricSetPairList",
    "metricsServices",
    "pipelines",
    "standalone_canary_analysis",
];

impl Surface {
    /// Whom a path is for.
    pub(super) fn of(path: &str) -> Self {
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        match (parts.next(), parts.next()) {
            (Some("prometheus"), _) => Self::Prometheus,
            (Some("hooks"), Some("flagger")) => Self::Flagger,
            (Some(first), _) if KAYENTA.contains(&first) => Self::Kayenta,
            _ => Self::Native,
        }
    }

    /// A problem in other words than its own.
    fn tell(self, problem: Problem) -> Option<HttpResponse> {
        match self {
            Self::Native => None,
            Self::Kayenta => Some(KayentaError::from(problem).error_response()),
            Self::Prometheus => Some(hooks::prometheus::refused(&problem)),
            Self::Flagger => Some(hooks::flagger::refused(&problem)),
        }
    }

    /// A problem as an error that is answered in the caller's words.
    pub(super) fn error(self, problem: Problem) -> Error {
        match self.tell(problem.clone()) {
            None => problem.into(),
            Some(told) => InternalError::from_response(problem, told).into(),
        }
    }
}

/// Middleware: problems that no handler told are told in the caller's words.
pub(crate) async fn in_callers_words(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, Error> {
    let surface = Surface::of(request.path());
    let response = next.call(request).await?;
    let problem = response.response().extensions().get::<Problem>().cloned();
    let Some(mut told) = problem.and_then(|problem| surface.tell(problem)) else {
        return Ok(response.map_into_left_body());
    };
    for name in [header::WWW_AUTHENTICATE, header::ALLOW, header::RETRY_AFTER] {
        told.headers_mut().remove(&name);
        for value in response.headers().get_all(&name) {
            told.headers_mut().append(name.clone(), value.clone());
        }
    }
    Ok(response.into_response(told).map_into_right_body())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_kayentas_routes_are_for_its_clients() {
        for (path, item) in crate::api::document().paths.paths {
            let operations = [item.get, item.put, item.post, item.delete];
            let tags = operations.into_iter().flatten().filter_map(|it| it.tags);
            let is_kayentas = tags.flatten().any(|tag| tag == "kayenta");
            let surface = Surface::of(&path);
            assert_eq!(is_kayentas, surface == Surface::Kayenta, "{path}");
        }
        assert_eq!(Surface::of("/canary/x/y"), Surface::Kayenta);
        assert_eq!(Surface::of("/hooks/flagger/"), Surface::Flagger);
        assert_eq!(
            Surface::of("/prometheus/api/v1/nothing"),
            Surface::Prometheus
        );
        assert_eq!(Surface::of("/"), Surface::Native);
    }
}
