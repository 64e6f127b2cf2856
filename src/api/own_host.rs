//! Who is asked: this service, by a name of its own.
//!
//! A page of another site can have its own name point to 127.0.0.1 and so make a browser ask this service, as if it were the page's
//! own. Where nobody needs a token, the name is all that tells such a request from a person's. Browsers do not let pages choose it.

use std::net::{Ipv4Addr, Ipv6Addr};

use actix_web::{
    Error, ResponseError as _,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header,
    middleware::Next,
    web::Data,
};
use url::{Host, Url};

use super::{
    State,
    problem::{Code, Problem},
};

/// The names that requests may be for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnNames {
    /// Any: tokens tell who calls, or everybody may.
    Any,
    /// Those of this machine, and that of the public address.
    Local(Option<Host>),
}

impl OwnNames {
    /// The names of this machine, and of this address.
    pub fn local_or(public: &str) -> Self {
        let public = Url::parse(public).ok();
        Self::Local(public.and_then(|url| url.host().map(|host| host.to_owned())))
    }

    fn hold(&self, host: &str) -> bool {
        let Self::Local(public) = self else {
            return true;
        };
        // As in a URL: with or without a port, IPv6 in brackets.
        let named = Url::parse(&format!("http://{host}/")).ok();
        let plain = named.filter(|url| url.username().is_empty() && url.path() == "/");
        let Some(host) = plain.and_then(|url| url.host().map(|host| host.to_owned())) else {
            return false;
        };
        let is_local = match &host {
            Host::Domain(name) => name == "localhost",
            Host::Ipv4(address) => Ipv4Addr::is_loopback(address),
            Host::Ipv6(address) => {
                Ipv6Addr::is_loopback(address)
                    || (address.to_ipv4_mapped()).is_some_and(|address| address.is_loopback())
            }
        };
        is_local || Some(&host) == public.as_ref()
    }
}

/// Middleware: refuses requests for other names.
pub(crate) async fn by_own_name(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, Error> {
    let names = request
        .app_data::<Data<State>>()
        .map_or(&OwnNames::Any, |state| &state.names);
    let host = request.headers().get(header::HOST);
    // Only programs name no host. Several are refused by the protocol.
    let is_own = host.is_none_or(|host| host.to_str().is_ok_and(|host| names.hold(host)));
    if is_own {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let detail = "without tokens the service answers on this machine alone, as localhost or 127.0.0.1; set `http.publicUrl` to the address \
                  it has elsewhere, or name tokens under `access.tokens`";
    let response = Problem::new(Code::Misdirected, detail).error_response();
    Ok(request.into_response(response).map_into_right_body())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_names_are() {
        let names = OwnNames::local_or("https://canaries.example/serinus");
        for own in [
            "localhost",
            "LocalHost:8090",
            "127.0.0.1:8090",
            "127.1.2.3",
            "[::1]:8090",
            "[::ffff:127.0.0.1]",
            "canaries.example",
            "canaries.example:443",
        ] {
            assert!(names.hold(own), "{own}");
        }
        for other in [
            "",
            "evil.example",
            "evil.example:8090",
            "localhost.evil.example",
            "evil.example/localhost",
            "localhost@evil.example",
            "evil.example#localhost",
            "192.0.2.1",
            "[2001:db8::1]",
            "0.0.0.0",
        ] {
            assert!(!names.hold(other), "{other}");
            assert!(OwnNames::Any.hold(other), "{other}");
        }
    }
}
