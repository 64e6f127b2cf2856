//! What Kayenta asks of a config that it stores, and the books it keeps in it.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::KayentaConfig;

/// The longest id, in characters.
pub const LONGEST_ID: usize = 200;

impl KayentaConfig {
    /// What it may be stored under, if it says so itself.
    ///
    /// # Errors
    /// It is none that can be kept, as a sentence.
    pub fn own_id(&self) -> Result<Option<&str>, String> {
        let id = self.received.get("id").and_then(Value::as_str);
        let Some(id) = id.filter(|id| !id.is_empty()) else {
            return Ok(None);
        };
        if id.chars().count() > LONGEST_ID || id.contains(char::is_control) {
            return Err(format!(
                "The id of a canary config has at most {LONGEST_ID} characters and no control characters."
            ));
        }
        Ok(Some(id))
    }

    /// The applications it is for.
    pub fn applications(&self) -> impl Iterator<Item = &str> {
        let all = self.received.get("applications").and_then(Value::as_array);
        all.into_iter().flatten().filter_map(Value::as_str)
    }

    /// When it was changed last, if it says so.
    pub fn updated_at(&self) -> Option<Timestamp> {
        let millis = self.received.get("updatedTimestamp")?.as_i64()?;
        Timestamp::from_millisecond(millis).ok()
    }

    /// Whether two configs would be taken for each other: they have one name, and share an application.
    pub fn is_mistaken_for(&self, other: &Self) -> bool {
        let share = |application| other.applications().any(|other| other == application);
        self.name() == other.name() && self.applications().any(share)
    }

    /// What Kayenta asks of a config that it stores: a name of few characters, an application, and metrics that can be told apart.
    ///
    /// # Errors
    /// The first of these that it lacks, as a sentence in Kayenta's words.
    pub fn fit_to_store(&self) -> Result<(), String> {
        let name = self.name();
        if name.is_empty() {
            return Err("Canary config must specify a name.".to_owned());
        }
        if self.applications().next().is_none() {
            return Err("Canary config must specify at least one application.".to_owned());
        }
        let usual = |c: char| c.is_ascii_alphanumeric() || matches!(c, ',' | '_' | '-');
        if !name.chars().all(usual) || name.chars().count() > LONGEST_ID {
            let shown: String = name.chars().take(LONGEST_ID).collect();
            return Err(format!(
                "Canary config cannot be named '{shown}'. Names must contain only letters, numbers, commas, dashes (-) and underscores (_), and at most {LONGEST_ID} of them."
            ));
        }
        let metrics = self.config.metrics.as_deref().unwrap_or_default();
        let mut names = std::collections::BTreeSet::new();
        for metric in metrics {
            let name = metric.name.as_deref().unwrap_or_default();
            if name.is_empty() {
                return Err("Canary config metrics must have a name.".to_owned());
            }
            if !names.insert(name) {
                let shown: String = name.chars().take(LONGEST_ID).collect();
                return Err(format!(
                    "Canary config metric names must be unique: '{shown}' stands twice."
                ));
            }
        }
        Ok(())
    }

    /// The config as it is stored for the first time.
    #[must_use]
    pub fn created(mut self, id: &str, now: Timestamp) -> Self {
        let fields = self.fields();
        fields.insert("id".to_owned(), json!(id));
        stamp_if_absent(fields, "created", now);
        let created = moment_of(fields, "created").unwrap_or(now);
        stamp_if_absent(fields, "updated", created);
        self
    }

    /// The config as it is stored in place of an earlier version. When it was created stays known.
    #[must_use]
    pub fn updated(mut self, id: &str, now: Timestamp, earlier: &Self) -> Self {
        let created = earlier.received.as_object();
        let created = created.and_then(|fields| moment_of(fields, "created"));
        let fields = self.fields();
        fields.insert("id".to_owned(), json!(id));
        if let Some(created) = created {
            stamp_if_absent(fields, "created", created);
        }
        stamp(fields, "updated", now);
        self
    }

    /// The config's JSON with the id it is stored under.
    pub fn under_id(&self, id: &str) -> Value {
        let mut config = self.clone();
        config.fields().insert("id".to_owned(), json!(id));
        config.received
    }

    fn fields(&mut self) -> &mut Map<String, Value> {
        if !self.received.is_object() {
            // What is read as a config is an object.
            self.received = Value::Object(Map::new());
        }
        match &mut self.received {
            Value::Object(fields) => fields,
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => {
                unreachable!("made an object above")
            }
        }
    }
}

fn moment_of(fields: &Map<String, Value>, what: &str) -> Option<Timestamp> {
    let millis = fields.get(&format!("{what}Timestamp"))?.as_i64()?;
    Timestamp::from_millisecond(millis).ok()
}

fn stamp_if_absent(fields: &mut Map<String, Value>, what: &str, at: Timestamp) {
    let at = moment_of(fields, what).unwrap_or(at);
    stamp(fields, what, at);
}

fn stamp(fields: &mut Map<String, Value>, what: &str, at: Timestamp) {
    let millis = at.as_millisecond();
    let iso = Timestamp::from_millisecond(millis).unwrap_or(at);
    fields.insert(format!("{what}Timestamp"), json!(millis));
    fields.insert(format!("{what}TimestampIso"), json!(iso));
}
