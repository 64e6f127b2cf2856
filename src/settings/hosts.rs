//! Which hosts accounts may be at.

use serde::Deserialize;
use url::Host;

/// A host that accounts may be at, on any port: `metrics.example`, `10.0.0.7`, `[fd00::7]`, or `*.metrics.example` for all
/// hosts below a domain.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum HostPattern {
    /// This host.
    Exactly(Host),
    /// All hosts below this domain, and not the domain itself.
    Below(String),
}

/// A text that names no host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither a host such as metrics.example nor a pattern such as *.metrics.example")]
pub struct HostPatternError(String);

impl HostPattern {
    /// Whether a host fits.
    pub fn allows(&self, host: &Host) -> bool {
        match (self, host) {
            (Self::Exactly(allowed), host) => allowed == host,
            (Self::Below(domain), Host::Domain(host)) => host
                .strip_suffix(domain)
                .is_some_and(|labels| labels.len() > 1 && labels.ends_with('.')),
            (Self::Below(_), Host::Ipv4(_) | Host::Ipv6(_)) => false,
        }
    }
}

impl TryFrom<String> for HostPattern {
    type Error = HostPatternError;

    fn try_from(text: String) -> Result<Self, HostPatternError> {
        // Parsed as addresses are, so that both are spelled alike: in lower case, in Punycode, IP addresses in full.
        let (below, host) = match text.strip_prefix("*.") {
            Some(domain) => (true, Host::parse(domain)),
            None => (false, Host::parse(&text)),
        };
        match (below, host) {
            // What else a host may hold by the rules of addresses is a pattern that would never fit.
            (_, Ok(Host::Domain(domain))) if domain.contains('*') => Err(HostPatternError(text)),
            (true, Ok(Host::Domain(domain))) => Ok(Self::Below(domain)),
            (false, Ok(host)) => Ok(Self::Exactly(host)),
            (true, Ok(Host::Ipv4(_) | Host::Ipv6(_))) | (_, Err(_)) => Err(HostPatternError(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(pattern: &str, address: &str) -> bool {
        let url = url::Url::parse(address).unwrap();
        let host = url.host().unwrap().to_owned();
        HostPattern::try_from(pattern.to_owned())
            .unwrap()
            .allows(&host)
    }

    #[test]
    fn a_pattern_fits_whole_labels_however_they_are_spelled() {
        for (pattern, address) in [
            ("metrics.example", "http://metrics.example:9090/x"),
            ("Metrics.Example", "https://METRICS.example"),
            ("b\u{fc}cher.example", "http://xn--bcher-kva.example"),
            ("127.0.0.1", "http://2130706433"),
            ("[::1]", "http://[0:0:0:0:0:0:0:1]:9090"),
            ("*.example", "http://a.example"),
            ("*.example", "http://a.b.example"),
        ] {
            assert!(allows(pattern, address), "{pattern} {address}");
        }
        for (pattern, address) in [
            ("metrics.example", "http://a.metrics.example"),
            ("metrics.example", "http://metrics.example.evil.example"),
            ("*.example", "http://example"),
            ("*.example", "http://badexample"),
            ("*.example", "http://example.evil"),
            ("*.0.0.1.example", "http://127.0.0.1"),
            ("127.0.0.1", "http://localhost"),
        ] {
            assert!(!allows(pattern, address), "{pattern} {address}");
        }
    }

    #[test]
    fn what_could_never_fit_is_refused() {
        for text in [
            "",
            "*",
            "*.",
            "a.*.example",
            "*.*.example",
            "http://metrics.example",
            "metrics.example:9090",
            "metrics.example/x",
            "*.127.0.0.1",
            "a b",
        ] {
            let read = HostPattern::try_from(text.to_owned());
            assert_eq!(read, Err(HostPatternError(text.to_owned())));
        }
    }
}
