//! A server that answers with anything: what asks others reads it over real HTTP.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
};

use actix_web::{App, HttpResponse, HttpServer, rt::System, web};
use tokio::runtime::Runtime;

/// The media type and the body of the next answers.
type Next = Arc<Mutex<(&'static str, Vec<u8>)>>;

/// The server, and a runtime for who asks it.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    next: Next,
    runtime: Runtime,
}

impl Server {
    /// Starts the server; it ends with the process.
    pub(crate) fn start() -> Self {
        let next = Next::default();
        let answers = web::Data::new(next.clone());
        let (tell, told) = mpsc::channel();
        thread::spawn(move || {
            System::new().block_on(async move {
                let app = move || {
                    App::new()
                        .app_data(answers.clone())
                        .default_service(web::to(answer))
                };
                let bound = HttpServer::new(app)
                    .workers(1)
                    .disable_signals()
                    .bind("127.0.0.1:0")
                    .expect("a free port");
                tell.send(bound.addrs()[0])
                    .expect("someone waits for the address");
                bound.run().await
            })
        });
        Self {
            address: told.recv().expect("the server starts"),
            next,
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime"),
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every request from now on has this answer.
    pub(crate) fn answer_with(&self, media: &'static str, body: &[u8]) {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = (media, body.to_vec());
    }

    /// Waits for what asks the server.
    pub(crate) fn wait_for<T>(&self, asking: impl Future<Output = T>) -> T {
        self.runtime.block_on(asking)
    }
}

async fn answer(next: web::Data<Next>) -> HttpResponse {
    let (media, body) = next.lock().unwrap_or_else(PoisonError::into_inner).clone();
    HttpResponse::Ok().content_type(media).body(body)
}
