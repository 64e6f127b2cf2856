//! The judges.

use actix_web::{HttpResponse, get};
use serde::Serialize;
use serinus_judge::JudgedBy;
use utoipa::ToSchema;

use crate::kayenta::raise::judge_name;

/// A judge.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KayentaJudge {
    /// What configs call it.
    name: &'static str,
    /// Whether people should choose it.
    visible: bool,
}

/// List judges
///
/// Kayenta's, and the service's own, which a config may name too.
#[utoipa::path(tag = "kayenta", responses((status = 200, description = "The judges", body = Vec<KayentaJudge>)))]
#[get("/judges")]
pub(crate) async fn judges() -> HttpResponse {
    let judges = [JudgedBy::NetflixAca, JudgedBy::Serinus].map(|judge| KayentaJudge {
        name: judge_name(judge),
        visible: true,
    });
    HttpResponse::Ok().json(judges)
}
