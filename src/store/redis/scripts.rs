//! The steps that change runs, each of them one script: Redis carries it out as a whole or not at all.

use redis::Script;

/// All scripts; `lua/prelude.lua` says what stands under which key.
#[derive(Debug)]
pub(super) struct Scripts {
    pub(super) create: Script,
    pub(super) claim: Script,
    pub(super) renew: Script,
    pub(super) report: Script,
    pub(super) commit: Script,
    pub(super) release: Script,
    pub(super) postpone: Script,
    pub(super) cancel: Script,
    pub(super) tick: Script,
    pub(super) deliver: Script,
    pub(super) note: Script,
    pub(super) document: Script,
}

macro_rules! script {
    ($name:literal) => {
        Script::new(concat!(
            include_str!("lua/prelude.lua"),
            include_str!(concat!("lua/", $name, ".lua"))
        ))
    };
}

impl Default for Scripts {
    fn default() -> Self {
        Self {
            create: script!("create"),
            claim: script!("claim"),
            renew: script!("renew"),
            report: script!("report"),
            commit: script!("commit"),
            release: script!("release"),
            postpone: script!("postpone"),
            cancel: script!("cancel"),
            tick: script!("tick"),
            deliver: script!("deliver"),
            note: script!("note"),
            document: script!("document"),
        }
    }
}
