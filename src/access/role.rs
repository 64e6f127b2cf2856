//! What a token may be used for.

use std::fmt;

use serde::Deserialize;

/// What a token may be used for. A token can have several roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Read runs, rollouts, configs and the service's own metrics. Every other role includes it.
    Read,
    /// Start, repeat and cancel runs under configs the service knows; report stages of rollouts live; judge samples.
    Run,
    /// Run configs that come with the request, and so read whatever the accounts can: includes `run`.
    Inline,
    /// Approve and override stages of rollouts, as a person does.
    Decide,
    /// Write and remove configs, check accounts, try receivers.
    Configure,
    /// Everything, and the record of who did what.
    Admin,
}

impl Role {
    /// Whether who has this role may do what the other one is for.
    pub fn includes(self, needed: Self) -> bool {
        match self {
            Self::Admin => true,
            Self::Inline => matches!(needed, Self::Inline | Self::Run | Self::Read),
            Self::Read | Self::Run | Self::Decide | Self::Configure => {
                needed == self || needed == Self::Read
            }
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Run => "run",
            Self::Inline => "inline",
            Self::Decide => "decide",
            Self::Configure => "configure",
            Self::Admin => "admin",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Role::{self, Admin, Configure, Decide, Inline, Read, Run};

    #[test]
    fn roles_include_what_they_need_and_nothing_else() {
        let all = [Read, Run, Inline, Decide, Configure, Admin];
        let expected: [(Role, &[Role]); 6] = [
            (Read, &[Read]),
            (Run, &[Read, Run]),
            (Inline, &[Read, Run, Inline]),
            (Decide, &[Read, Decide]),
            (Configure, &[Read, Configure]),
            (Admin, &all),
        ];
        for (role, included) in expected {
            for needed in all {
                assert_eq!(
                    role.includes(needed),
                    included.contains(&needed),
                    "{role} {needed}"
                );
            }
        }
    }
}
