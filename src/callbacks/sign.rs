//! Signatures of Standard Webhooks, version 1: HMAC-SHA256 over id, time and body.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::Sha256;

use crate::analysis::DeliveryId;

/// How long keys are, in bytes.
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;

/// A key to sign with.
#[derive(Debug)]
pub(super) struct Key(SecretBox<Vec<u8>>);

/// Text that is no key. It is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected whsec_ and 24 to 64 random bytes in base64, such as `echo whsec_$(openssl rand -base64 32)` prints"
)]
pub(super) struct KeyError;

impl Key {
    /// Reads a secret as Standard Webhooks writes it, `whsec_` and base64.
    pub(super) fn read(secret: &SecretString) -> Result<Self, KeyError> {
        let text = secret.expose_secret().trim().strip_prefix("whsec_");
        let bytes = text.and_then(|text| BASE64.decode(text).ok());
        match bytes {
            Some(bytes) if LENGTHS.contains(&bytes.len()) => Ok(Self(SecretBox::new(bytes.into()))),
            Some(_) | None => Err(KeyError),
        }
    }

    fn sign(&self, id: &str, at: i64, body: &str) -> Option<String> {
        // Keys of any length fit.
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose_secret()).ok()?;
        mac.update(format!("{id}.{at}.{body}").as_bytes());
        let signature = BASE64.encode(mac.finalize().into_bytes());
        Some(format!("v1,{signature}"))
    }
}

/// The headers of a message, with a signature for each key.
pub(super) fn headers(
    keys: &[Key],
    id: DeliveryId,
    at: Timestamp,
    body: &str,
) -> Vec<(&'static str, String)> {
    let (id, at) = (id.to_string(), at.as_second());
    let signatures: Vec<_> = keys
        .iter()
        .filter_map(|key| key.sign(&id, at, body))
        .collect();
    let mut headers = vec![("webhook-id", id), ("webhook-timestamp", at.to_string())];
    if !signatures.is_empty() {
        headers.push(("webhook-signature", signatures.join(" ")));
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification_has_its_signature() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned();
        let key = Key::read(&secret.into()).unwrap();
        let signature = key.sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(
            signature.unwrap(),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in [
            "",
            "whsec_",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_c2hvcnQ=",
            "whsec_not base64 not base64 not base64!",
            "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        ] {
            assert_eq!(Key::read(&text.to_owned().into()).unwrap_err(), KeyError);
        }
    }
}
