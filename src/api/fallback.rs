//! What is answered where no route fits: 405 if the path exists under another method, else 404.

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    dev::ResourceDef,
    http::{Method, header},
    web::Data,
};
use utoipa::openapi::OpenApi;

use super::problem::{Code, Problem};

/// Every documented path with its methods.
#[derive(Debug)]
pub(crate) struct KnownPaths(Vec<(ResourceDef, Vec<Method>)>);

impl KnownPaths {
    pub(crate) fn of(document: &OpenApi) -> Self {
        let paths = document.paths.paths.iter().map(|(path, item)| {
            let methods = [
                (Method::GET, item.get.is_some()),
                // Where there is a GET, HEAD answers without the body.
                (Method::HEAD, item.get.is_some()),
                (Method::POST, item.post.is_some()),
                (Method::PUT, item.put.is_some()),
                (Method::DELETE, item.delete.is_some()),
            ];
            let known = methods
                .into_iter()
                .filter(|(_, there)| *there)
                .map(|(method, _)| method);
            (ResourceDef::new(path.as_str()), known.collect())
        });
        Self(paths.collect())
    }

    fn methods(&self, path: &str) -> Option<&[Method]> {
        self.0
            .iter()
            .find(|(known, _)| known.is_match(path))
            .map(|(_, methods)| methods.as_slice())
    }
}

pub(crate) async fn fallback(request: HttpRequest, paths: Data<KnownPaths>) -> HttpResponse {
    let (method, path) = (request.method(), request.path());
    match paths.methods(path) {
        Some(methods) => {
            let allowed: Vec<_> = methods.iter().map(Method::as_str).collect();
            let allowed = allowed.join(", ");
            let detail = format!("{method} is not possible here, but {allowed} is");
            let mut response = Problem::new(Code::MethodNotAllowed, detail).error_response();
            if let Ok(value) = header::HeaderValue::from_str(&allowed) {
                response.headers_mut().insert(header::ALLOW, value);
            }
            response
        }
        None => {
            let shown: String = path.chars().take(200).collect();
            Problem::not_found(format!(
                "there is nothing at {shown}; the API is described at /docs/"
            ))
            .error_response()
        }
    }
}
