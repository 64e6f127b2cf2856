//! Rollouts on other pages, and what their parts are called.

use maud::{Markup, html};

use crate::{
    analysis::{Action, Run},
    api::{State, problem::Problem},
    report::{
        html::{Tone, badge},
        number,
    },
    rollouts::RolloutState,
};

/// The way from a run to the rollout whose stage it judges; nothing for a run that belongs to none.
pub(super) async fn stage_of(state: &State, run: &Run) -> Result<Markup, Problem> {
    let Some((rollout, stage)) = state.rollouts.of_run(run).await? else {
        return Ok(html! {});
    };
    let stages = rollout.request.stages.len();
    let weight = rollout.request.stages.get(stage - 1);
    Ok(html! {
        nav.crumbs aria-label="Where this belongs" {
            a href=(state.site().rollout(rollout.id)) { "Rollout of " bdi { (rollout.request.application) } }
            " Stage " (stage) " of " (stages)
            @if let Some(stage) = weight { ": " (share(stage.weight.get())) " of the traffic" }
        }
    })
}

/// A share of the traffic: `25 %`.
pub(super) fn share(weight: f64) -> String {
    format!("{} %", number(weight * 100.0))
}

/// Where a rollout stands, as a sign.
pub(super) fn state_badge(state: RolloutState) -> Markup {
    badge(tone(state), word(state))
}

pub(super) fn tone(state: RolloutState) -> Tone {
    match state {
        RolloutState::Shifting | RolloutState::Watching => Tone::Pending,
        RolloutState::Held => Tone::Inconclusive,
        RolloutState::Completed => Tone::Pass,
        RolloutState::Failed | RolloutState::RolledBack => Tone::Fail,
    }
}

pub(super) fn word(state: RolloutState) -> &'static str {
    match state {
        RolloutState::Shifting => "shifting",
        RolloutState::Watching => "watching",
        RolloutState::Held => "held",
        RolloutState::Completed => "completed",
        RolloutState::Failed => "failed",
        RolloutState::RolledBack => "rolled back",
    }
}

/// What the pipeline should do, as it is said to a person.
pub(super) fn advice(action: Action) -> &'static str {
    match action {
        Action::Promote => "promote",
        Action::Hold => "hold",
        Action::Rollback => "roll back",
        Action::Wait => "wait",
    }
}
