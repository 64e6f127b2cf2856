//! Kayenta's settings of accounts, as settings of this service.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{REMOTE_ACCOUNT, Warning};
use crate::canary_config::escape_pointer;

/// Accounts in the service's own settings, and what became of everything else.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedAccounts {
    /// The accounts by name: what the setting `accounts` holds. Secrets are only ever references.
    pub accounts: BTreeMap<String, Value>,
    /// The judges elsewhere by name: what the setting `remoteJudges` holds.
    pub remote_judges: BTreeMap<String, Value>,
    /// What is not as it was, or is to be done by hand.
    pub warnings: Vec<Warning>,
}

/// Reads the accounts that a Kayenta's settings, in YAML, have under `kayenta`; none if the text is something else.
pub fn import_accounts(text: &str) -> Option<ImportedAccounts> {
    let settings: Value = serde_saphyr::from_str(text).ok()?;
    let mut import = Import::default();
    let sections = settings.get("kayenta")?.as_object()?;
    let sections: BTreeMap<_, _> = sections.into_iter().collect();
    for (kind, section) in sections {
        let at = format!("/kayenta/{}", escape_pointer(kind));
        import.section(kind, section, &at);
    }
    Some(ImportedAccounts {
        accounts: import.accounts,
        remote_judges: import.remote_judges,
        warnings: import.warnings,
    })
}

#[derive(Debug, Default)]
struct Import {
    accounts: BTreeMap<String, Value>,
    remote_judges: BTreeMap<String, Value>,
    warnings: Vec<Warning>,
}

impl Import {
    fn warn(&mut self, pointer: impl Into<String>, detail: impl Into<String>) {
        self.warnings.push(Warning {
            pointer: pointer.into(),
            detail: detail.into(),
        });
    }

    fn remote_judge(&mut self, section: &Value, at: &str) {
        if section.get("enabled") != Some(&json!(true)) {
            return self.warn(at, "this is not enabled, so it is left out");
        }
        let url = section.pointer("/endpoint/baseUrl").and_then(Value::as_str);
        let Some(url) = url.filter(|url| !url.is_empty()) else {
            return self.warn(
                at,
                "there is no `endpoint.baseUrl`, so the judge is left out",
            );
        };
        self.remote_judges
            .insert(REMOTE_ACCOUNT.to_owned(), json!({"url": url}));
    }

    fn section(&mut self, kind: &str, section: &Value, at: &str) {
        if kind == "remote-judge" || kind == "remoteJudge" {
            return self.remote_judge(section, at);
        }
        let known = [
            "prometheus",
            "datadog",
            "influxdb",
            "graphite",
            "newrelic",
            "signalfx",
            "wavefront",
            "atlas",
        ];
        if !known.contains(&kind) {
            let detail = match kind {
                "google" | "stackdriver" => {
                    "no account type reads from Google Cloud Monitoring yet"
                }
                "aws" | "s3" | "azure" | "gcs" | "memory" | "sql" | "configbin" => {
                    "the service keeps runs and configs itself, see the setting `state`"
                }
                _ => "this has no counterpart",
            };
            return self.warn(at, detail);
        }
        if section.get("enabled") == Some(&json!(false)) {
            return self.warn(at, "this is not enabled, so its accounts are left out");
        }
        let accounts = section.get("accounts").and_then(Value::as_array);
        for (index, account) in accounts.into_iter().flatten().enumerate() {
            self.account(kind, account, &format!("{at}/accounts/{index}"));
        }
        let fields = section.as_object().into_iter().flatten();
        let rest: BTreeSet<_> = fields
            .map(|(field, _)| field.as_str())
            .filter(|field| !["enabled", "accounts"].contains(field))
            .collect();
        for field in rest {
            self.warn(
                format!("{at}/{}", escape_pointer(field)),
                "this has no counterpart",
            );
        }
    }

