//! Who calls, and whether they may: before any handler, for every route.

mod credentials;
mod table;

use std::{
    future::{Ready, ready},
    sync::Arc,
};

use actix_web::{
    Error, FromRequest, HttpMessage, HttpRequest, ResponseError,
    body::{EitherBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    middleware::Next,
    web::Data,
};
use jiff::Timestamp;

use self::credentials::Shown;
pub(super) use self::table::{Need, need_of};
use super::{
    State,
    problem::{Code, Problem},
};
use crate::access::{Access, Denied, Grant, Role, UnknownToken};

/// Who may call, and what for.
#[derive(Debug, Clone)]
pub struct Gate {
    access: Arc<Access>,
    routes: Arc<table::Routes>,
}

impl Gate {
    /// Lets in whom `access` knows.
    pub fn new(access: Access) -> Self {
        Self {
            access: Arc::new(access),
            routes: Arc::default(),
        }
    }

    /// What the caller may do.
    fn admit(&self, request: &ServiceRequest) -> Result<Grant, Problem> {
        // As the router reads it: what is percent-encoded without need is not, and the two must not differ.
        let path = request.match_info().as_str();
        let mut needs = self.routes.needs(request.method(), path);
        if needs.is_empty() {
            needs.push(Need::Role(if request.resource_map().has_resource(path) {
                Role::Admin
            } else {
                // There is nothing there, which whoever has a token may hear.
                Role::Read
            }));
        }
        let from = request.peer_addr().map(|peer| peer.ip());
        let grant = match Shown::by(request.headers()) {
            Shown::Nothing => self.access.identify(None, from, Timestamp::now()),
            Shown::Token(token) => self.access.identify(Some(&token), from, Timestamp::now()),
            // Where nobody needs a token, nobody minds.
            Shown::Unreadable if self.access.is_open() => Ok(Grant::everything(from)),
            Shown::Unreadable => Err(UnknownToken),
        };
        let roles = || {
            needs.iter().filter_map(|need| match need {
                Need::Nothing => None,
                Need::Role(role) | Need::Unlimited(role) => Some(*role),
            })
        };
        let open = roles().next().is_none();
        let grant = match grant {
            Ok(grant) => grant,
            // A probe with an old token is still a probe.
            Err(_) if open => Grant::nothing(from),
            Err(unknown) => return Err(Problem::new(Code::Unauthenticated, unknown.to_string())),
        };
        if grant.is_nothing() && !open {
            let detail =
                "this needs a token: `Authorization: Bearer TOKEN`, or the token as the password";
            return Err(Problem::new(Code::Unauthenticated, detail));
        }
        for role in roles() {
            grant.require(role)?;
        }
        if needs.iter().any(|need| matches!(need, Need::Unlimited(_))) {
            grant.require_everything()?;
        }
        Ok(grant)
    }
}

/// Middleware: nobody reaches a handler who may not.
pub(crate) async fn admitted(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, Error> {
    let gate = request.app_data::<Data<State>>().map(|state| &state.gate);
    let admitted = match gate {
        Some(gate) => gate.admit(&request),
        None => Err(Problem::new(Code::Internal, "nobody is at the gate")),
    };
    match admitted {
        Ok(grant) => {
            request.extensions_mut().insert(grant);
            Ok(next.call(request).await?.map_into_left_body())
        }
        Err(problem) => {
            tracing::info!(target: crate::access::TARGET, reason = %problem, "refused");
            let response = request.into_response(problem.error_response());
            Ok(response.map_into_right_body())
        }
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        Self::new(Code::Forbidden, denied.to_string())
    }
}

/// What the caller may do, for handlers.
impl FromRequest for Grant {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let grant = request.extensions().get::<Self>().cloned();
        ready(
            grant.ok_or_else(|| Problem::new(Code::Internal, "nobody has asked who calls").into()),
        )
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use actix_web::{App, dev::Service as _, http::Method, test};

    use super::*;
    use crate::api;

    /// Every pattern the router knows. It tells nobody but a debugger.
    async fn registered() -> BTreeSet<String> {
        let seen = std::rc::Rc::new(std::cell::RefCell::new(String::new()));
        let note = seen.clone();
        let app = App::new()
            .configure(api::configure)
            .configure(|routes| {
                let site = crate::report::html::Site::of("http://127.0.0.1");
                api::docs(routes, api::document(), &site);
            })
            .wrap_fn(move |request, service| {
                *note.borrow_mut() = format!("{:?}", request.resource_map());
                service.call(request)
            });
        let app = test::init_service(app).await;
        let _answer = test::call_service(&app, test::TestRequest::default().to_request()).await;
        let text = seen.borrow();
        let patterns = text.split("Single(\"").skip(1);
        let patterns = patterns.filter_map(|rest| rest.split_once("\")"));
        let patterns = patterns.map(|(pattern, _)| pattern.replace("\\\\", "\\"));
        patterns.filter(|pattern| !pattern.is_empty()).collect()
    }

    #[actix_web::test]
    async fn every_route_is_in_the_table_and_the_table_holds_nothing_else() {
        let mut documented = BTreeSet::new();
        for (path, item) in api::document().paths.paths {
            let operations = [
                ("GET", item.get.is_some()),
                ("PUT", item.put.is_some()),
                ("POST", item.post.is_some()),
                ("DELETE", item.delete.is_some()),
                ("PATCH", item.patch.is_some()),
            ];
            let there = operations.into_iter().filter(|(_, there)| *there);
            documented.extend(there.map(|(method, _)| (method.to_owned(), path.clone())));
        }
        let table: Vec<_> = table::rows()
            .map(|(method, pattern, _)| (method.to_owned(), pattern.to_owned()))
            .collect();
        let once: BTreeSet<_> = table.iter().cloned().collect();
        assert_eq!(once.len(), table.len(), "a route stands in the table twice");
        let missing: Vec<_> = documented.difference(&once).collect();
        assert!(
            missing.is_empty(),
            "without an entry in the table of src/api/access/table.rs: {missing:?}"
        );

        let registered = registered().await;
        assert!(
            registered.contains("/api/v1/analyses/{id}"),
            "{registered:?}"
        );
        let patterns: BTreeSet<_> = once.iter().map(|(_, pattern)| pattern.clone()).collect();
        assert_eq!(
            registered, patterns,
            "routes (left) and the table's patterns (right)"
        );
    }

    #[actix_web::test]
    async fn a_route_outside_of_the_table_needs_admin() {
        assert_eq!(
            need_of("DELETE", "/api/v1/analyses"),
            Need::Role(Role::Admin)
        );
        assert_eq!(need_of("GET", "/livez"), Need::Nothing);
        let routes = table::Routes::default();
        assert_eq!(routes.needs(&Method::GET, "/api/v1/nothing"), []);
        // Of two that fit, both count.
        let both = routes.needs(&Method::GET, "/api/v1/analyses/by-key/looks");
        assert_eq!(both, [Need::Role(Role::Read); 2]);
    }
}
