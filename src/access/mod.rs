//! Who may call, and what for: without any HTTP type.
//!
//! A caller shows a token; [`Access`] knows it by its hash and answers with a [`Grant`]. Which role a route needs is the surface's
//! matter. What depends on the content of a request (its application, the accounts it asks, a config that comes with it) is
//! asked of the grant where runs are taken in, read and changed, so that no surface can go around it.

mod digest;
mod grant;
mod names;
mod role;
mod tokens;

pub use digest::{Digest, DigestError};
pub use grant::{Denied, Grant};
pub use names::{NamePattern, Names};
pub use role::Role;
pub(crate) use tokens::TARGET;
pub use tokens::{Access, AccessError, Proof, TokenConfig, UnknownToken};
