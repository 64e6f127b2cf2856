//! Changes asked for by a browser: only from the service's own pages.
//!
//! A browser sends its credentials along whoever made it ask. A page of another site could so cancel runs and decide about
//! rollouts in the name of whoever looks at it. Browsers say where a request comes from; programs say nothing.

use actix_web::{
    Error, ResponseError as _,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, header},
    middleware::Next,
    web::Data,
};
use url::Url;

use super::{
    State,
    problem::{Code, Problem},
};

/// Middleware: refuses changes that a page of another site asks for.
pub(crate) async fn from_own_pages(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, Error> {
    let reads = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    if reads || is_own(&request) {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let detail = "changes are taken from programs and from the service's own pages, not from pages of other sites";
    let response = Problem::new(Code::OtherSite, detail).error_response();
    Ok(request.into_response(response).map_into_right_body())
}

/// Whether a request comes from one of the service's pages, or from a program.
fn is_own(request: &ServiceRequest) -> bool {
    let said = |name: &str| {
        let value = request.headers().get(name)?;
        Some(value.to_str().unwrap_or("unreadable"))
    };
    // Sent over TLS and on this machine. `none` is a request that no page made.
    if let Some(site) = said("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = said(header::ORIGIN.as_str()) else {
        return true;
    };
    let asked = request.connection_info().host().to_owned();
    let public = (request.app_data::<Data<State>>())
        .and_then(|state| Url::parse(&state.public_url).ok())
        .map(|url| url.origin().ascii_serialization());
    let same_host = origin
        .split_once("://")
        .is_some_and(|(_, host)| host.eq_ignore_ascii_case(&asked));
    same_host || public.is_some_and(|public| public == origin)
}
