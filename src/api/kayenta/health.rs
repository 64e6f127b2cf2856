//! Whether the service is well, as Spring's actuator says it.

use actix_web::{HttpResponse, get, web::Data};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::State;

/// Whether the service is well.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KayentaHealth {
    /// `UP`, or `OUT_OF_SERVICE` or `DOWN` with a 503.
    status: &'static str,
    /// Its parts.
    components: Components,
}

/// The parts of the service.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Components {
    /// Where runs and configs are kept.
    store: Component,
}

/// A part of the service.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Component {
    /// `UP` or `DOWN`.
    status: &'static str,
}

/// Is the service well?
#[utoipa::path(
    tag = "kayenta",
    responses(
        (status = 200, description = "It is", body = KayentaHealth),
        (status = 503, description = "It takes no runs", body = KayentaHealth),
    )
)]
#[get("/health")]
pub(crate) async fn health(state: Data<State>) -> HttpResponse {
    let store = match state.store.open().await {
        Ok(_) => "UP",
        Err(_) => "DOWN",
    };
    let status = if state.runner.is_accepting() {
        store
    } else {
        "OUT_OF_SERVICE"
    };
    let mut response = match status {
        "UP" => HttpResponse::Ok(),
        _ => HttpResponse::ServiceUnavailable(),
    };
    response.json(KayentaHealth {
        status,
        components: Components {
            store: Component { status: store },
        },
    })
}
