//! The style sheet and the script.

use actix_web::{
    HttpResponse, get,
    http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS},
    web::Path,
};

use crate::{
    api::problem::{self, Problem},
    report::html::{SCRIPT, STYLE},
};

/// A part of the pages
///
/// Its name is the hash of its content, so it never changes.
#[utoipa::path(
    tag = "pages",
    params(("name" = String, Path, description = "The name as the pages have it")),
    responses(
        (status = 200, description = "The style sheet or the script", content((String = "text/css"), (String = "text/javascript"))),
        (status = 404, description = "No such part", body = problem::Body<'_>, content_type = "application/problem+json"),
    )
)]
#[get("/ui/assets/{name}")]
pub(crate) async fn page_asset(name: Path<String>) -> Result<HttpResponse, Problem> {
    let asset = [&STYLE, &SCRIPT]
        .into_iter()
        .find(|asset| asset.name == *name)
        .ok_or_else(|| Problem::not_found("the pages have no such part (any more)"))?;
    Ok(HttpResponse::Ok()
        .content_type(asset.content_type)
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(asset.text.clone()))
}
