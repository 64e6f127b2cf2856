//! The running service: everything assembled, from a bound address to a clean end.

use std::{
    future::Future,
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use actix_web::{
    App, HttpServer,
    middleware::{Compress, NormalizePath, TrailingSlash, from_fn},
    web::Data,
};
use tokio::runtime::Handle;
use tracing_actix_web::TracingLogger;

use crate::{
    access::{Access, AccessError},
    analysis::{Accounts, ConnectError},
    api::{self, Gate, OwnNames, State, Streams},
    archive::Archive,
    audit::Audit,
    callbacks::{CallbackError, Callbacks, Courier},
    canary_config::{ConfigLibrary, LoadError},
    configs::Configs,
    flagger,
    metrics::Metrics,
    remote_judges::{RemoteJudgeError, RemoteJudges},
    rollouts::Book,
    runner::{Reader, Runner, RunnerParts},
    sample_lists::Shelf,
    settings::{Settings, StateSettings},
    shares::Shares,
    store::{EmbeddedStore, Place, RedisStore, Store, StoreError},
    telemetry::RouteSpan,
};

/// How long a connection may be idle: longer than load balancers and clients keep theirs (a minute at most, as a rule), so that
/// it is not closed here while the next request is on its way.
const IDLE: Duration = Duration::from_secs(75);

/// How long connections may take to close once the runs have ended.
const CLOSING: Duration = Duration::from_secs(3);

/// Why the service could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// An account can never work.
    #[error(transparent)]
    Account(#[from] ConnectError),
    /// A canary config is broken.
    #[error(transparent)]
    Config(#[from] LoadError),
    /// A judge elsewhere can never be asked.
    #[error(transparent)]
    RemoteJudge(#[from] RemoteJudgeError),
    /// A receiver of callbacks can never be told.
    #[error(transparent)]
    Callbacks(#[from] CallbackError),
    /// A token can never be shown.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// Whoever reaches the address could do everything.
    #[error(
        "{0} can be reached from other machines, and without tokens whoever reaches it may do everything: name tokens under `access.tokens`, \
         listen on 127.0.0.1, or set `access.openToAll: true` if that is meant"
    )]
    OpenToAll(SocketAddr),
    /// The store of runs cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The address cannot be used.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: String,
        /// What the system said.
        source: io::Error,
    },
    /// Serving failed.
    #[error("serving failed: {0}")]
    Serve(#[from] io::Error),
}

fn open_store(settings: &Settings) -> Result<Arc<dyn Store>, StoreError> {
    let limits = settings.runs.store_limits();
    let place = match &settings.state {
        StateSettings::Memory => Place::Memory,
        StateSettings::Embedded { path } => Place::File(path.clone()),
        StateSettings::Redis(server) => return Ok(Arc::new(RedisStore::open(server, limits)?)),
    };
    Ok(Arc::new(EmbeddedStore::open(place, limits)?))
}

/// A service that is bound to its address and ready to serve.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    state: State,
    grace: Duration,
    url: String,
}

impl Server {
    /// Checks the settings, connects the accounts, loads the configs, and last binds the address. Runs will live on
    /// the runtime this is called on.
    ///
    /// # Errors
    /// See [`ServeError`]; nothing listens then.
    pub fn bind(settings: &Settings) -> Result<Self, ServeError> {
        let address = settings.http.listen;
        let access = Access::connect(&settings.access.tokens())?;
        let local = address.ip().to_canonical().is_loopback();
        if !local && access.is_open() {
            if !settings.access.open_to_all {
                return Err(ServeError::OpenToAll(address));
            }
            tracing::warn!(%address, "listening beyond this machine without tokens: whoever reaches it may do everything");
        }
        let mut accounts =
            Accounts::connect(&settings.accounts)?.keeping(settings.runs.kept_samples);
        if settings.simulator.enabled {
            accounts = accounts.with_simulator();
        }
        let accounts = Arc::new(accounts);
        let library = ConfigLibrary::load(settings.configs.directory.as_deref())?;
        for entry in library.iter() {
            for warning in &entry.warnings {
                tracing::warn!(config = entry.config.name.as_str(), %warning, "canary config");
            }
        }
        let judges = Arc::new(RemoteJudges::connect(&settings.remote_judges)?);
        let callbacks = Arc::new(Callbacks::connect(&settings.callbacks)?);
        let store = open_store(settings)?;
        let configs = Configs::new(Arc::new(library), store.clone());
        let metrics = Arc::new(Metrics::default());

        let bound = |source| ServeError::Listen {
            address: address.to_string(),
            source,
        };
        let listener = TcpListener::bind(address).map_err(bound)?;
        listener.set_nonblocking(true).map_err(bound)?;
        let url = format!("http://{}", listener.local_addr().map_err(bound)?);
        let public_url = settings
            .http
            .public_url
            .as_ref()
            .map_or_else(|| url.clone(), ToString::to_string)
            .trim_end_matches('/')
            .to_owned();

        let audit = Audit::new(store.clone());
        let parts = RunnerParts {
            limits: settings.runs.limits(),
            accounts: accounts.clone(),
            configs: configs.clone(),
            judges,
            callbacks: callbacks.clone(),
            store: store.clone(),
            audit: audit.clone(),
            metrics: metrics.clone(),
        };
        let runner = Runner::start(Handle::current(), parts);
        let courier = Courier::start(
            Handle::current(),
            callbacks,
            store.clone(),
            metrics.clone(),
            public_url.clone(),
        );
        let state = State {
            rollouts: Book::new(
                runner.clone(),
                store.clone(),
                audit.clone(),
                settings.runs.keep,
            ),
            flagger: flagger::Book::new(runner.clone(), store.clone(), settings.runs.keep),
            runner,
            courier,
            streams: if access.is_open() {
                Streams::new(settings.http.streams)
            } else {
                Streams::new(settings.http.streams).shared()
            },
            names: if access.is_open() && !settings.access.open_to_all {
                OwnNames::local_or(&public_url)
            } else {
                OwnNames::Any
            },
            gate: Gate::new(access),
            shares: Shares::new(store.clone()),
            outcomes: Arc::default(),
            lists: Shelf::new(store.clone()),
            archive: Archive::new(store.clone()),
            runs: Reader::new(store),
            audit,
            accounts,
            configs,
            metrics,
            grafana: settings.grafana.clone().map(Arc::new),
            public_url,
        };
        Ok(Self {
            listener,
            state,
            grace: Duration::try_from(settings.http.grace).unwrap_or_default(),
            url,
        })
    }

    /// The address it serves, as `http://host:port`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Serves until `shutdown` resolves; then takes no new runs, lets those in flight end, and returns.
    ///
    /// # Errors
    /// Serving failed.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Result<(), ServeError> {
        let Self {
            listener,
            state,
            grace,
            url,
        } = self;
        let (runner, courier) = (state.runner.clone(), state.courier.clone());
        let document = api::document();
        let data = Data::new(state);
        let server = HttpServer::new(move || {
            let (document, site) = (document.clone(), data.site());
            App::new()
                .app_data(data.clone())
                .app_data(api::query_config())
                .wrap(Compress::default())
                .wrap(from_fn(api::admitted))
                .wrap(from_fn(api::from_own_pages))
                .wrap(from_fn(api::by_own_name))
                .wrap(from_fn(api::on_error_response))
                .wrap(from_fn(api::in_callers_words))
                .wrap(from_fn(api::for_people))
                .wrap(from_fn(api::as_get))
                .wrap(from_fn(api::on_panic_and_count))
                .wrap(TracingLogger::<RouteSpan>::new())
                // Clients that are given an address with a slash at its end send `//`.
                .wrap(NormalizePath::new(TrailingSlash::MergeOnly))
                .configure(api::configure)
                .configure(move |routes| api::docs(routes, document, &site))
        })
        .workers(2)
        .keep_alive(IDLE)
        .disable_signals()
        .shutdown_timeout(CLOSING.as_secs())
        .listen(listener)?
        .run();
        let handle = server.handle();
        tracing::info!(url, "ready");

        tokio::pin!(server);
        tokio::select! {
            served = &mut server => return Ok(served?),
            () = shutdown => {}
        }
        tracing::info!("stopping: no new runs are taken");
        runner.shut_down(grace).await;
        courier.shut_down(CLOSING).await;
        // Polls for runs that have ended are answered before the sockets close.
        let (served, ()) = tokio::join!(server, handle.stop(true));
        tracing::info!("stopped");
        Ok(served?)
    }
}
