//! What every store that speaks HTTP has in common: address, credentials, TLS, limits, and how replies are read.

mod client;
mod clock;
mod credentials;
mod pace;
mod reply;
mod service;
mod settings;
mod sigv4;

pub use service::{JsonService, JsonServiceConfig};
pub use settings::{Auth, BaseUrl, BaseUrlError, HeaderText, SigV4, Tls};

pub(crate) use client::{Body, HttpStore, JSON, Request, Settings};
pub(crate) use reply::Reply;
