//! Requests signed for AWS.
//!
//! The signature: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html>, made by AWS' own library.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, SignableBody, SignableRequest, SigningSettings, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use reqwest::header::{self, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::SecretRef;
use crate::account::ConnectError;
use crate::secret::SecretError;

/// Credentials for AWS' Signature Version 4.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SigV4 {
    /// The region, such as `eu-west-1`.
    pub region: String,
    /// The service's name in signatures: `aps` (Managed Prometheus), `monitoring` (`CloudWatch`), `es` (`OpenSearch`), ..
    pub service: String,
    /// The identifier of the access key.
    pub access_key_id: SecretRef,
    /// The access key.
    pub secret_access_key: SecretRef,
    /// The token of temporary credentials.
    #[serde(default)]
    pub session_token: Option<SecretRef>,
}

/// What one request is signed with.
pub(super) struct Signer {
    region: String,
    service: String,
    credentials: Credentials,
}

impl SigV4 {
    /// Reads the keys; gives back what must not show in texts, too.
    pub(super) fn resolve(&self) -> Result<(Signer, Vec<SecretString>), SecretError> {
        let id = self.access_key_id.resolve()?;
        let key = self.secret_access_key.resolve()?;
        let token = (self.session_token.as_ref())
            .map(SecretRef::resolve)
            .transpose()?;
        let credentials = Credentials::new(
            id.expose_secret(),
            key.expose_secret(),
            token.as_ref().map(|token| token.expose_secret().to_owned()),
            None,
            "account",
        );
        let signer = Signer {
            region: self.region.clone(),
            service: self.service.clone(),
            credentials,
        };
        Ok((signer, [id, key].into_iter().chain(token).collect()))
    }
}

impl Signer {
    /// Adds the headers that prove who sends the request, and when.
    pub(super) fn sign(
        &self,
        request: &mut reqwest::Request,
        now: SystemTime,
    ) -> Result<(), ConnectError> {
        let mut settings = SigningSettings::default();
        // Some services insist on it, none minds it.
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        let identity = self.credentials.clone().into();
        let parameters = SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(&self.service)
            .time(now)
            .settings(settings)
            .build()
            .map_err(unsigned)?
            .into();
        let body = request.body().and_then(reqwest::Body::as_bytes);
        let signable = SignableRequest::new(
            request.method().as_str(),
            request.url().as_str(),
            request.headers().iter().filter_map(signed),
            SignableBody::Bytes(body.unwrap_or_default()),
        )
        .map_err(unsigned)?;
        let (instructions, _) = sign(signable, &parameters).map_err(unsigned)?.into_parts();
        let (headers, _) = instructions.into_parts();
        for added in headers {
            let mut value = HeaderValue::from_str(added.value()).map_err(unsigned)?;
            value.set_sensitive(true);
            let name = HeaderName::from_static(added.name());
            request.headers_mut().insert(name, value);
        }
        Ok(())
    }
}

/// The headers a signature covers: those that say what is asked. Proxies may change the others.
fn signed<'h>((name, value): (&'h HeaderName, &'h HeaderValue)) -> Option<(&'h str, &'h str)> {
    let covered = *name == header::CONTENT_TYPE || name.as_str().starts_with("x-amz-");
    value
        .to_str()
        .ok()
        .filter(|_| covered)
        .map(|value| (name.as_str(), value))
}

fn unsigned(error: impl std::error::Error) -> ConnectError {
    ConnectError::Settings(format!("a request cannot be signed with them: {error}"))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use reqwest::{Body, Method, Request};

    use super::*;

    /// Signs at 2026-01-14T09:00:00Z and gives back the signature.
    fn signature(service: &str, token: Option<&str>, mut request: Request) -> String {
        let token = token.map(str::to_owned);
        let key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        let signer = Signer {
            region: "eu-west-1".to_owned(),
            service: service.to_owned(),
            credentials: Credentials::new("AKIDEXAMPLE", key, token, None, "test"),
        };
        let now = UNIX_EPOCH + Duration::from_secs(1_768_381_200);
        signer.sign(&mut request, now).unwrap();
        let header = &request.headers()[header::AUTHORIZATION];
        assert!(header.is_sensitive());
        let (_, signature) = header.to_str().unwrap().split_once("Signature=").unwrap();
        signature.to_owned()
    }

    /// The expected values are those of botocore 1.43.11 (`SigV4Auth`) for the same requests.
    #[test]
    fn signatures_are_those_of_another_implementation() {
        let url = "https://search.example/logs-*,old/_search?b=x%20y%26z&a=%C3%A9";
        let mut get = Request::new(Method::GET, url.parse().unwrap());
        let accept = HeaderValue::from_static("application/json");
        get.headers_mut().insert(header::ACCEPT, accept);
        assert_eq!(
            signature("es", None, get),
            "253cc2964f192693b593b986781702efb0be023b6cdaaea9ed40a45afb39a0b3"
        );

        let url = "https://aps.example:8443/workspaces/ws-1/api/v1/query_range";
        let mut post = Request::new(Method::POST, url.parse().unwrap());
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        post.headers_mut().insert(header::CONTENT_TYPE, form);
        *post.body_mut() = Some(Body::from("query=up%7Ba%3D%22b+c%22%7D&step=60s"));
        assert_eq!(
            signature("aps", Some("token-of-a-session"), post),
            "f87f2bd60093d5c9468a29546313d4a32673d35b88fa990a3cccb6f5b2e5612b"
        );
    }
}
