//! What one caller may do.

use std::{net::IpAddr, sync::Arc};

use jiff::Timestamp;

use super::{Names, Role};

/// What one caller may do, and who that is. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Grant {
    holder: Arc<Holder>,
    /// Where the call came from: the address of the connection.
    from: Option<IpAddr>,
    /// The config of this call was allowed before.
    config_is_trusted: bool,
}

/// Who holds a grant.
#[derive(Debug)]
pub(super) struct Holder {
    pub(super) name: String,
    pub(super) roles: Vec<Role>,
    pub(super) applications: Names,
    pub(super) accounts: Names,
    /// When the token ends to be valid.
    pub(super) expires: Option<Timestamp>,
}

/// What a caller may not do, by what would change that.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// A token with this role.
    #[error("this needs a token with the role `{0}`")]
    Role(Role),
    /// A token for this application.
    #[error("the token is not for the application {0:?}")]
    Application(String),
    /// A token without limits.
    #[error(
        "this belongs to no application, and the token is for some applications or accounts alone"
    )]
    Unlimited,
    /// A token for this account.
    #[error("the token is not for the account {0:?}")]
    Account(String),
}

impl Grant {
    pub(super) fn new(holder: Arc<Holder>, from: Option<IpAddr>) -> Self {
        Self {
            holder,
            from,
            config_is_trusted: false,
        }
    }

    /// The grant of the service itself, and of everybody where no tokens are asked for.
    pub fn everything(from: Option<IpAddr>) -> Self {
        let holder = Holder {
            name: "anyone".to_owned(),
            roles: vec![Role::Admin],
            applications: Names::All,
            accounts: Names::All,
            expires: None,
        };
        Self::new(Arc::new(holder), from)
    }

    /// The grant of somebody who has shown nothing: none at all.
    pub fn nothing(from: Option<IpAddr>) -> Self {
        let none = || Names::Only(Vec::new());
        let holder = Holder {
            name: "nobody".to_owned(),
            roles: Vec::new(),
            applications: none(),
            accounts: none(),
            expires: None,
        };
        Self::new(Arc::new(holder), from)
    }

    /// The same, for a request that was made of a config which was allowed when it came in, as the stages of a rollout are.
    pub fn trusting_config(&self) -> Self {
        Self {
            config_is_trusted: true,
            ..self.clone()
        }
    }

    /// The name of the token; `anyone` where none is asked for.
    pub fn name(&self) -> &str {
        &self.holder.name
    }

    /// When the token ends to be valid, if it does.
    pub fn expires(&self) -> Option<Timestamp> {
        self.holder.expires
    }

    /// Where the call came from; `None` if from within.
    pub fn from(&self) -> Option<IpAddr> {
        self.from
    }

    /// Whether this is somebody who has shown nothing.
    pub fn is_nothing(&self) -> bool {
        self.holder.roles.is_empty()
    }

    /// Whether the caller may do what this role is for.
    pub fn has(&self, needed: Role) -> bool {
        let trusted = needed == Role::Inline && self.config_is_trusted && self.has(Role::Run);
        trusted || self.holder.roles.iter().any(|role| role.includes(needed))
    }

    /// The applications the caller may know of.
    pub fn applications(&self) -> &Names {
        &self.holder.applications
    }

    /// Whether the caller may know of what belongs to this application.
    pub fn sees(&self, application: &str) -> bool {
        self.has(Role::Read) && self.holder.applications.contain(application)
    }

    /// Whether the caller may know of this account.
    pub fn sees_account(&self, account: &str) -> bool {
        self.has(Role::Read) && self.holder.accounts.contain(account)
    }

    /// Whether the caller may know of everything, also of what belongs to no application.
    pub fn is_unlimited(&self) -> bool {
        let Holder {
            applications,
            accounts,
            ..
        } = &*self.holder;
        (applications, accounts) == (&Names::All, &Names::All)
    }

    /// What this role is for.
    ///
    /// # Errors
    /// The caller does not have it.
    pub fn require(&self, needed: Role) -> Result<(), Denied> {
        if self.has(needed) {
            Ok(())
        } else {
            Err(Denied::Role(needed))
        }
    }

    /// What this role is for, about this application.
    ///
    /// # Errors
    /// The caller does not have the role, or not for this application.
    pub fn require_for(&self, needed: Role, application: &str) -> Result<(), Denied> {
        self.require(needed)?;
        if self.holder.applications.contain(application) {
            Ok(())
        } else {
            Err(Denied::Application(application.to_owned()))
        }
    }

    /// What belongs to no application.
    ///
    /// # Errors
    /// The caller is limited to some applications or accounts.
    pub fn require_everything(&self) -> Result<(), Denied> {
        if self.is_unlimited() {
            Ok(())
        } else {
            Err(Denied::Unlimited)
        }
    }

    /// To ask these accounts.
    ///
    /// # Errors
    /// One of them is not the caller's.
    pub fn require_accounts<'a>(
        &self,
        accounts: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), Denied> {
        let mut accounts = accounts.into_iter();
        match accounts.find(|account| !self.holder.accounts.contain(account)) {
            Some(account) => Err(Denied::Account(account.to_owned())),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::NamePattern;

    fn limited(roles: &[Role]) -> Grant {
        let only = |name: &str| Names::Only(vec![NamePattern::Exactly(name.to_owned())]);
        let holder = Holder {
            name: "ci".to_owned(),
            roles: roles.to_vec(),
            applications: only("shop"),
            accounts: only("prom"),
            expires: None,
        };
        Grant::new(Arc::new(holder), None)
    }

    #[test]
    fn roles_and_limits_hold_together() {
        let ci = limited(&[Role::Run]);
        assert_eq!(ci.require_for(Role::Run, "shop"), Ok(()));
        assert_eq!(
            ci.require_for(Role::Run, "bank"),
            Err(Denied::Application("bank".to_owned()))
        );
        assert_eq!(
            ci.require_for(Role::Inline, "shop"),
            Err(Denied::Role(Role::Inline))
        );
        assert_eq!(ci.require_accounts(["prom"]), Ok(()));
        assert_eq!(
            ci.require_accounts(["prom", "datadog"]),
            Err(Denied::Account("datadog".to_owned()))
        );
        assert!(ci.sees("shop") && !ci.sees("bank"));
        assert!(!ci.is_unlimited());
    }

    #[test]
    fn an_admin_of_one_application_is_none_of_another() {
        let admin = limited(&[Role::Admin]);
        assert_eq!(admin.require_for(Role::Decide, "shop"), Ok(()));
        assert!(!admin.sees("bank"));
        assert!(admin.require_for(Role::Decide, "bank").is_err());
    }

    #[test]
    fn a_trusted_config_makes_no_runner_of_a_reader() {
        assert!(limited(&[Role::Run]).trusting_config().has(Role::Inline));
        let reader = limited(&[Role::Read, Role::Decide]).trusting_config();
        assert!(!reader.has(Role::Inline) && !reader.has(Role::Run));
    }

    #[test]
    fn nobody_may_do_anything() {
        let nobody = Grant::nothing(None);
        assert!(nobody.is_nothing() && !nobody.has(Role::Read));
        assert!(!nobody.sees("shop") && !nobody.sees_account("prom"));
        assert!(nobody.require_accounts(["prom"]).is_err());
    }
}
