//! A person decides about a rollout on its page.

use actix_web::{
    Error, HttpResponse,
    http::header,
    post,
    web::{Data, Form, Path},
};
use maud::{Markup, html};
use serde::Deserialize;
use utoipa::ToSchema;

use super::stages::advice;
use crate::{
    api::{
        State,
        problem::{self, Code, Problem},
        rollouts::rollout_id,
    },
    canary_config::Name,
    report::html::Site,
    rollouts::{Decision, Rollout, Standing},
};

/// The form by which a person decides, with or against what is recommended.
pub(super) fn decision(site: &Site, rollout: &Rollout, standing: &Standing) -> Markup {
    let live = rollout.last_run().is_some();
    let choices = [
        (
            Decision::Promote,
            "promote",
            "Promote: go on to the next stage",
        ),
        (Decision::Hold, "hold", "Hold: stay at this stage"),
        (Decision::Rollback, "rollback", "Roll back: end the rollout"),
    ];
    html! {
        section.card aria-labelledby="decide" {
            h2 #decide { "Decide" }
            p.quiet { "Recommended: " (advice(standing.action)) ". What you decide holds whatever is recommended, and is kept with your name." }
            form.deed method="post" action=(site.decisions(rollout.id)) {
                fieldset {
                    legend { "What to do" }
                    @for (choice, value, words) in choices {
                        // Before the first stage is live there is nothing to go on from.
                        @if live || choice != Decision::Promote {
                            label.choice { input type="radio" name="action" value=(value) required; " " (words) }
                        }
                    }
                }
                label { "Who decides" input name="by" required maxlength="200" autocomplete="name"; }
                label.grow { "Why" input name="reason" required maxlength="1000"; }
                button type="submit" { "Decide" }
            }
        }
    }
}

/// What the form on a rollout's page says.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecisionForm {
    /// What to do, with or against the recommendation.
    action: Decision,
    /// Who decides.
    #[schema(min_length = 1, max_length = 200)]
    by: Name,
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    reason: String,
}

/// Decide about a rollout from its page
///
/// What a browser's form sends; programs use the API's own operation.
#[utoipa::path(
    tag = "pages",
    params(("id" = String, Path, description = "The rollout")),
    request_body(content = DecisionForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 303, description = "Decided: the rollout's page", headers(("Location" = String, description = "The rollout's page"))),
        (status = 400, description = "Not a decision", body = problem::Body<'_>, content_type = "application/problem+json"),
        (status = 403, description = "A page of another site asks for it", body = problem::Body<'_>, content_type = "application/problem+json"),
        (status = 404, description = "No such rollout", body = problem::Body<'_>, content_type = "application/problem+json"),
        (status = 409, description = "The rollout has ended", body = problem::Body<'_>, content_type = "application/problem+json"),
        (status = 422, description = "The reason is missing or too long", body = problem::Body<'_>, content_type = "application/problem+json"),
    )
)]
#[post("/ui/rollouts/{id}/decisions")]
pub(crate) async fn decision_form(
    state: Data<State>,
    id: Path<String>,
    form: Result<Form<DecisionForm>, Error>,
) -> Result<HttpResponse, Problem> {
    let form = form.map_err(|error| Problem::new(Code::BadRequest, error.to_string()))?;
    let DecisionForm { action, by, reason } = form.into_inner();
    let id = rollout_id(&id)?;
    state.decide(id, action, &by, &reason).await?;
    Ok(HttpResponse::SeeOther()
        .insert_header((header::LOCATION, state.site().rollout(id)))
        .finish())
}
