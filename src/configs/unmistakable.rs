//! Storing a config in Kayenta's form: its name is unique among those that share an application with it.

use std::sync::Arc;

use super::{Changed, ConfigBody, Configs, KnownConfig, Precondition, Refused};
use crate::{kayenta::KayentaConfig, store::StoreError};

impl Configs {
    /// Stores a config in Kayenta's form under an id, if nobody would take it for another one.
    ///
    /// # Errors
    /// See [`Refused`]; what was stored before is stored still.
    pub async fn put_kayenta(
        &self,
        id: &str,
        config: KayentaConfig,
        expected: &Precondition,
    ) -> Result<Changed, Refused> {
        // Of two at once here, one comes first.
        let _turn = self.turn.lock().await;
        self.unmistakable(id, &config).await?;
        let body = ConfigBody::Kayenta(Arc::new(config.clone()));
        let changed = self.put(id, body, expected).await?;
        // Another replica may have looked before this one wrote, and the other way round; then whoever looks last gives in.
        if let Err(refused) = self.unmistakable(id, &config).await {
            self.take_back(id, &changed).await?;
            return Err(refused);
        }
        Ok(changed)
    }

    async fn unmistakable(&self, id: &str, config: &KayentaConfig) -> Result<(), Refused> {
        let all = self.list().await?;
        let mut others = all.iter().filter(|known| known.key != id);
        let is_mistaken = others.any(|other| match &other.body {
            ConfigBody::Kayenta(other) => config.is_mistaken_for(other),
            ConfigBody::Native(_) => false,
        });
        if !is_mistaken {
            return Ok(());
        }
        let applications: Vec<_> = config.applications().take(20).collect();
        Err(Refused::Mistakable {
            name: super::shown(config.name()),
            applications: applications.join(", "),
        })
    }

    /// Undoes a change that was made just now.
    async fn take_back(&self, id: &str, changed: &Changed) -> Result<(), Refused> {
        let only = |now: &KnownConfig| Precondition::OneOf(vec![now.digest.clone()]);
        match changed {
            Changed::Created(now) => self.remove(id, &only(now)).await.map(|_| ()),
            Changed::Replaced(now) => match self.earlier(id).await? {
                Some(earlier) => self.put(id, earlier, &only(now)).await.map(|_| ()),
                None => Ok(()),
            },
            // It was there before, and so were the others.
            Changed::Kept(_) => Ok(()),
        }
    }

    async fn earlier(&self, id: &str) -> Result<Option<ConfigBody>, StoreError> {
        let versions = self.versions(id).await?;
        Ok(versions.into_iter().nth(1).map(|version| version.body))
    }
}