    fn account(&mut self, kind: &str, account: &Value, at: &str) {
        let Some(name) = account
            .get("name")
            .and_then(Value::as_str)
            .filter(|name| !name.is_empty())
        else {
            return self.warn(at, "an account without a name is left out");
        };
        let mut fields = Fields {
            account,
            name,
            at,
            read: ["name", "supportedTypes", "endpoint"].into(),
        };
        let mut setting = Map::from_iter([("type".to_owned(), json!(kind))]);
        match fields.url() {
            Some(url) => {
                setting.insert("url".to_owned(), json!(url));
            }
            None if ["datadog", "newrelic"].contains(&kind) => {}
            None => self.warn(
                at,
                "there is no `endpoint.baseUrl`: write the `url` by hand",
            ),
        }
        match kind {
            "prometheus" => self.prometheus(&mut setting, &mut fields),
            "datadog" => {
                // The one that Kayenta asks: its queries may hold arithmetic, which the later one takes otherwise.
                setting.insert("api".to_owned(), json!("v1"));
                self.secret(&mut setting, "apiKey", &mut fields, "apiKey");
                self.secret(
                    &mut setting,
                    "applicationKey",
                    &mut fields,
                    "applicationKey",
                );
            }
            "influxdb" => {
                setting.insert("version".to_owned(), json!(1));
                setting.insert("database".to_owned(), json!(name));
                let detail = "Kayenta takes each metric's name for the name of the database; write the right `database`";
                self.warn(at, detail);
                fields.read.extend(["apiKey", "applicationKey"]);
            }
            "newrelic" => self.newrelic(&mut setting, &mut fields),
            "signalfx" => self.secret(&mut setting, "accessToken", &mut fields, "accessToken"),
            "wavefront" => self.secret(&mut setting, "apiToken", &mut fields, "apiToken"),
            _ => {}
        }
        for field in fields.unread() {
            let pointer = format!("{at}/{}", escape_pointer(&field));
            self.warn(pointer, "this has no counterpart");
        }
        if self
            .accounts
            .insert(name.to_owned(), Value::Object(setting))
            .is_some()
        {
            let detail = format!("an account named {name:?} was there before, and is replaced");
            self.warn(format!("{at}/name"), detail);
        }
    }

    fn prometheus(&mut self, setting: &mut Map<String, Value>, fields: &mut Fields<'_>) {
        // Kayenta takes the file before the token, and the token before the password.
        if fields.text("usernamePasswordFile").is_some() {
            fields.read.extend(["bearerToken", "username", "password"]);
            let file = fields.text("usernamePasswordFile").unwrap_or_default();
            let detail = format!(
                "the file holds `user:password`; write the user here, and into {file} the password alone"
            );
            self.warn(format!("{}/usernamePasswordFile", fields.at), detail);
            let user = fields.text("username").unwrap_or("user");
            setting.insert(
                "auth".to_owned(),
                json!({"type": "basic", "username": user, "password": {"file": file}}),
            );
        } else if fields.text("bearerToken").is_some() {
            fields.read.extend(["username", "password"]);
            let mut auth = Map::from_iter([("type".to_owned(), json!("bearer"))]);
            self.secret(&mut auth, "token", fields, "bearerToken");
            setting.insert("auth".to_owned(), Value::Object(auth));
        } else if let Some(user) = fields.text("username") {
            let mut auth = Map::from_iter([
                ("type".to_owned(), json!("basic")),
                ("username".to_owned(), json!(user)),
            ]);
            self.secret(&mut auth, "password", fields, "password");
            setting.insert("auth".to_owned(), Value::Object(auth));
        }
    }

    fn newrelic(&mut self, setting: &mut Map<String, Value>, fields: &mut Fields<'_>) {
        let detail =
            "the API in use takes a user key, not an insights query key, and has another address";
        self.warn(fields.at, detail);
        setting.remove("url");
        let number = fields
            .text("applicationKey")
            .and_then(|text| text.parse::<u64>().ok());
        setting.insert("accountId".to_owned(), json!(number.unwrap_or_default()));
        if number.is_none() {
            let at = format!("{}/applicationKey", fields.at);
            self.warn(
                at,
                "this is no number: write the account's number as `accountId`",
            );
        }
        self.secret(setting, "apiKey", fields, "apiKey");
    }

    /// A reference to a secret. The secret itself is never written anywhere.
    fn secret(
        &mut self,
        setting: &mut Map<String, Value>,
        key: &str,
        fields: &mut Fields<'_>,
        field: &'static str,
    ) {
        let at = format!("{}/{field}", fields.at);
        let variable = match fields.text(field).map(placeholder) {
            Some(Some(variable)) => variable.to_owned(),
            Some(None) => {
                let variable = fields.variable(field);
                let detail = format!(
                    "secrets are references here: put this one into the variable {variable}"
                );
                self.warn(at, detail);
                variable
            }
            None => {
                let variable = fields.variable(field);
                self.warn(
                    at,
                    format!("there is none; it is expected in the variable {variable}"),
                );
                variable
            }
        };
        setting.insert(key.to_owned(), json!({"env": variable}));
    }
}

/// The variable that Spring would replace `${VARIABLE}` or `${VARIABLE:default}` by.
fn placeholder(text: &str) -> Option<&str> {
    let inside = text.trim().strip_prefix("${")?.strip_suffix('}')?;
    let name = inside.split_once(':').map_or(inside, |(name, _)| name);
    let usual = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!name.is_empty() && name.chars().all(usual)).then_some(name)
}

/// The fields of an account, and which of them were read.
struct Fields<'a> {
    account: &'a Value,
    name: &'a str,
    at: &'a str,
    read: BTreeSet<&'static str>,
}

