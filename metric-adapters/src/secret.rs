//! Where a secret is kept. The configuration names the place and never holds the secret.

use std::env;
use std::fs;
use std::io;
use std::path::PathBuf;

use secrecy::SecretString;
use serde::Deserialize;
use thiserror::Error;

/// The place of a secret: `{env: NAME}` or `{file: PATH}`.
///
/// ```
/// use serinus_adapters::SecretRef;
/// let place: SecretRef = serde_json::from_str(r#"{"env": "PROMETHEUS_TOKEN"}"#)?;
/// assert_eq!(place, SecretRef::Env("PROMETHEUS_TOKEN".into()));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Spelled")]
pub enum SecretRef {
    /// An environment variable of this process.
    Env(String),
    /// A file whose whole content, without the white space at its end, is the secret.
    File(PathBuf),
}

/// The place of a secret as it is spelled. Where somebody has put the secret itself, untagged forms do not repeat it.
#[derive(Deserialize)]
#[serde(
    untagged,
    deny_unknown_fields,
    expecting = "expected the place of a secret and not the secret: {env: NAME} or {file: PATH}"
)]
enum Spelled {
    Env { env: String },
    File { file: PathBuf },
}

impl From<Spelled> for SecretRef {
    fn from(spelled: Spelled) -> Self {
        match spelled {
            Spelled::Env { env } => Self::Env(env),
            Spelled::File { file } => Self::File(file),
        }
    }
}

/// The secret is not where it should be.
#[derive(Debug, Error)]
pub enum SecretError {
    /// The environment variable is unset, empty or not UTF-8.
    #[error("the environment variable `{name}`, which should hold a secret, {problem}")]
    Env {
        /// The variable's name.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The file cannot be read as text.
    #[error("cannot read the secret in the file {}", path.display())]
    Unreadable {
        /// The file's path.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file holds nothing but white space.
    #[error("the file {} should hold a secret and is empty", path.display())]
    EmptyFile {
        /// The file's path.
        path: PathBuf,
    },
}

impl SecretRef {
    /// Reads the secret. Sources do so for every request, so that a rotated token file is noticed.
    ///
    /// # Errors
    /// When the variable or file is missing, empty or not text.
    pub fn resolve(&self) -> Result<SecretString, SecretError> {
        match self {
            Self::Env(name) => {
                let problem = |problem| SecretError::Env {
                    name: name.clone(),
                    problem,
                };
                match env::var(name) {
                    Ok(value) if value.is_empty() => Err(problem("is empty")),
                    Ok(value) => Ok(value.into()),
                    Err(env::VarError::NotPresent) => Err(problem("is not set")),
                    // Its content is not shown: it is probably the secret, badly encoded.
                    Err(env::VarError::NotUnicode(_)) => Err(problem("is not UTF-8")),
                }
            }
            Self::File(path) => {
                let text = fs::read_to_string(path).map_err(|source| SecretError::Unreadable {
                    path: path.clone(),
                    source,
                })?;
                let secret = text.trim_end();
                if secret.is_empty() {
                    return Err(SecretError::EmptyFile { path: path.clone() });
                }
                Ok(secret.into())
            }
        }
    }
}
