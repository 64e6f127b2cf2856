//! Who asks: a browser, or a program that reads text.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, Accept, Header as _},
    web::Data,
};

use crate::api::{
    State,
    fallback::{KnownPaths, fallback},
};

/// The forms a run's page has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Html,
    Text,
}

/// What a request prefers; HTML unless it asks for text before that.
pub(super) fn preferred(request: &HttpRequest) -> Form {
    let ranked = Accept::parse(request)
        .map(|accept| accept.ranked())
        .unwrap_or_default();
    let first = ranked.iter().find_map(|kind| match kind.essence_str() {
        "text/html" | "application/xhtml+xml" | "*/*" | "text/*" => Some(Form::Html),
        "text/plain" => Some(Form::Text),
        _ => None,
    });
    first.unwrap_or(Form::Html)
}

/// Whether a request says that it wants HTML, as browsers do.
pub(super) fn is_browser(headers: &header::HeaderMap) -> bool {
    (headers.get_all(header::ACCEPT)).any(|value| {
        value
            .as_bytes()
            .windows(9)
            .any(|part| part.eq_ignore_ascii_case(b"text/html"))
    })
}

/// `/`: browsers are led to the runs.
pub(in crate::api) async fn root(
    request: HttpRequest,
    state: Data<State>,
    paths: Data<KnownPaths>,
) -> HttpResponse {
    if is_browser(request.headers()) {
        return HttpResponse::SeeOther()
            .insert_header((header::LOCATION, state.site().runs()))
            .finish();
    }
    fallback(request, paths).await
}