impl<'a> Fields<'a> {
    fn text(&mut self, field: &'static str) -> Option<&'a str> {
        self.read.insert(field);
        let text = self.account.get(field).and_then(Value::as_str);
        text.filter(|text| !text.is_empty())
    }

    fn url(&self) -> Option<&'a str> {
        let url = self
            .account
            .pointer("/endpoint/baseUrl")
            .and_then(Value::as_str);
        url.filter(|url| !url.is_empty())
    }

    /// A variable for one of the account's secrets.
    fn variable(&self, field: &str) -> String {
        let mut name = String::new();
        for c in self.name.chars() {
            name.push(if c.is_ascii_alphanumeric() {
                c.to_ascii_uppercase()
            } else {
                '_'
            });
        }
        name.push('_');
        for c in field.chars() {
            if c.is_ascii_uppercase() {
                name.push('_');
            }
            name.push(c.to_ascii_uppercase());
        }
        name
    }

    fn unread(&self) -> BTreeSet<String> {
        let fields = self.account.as_object().into_iter().flatten();
        let unread =
            fields.filter(|(field, value)| !value.is_null() && !self.read.contains(field.as_str()));
        unread.map(|(field, _)| field.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serinus_adapters::AccountConfig;

    #[test]
    fn every_account_is_one_that_the_settings_take() {
        let settings = json!({"kayenta": {
            "prometheus": {"enabled": true, "accounts": [
                {"name": "open", "endpoint": {"baseUrl": "http://prom:9090"}, "supportedTypes": ["METRICS_STORE"]},
                {"name": "basic", "endpoint": {"baseUrl": "http://prom:9090"}, "username": "u", "password": "hunter2"},
                {"name": "bearer", "endpoint": {"baseUrl": "http://prom:9090"}, "bearerToken": "${PROM_TOKEN:none}", "username": "u"},
                {"name": "file", "endpoint": {"baseUrl": "http://prom:9090"}, "usernamePasswordFile": "/etc/prom"}]},
            "datadog": {"enabled": true, "accounts": [{"name": "dd", "endpoint": {"baseUrl": "https://api.datadoghq.com"}, "apiKey": "k1", "applicationKey": "k2"}]},
            "influxdb": {"enabled": true, "accounts": [{"name": "influx", "endpoint": {"baseUrl": "http://influx:8086"}}]},
            "graphite": {"enabled": true, "accounts": [{"name": "graphite", "endpoint": {"baseUrl": "http://graphite"}}]},
            "newrelic": {"enabled": true, "accounts": [{"name": "nr", "apiKey": "k3", "applicationKey": "1234"}]},
            "signalfx": {"enabled": true, "accounts": [{"name": "sfx", "endpoint": {"baseUrl": "https://stream.signalfx.com"}, "accessToken": "k4", "defaultScopeKey": "app"}]},
            "wavefront": {"enabled": true, "accounts": [{"name": "wf", "endpoint": {"baseUrl": "https://wavefront"}, "apiToken": "k5"}]},
            "atlas": {"enabled": false, "accounts": [{"name": "atlas"}]},
            "s3": {"enabled": true},
            "remote-judge": {"enabled": true, "endpoint": {"baseUrl": "http://judge:8080"}},
        }});
        let imported = import_accounts(&settings.to_string()).unwrap();
        let text = serde_json::to_string(&imported.accounts).unwrap();
        for secret in ["hunter2", "k1", "k2", "k3", "k4", "k5"] {
            assert!(!text.contains(&format!("\"{secret}\"")), "{text}");
            let told = imported
                .warnings
                .iter()
                .any(|it| it.detail.contains(secret));
            assert!(!told, "{secret}");
        }
        let read: BTreeMap<String, AccountConfig> = serde_json::from_str(&text).unwrap();
        assert_eq!(
            read.keys().collect::<Vec<_>>(),
            [
                "basic", "bearer", "dd", "file", "graphite", "influx", "nr", "open", "sfx", "wf"
            ]
        );
        assert_eq!(
            imported.accounts["bearer"]["auth"]["token"],
            json!({"env": "PROM_TOKEN"})
        );
        assert_eq!(
            imported.accounts["basic"]["auth"]["password"],
            json!({"env": "BASIC_PASSWORD"})
        );
        assert_eq!(
            imported.accounts["dd"]["applicationKey"],
            json!({"env": "DD_APPLICATION_KEY"})
        );
        assert_eq!(
            imported.remote_judges,
            BTreeMap::from([(
                "remote-judge".to_owned(),
                json!({"url": "http://judge:8080"})
            )])
        );
        let told = |pointer: &str| imported.warnings.iter().any(|it| it.pointer == pointer);
        for pointer in [
            "/kayenta/atlas",
            "/kayenta/s3",
            "/kayenta/signalfx/accounts/0/defaultScopeKey",
        ] {
            assert!(told(pointer), "{pointer}: {:?}", imported.warnings);
        }
        assert!(!told("/kayenta/prometheus/accounts/2/bearerToken"));
    }
}
