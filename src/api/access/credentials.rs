//! What a request shows to say who calls.

use actix_web::http::header::{self, HeaderMap};
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// What a request shows.
#[derive(PartialEq, Eq)]
pub(super) enum Shown {
    /// Nothing.
    Nothing,
    /// A token.
    Token(String),
    /// Something else.
    Unreadable,
}

impl Shown {
    /// What the header `Authorization` holds: `Bearer TOKEN`, or `Basic` with the token as the password, for clients that know nothing but
    /// `https://user:password@host/`, and for browsers. The user is whatever the client likes.
    pub(super) fn by(headers: &HeaderMap) -> Self {
        let mut values = headers.get_all(header::AUTHORIZATION);
        let (value, another) = (values.next(), values.next());
        match (value, another) {
            (None, _) => Self::Nothing,
            (Some(value), None) => value
                .to_str()
                .ok()
                .and_then(token)
                .map_or(Self::Unreadable, Self::Token),
            // Whoever is in between may have looked at another one than we would.
            (Some(_), Some(_)) => Self::Unreadable,
        }
    }
}

fn token(value: &str) -> Option<String> {
    let (scheme, rest) = value.split_once(' ')?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.to_owned());
    }
    if scheme.eq_ignore_ascii_case("basic") {
        let pair = String::from_utf8(STANDARD.decode(rest).ok()?).ok()?;
        let (_, password) = pair.split_once(':')?;
        return Some(password.to_owned());
    }
    None
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn shown(values: &[&str]) -> Shown {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        }
        Shown::by(&headers)
    }

    #[test]
    fn a_token_comes_as_bearer_or_as_password() {
        let token = || Shown::Token("s3cret".to_owned());
        let encoded = |pair: &str| format!("Basic {}", STANDARD.encode(pair));
        for value in [
            "Bearer s3cret",
            "bearer  s3cret ",
            &encoded("ci:s3cret"),
            &encoded(":s3cret"),
        ] {
            assert!(shown(&[value]) == token(), "{value}");
        }
        assert!(shown(&[&encoded("a:b:c")]) == Shown::Token("b:c".to_owned()));
        assert!(shown(&[]) == Shown::Nothing);
    }

    #[test]
    fn anything_else_is_no_token() {
        for value in [
            "",
            "Bearer",
            "s3cret",
            "Token s3cret",
            "Digest x",
            "Basic ###",
            "Basic czNjcmV0",
            "Basic /w==",
        ] {
            assert!(shown(&[value]) == Shown::Unreadable, "{value}");
        }
        assert!(shown(&["Bearer a", "Bearer a"]) == Shown::Unreadable);
    }
}
