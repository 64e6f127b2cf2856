//! The judges.

use actix_web::{HttpResponse, get, web::Data};
use serde::Serialize;
use serinus_judge::JudgedBy;
use utoipa::ToSchema;

use crate::{
    api::State,
    kayenta::{REMOTE_ACCOUNT, raise::judge_name},
};

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
/// Kayenta's, the service's own, which a config may name too, and the one elsewhere if the settings have one that is called
/// `remote-judge`.
#[utoipa::path(tag = "kayenta", responses((status = 200, description = "The judges", body = Vec<KayentaJudge>)))]
#[get("/judges")]
pub(crate) async fn judges(state: Data<State>) -> HttpResponse {
    let remote = state.runner.knows_judge(REMOTE_ACCOUNT);
    let remote = remote.then_some(JudgedBy::Remote);
    let judges = [JudgedBy::NetflixAca, JudgedBy::Serinus].into_iter();
    let judges = judges.chain(remote).map(|judge| KayentaJudge {
        name: judge_name(judge),
        visible: true,
    });
    HttpResponse::Ok().json(judges.collect::<Vec<_>>())
}
