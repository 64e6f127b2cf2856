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

use super::stages::{advice, word};
use crate::{
    access::Grant,
    api::{
        State,
        problem::{self, Code, Problem},
        refusals::NoSuchRollout,
        rollouts::rollout_id,
    },
    canary_config::Name,
    report::html::Site,
    rollouts::{Decision, Rollout, RolloutState, Standing},
};

/// The form by which a person decides, with or against what is recommended.
pub(super) fn decision(site: &Site, rollout: &Rollout, standing: &Standing) -> Markup {
    let promotable = match standing.state {
        RolloutState::Watching | RolloutState::Held | RolloutState::Failed => true,
        // The pipeline is told to go on already.
        RolloutState::Shifting | RolloutState::Completed | RolloutState::RolledBack => false,
    };
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
            p.quiet { "Recommended: " (advice(standing.action)) ". What you decide holds whatever is recommended, and is kept with your name and the token's." }
            p.quiet {
                "This is about stage " (standing.stage) ", as it was when this page was opened: " (word(standing.state)) ". If the rollout has moved on, promoting is refused: "
                a href="" { "look again" } "."
            }
            form.deed method="post" action=(site.decisions(rollout.id)) {
                input type="hidden" name="stage" value=(standing.stage);
                fieldset {
                    legend { "What to do" }
                    @for (choice, value, words) in choices {
                        @if promotable || choice != Decision::Promote {
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
    /// The stage that the page showed; nobody is promoted from another one.
    #[schema(minimum = 0)]
    stage: usize,
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
        NoSuchRollout,
        (status = 409, description = "The rollout has ended, or stands at another stage", body = problem::Body<'_>, content_type = "application/problem+json"),
        (status = 422, description = "The reason is missing or too long", body = problem::Body<'_>, content_type = "application/problem+json"),
    )
)]
#[post("/ui/rollouts/{id}/decisions")]
pub(crate) async fn decision_form(
    state: Data<State>,
    grant: Grant,
    id: Path<String>,
    form: Result<Form<DecisionForm>, Error>,
) -> Result<HttpResponse, Problem> {
    let form = form.map_err(|error| Problem::new(Code::BadRequest, error.to_string()))?;
    let DecisionForm {
        action,
        stage,
        by,
        reason,
    } = form.into_inner();
    let id = rollout_id(&id)?;
    let deed = (action, Some(stage));
    state.decide(&grant, id, deed, &by, &reason).await?;
    Ok(HttpResponse::SeeOther()
        .insert_header((header::LOCATION, state.site().rollout(id)))
        .finish())
}
