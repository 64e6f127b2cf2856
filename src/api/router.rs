//! The table of contents of the API: every route, grouped by who calls it.

use actix_web::{
    HttpResponse,
    dev::HttpServiceFactory,
    web::{self, Data},
};
use utoipa::openapi::OpenApi;
use utoipa_actix_web::{OpenApiFactory, service_config::ServiceConfig};
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::{
    accounts, analyses, audit, callbacks, configs, events,
    fallback::{KnownPaths, fallback},
    grafana, health, hooks, judgements, kayenta, keyed, looks, pages, records, rollouts, shares,
};
use crate::report::html::Site;

/// Where routes are registered: to be served, or to be described. A description takes many times the memory of the routes, and is made
/// once; every worker has routes of its own.
pub(crate) trait Routes {
    /// Registers a route.
    fn service(&mut self, route: impl HttpServiceFactory + OpenApiFactory + 'static) -> &mut Self;
}

impl Routes for web::ServiceConfig {
    fn service(&mut self, route: impl HttpServiceFactory + OpenApiFactory + 'static) -> &mut Self {
        self.service(route)
    }
}

impl Routes for ServiceConfig<'_> {
    fn service(&mut self, route: impl HttpServiceFactory + OpenApiFactory + 'static) -> &mut Self {
        self.service(route)
    }
}

/// Registers every documented route.
pub(crate) fn configure(routes: &mut impl Routes) {
    routes
        // Pipelines: start an analysis, follow it, act on its summary.
        .service(analyses::create)
        .service(analyses::list)
        .service(keyed::put_by_key)
        .service(keyed::get_by_key)
        .service(keyed::cancel_by_key)
        .service(analyses::get)
        .service(analyses::cancel)
        .service(analyses::scorecard)
        .service(looks::list)
        .service(looks::scorecard)
        .service(records::get)
        .service(records::rejudge)
        // Pipelines that shift traffic in stages.
        .service(rollouts::create)
        .service(rollouts::list)
        .service(rollouts::get)
        .service(rollouts::live)
        .service(rollouts::decide)
        .service(events::of_run)
        .service(callbacks::deliveries)
        .service(callbacks::list)
        .service(callbacks::test)
        // Tools that cannot be taught our words.
        .service(hooks::flagger::answer_hook)
        .service(hooks::prometheus::instant_query)
        .service(hooks::prometheus::instant_query_form)
        // Anyone with samples at hand: a scorecard at once, nothing kept.
        .service(judgements::create)
        // Kayenta, and those who know it.
        .service(kayenta::judge)
        .service(kayenta::judge_list)
        .service(kayenta::compare_judges)
        .service(kayenta::judge_comparison)
        .service(kayenta::metric_set_lists)
        .service(kayenta::create_metric_set_list)
        .service(kayenta::metric_set_list)
        .service(kayenta::delete_metric_set_list)
        .service(kayenta::metric_set_pair_lists)
        .service(kayenta::create_metric_set_pair_list)
        .service(kayenta::metric_set_pair_list)
        .service(kayenta::metric_set_pair)
        .service(kayenta::delete_metric_set_pair_list)
        // People and tools that prepare configs.
        .service(configs::list)
        .service(configs::get)
        .service(configs::put)
        .service(configs::delete)
        .service(configs::history)
        .service(configs::earlier)
        .service(accounts::list)
        .service(accounts::check)
        .service(audit::list)
        // Whoever speaks to a Kayenta.
        .service(kayenta::canary_configs)
        .service(kayenta::create_canary_config)
        .service(kayenta::canary_config)
        .service(kayenta::change_canary_config)
        .service(kayenta::delete_canary_config)
        .service(kayenta::start_ad_hoc_canary)
        .service(kayenta::canary_executions)
        .service(kayenta::start_canary)
        .service(kayenta::canary_status)
        .service(kayenta::pipelines)
        .service(kayenta::pipeline)
        .service(kayenta::cancel_pipeline)
        .service(kayenta::start_ad_hoc_standalone)
        .service(kayenta::start_standalone)
        .service(kayenta::standalone_status)
        .service(kayenta::fetch_query)
        .service(kayenta::archived_executions)
        .service(kayenta::archive_execution)
        .service(kayenta::archive_new_execution)
        .service(kayenta::archived_execution)
        .service(kayenta::delete_archived_execution)
        .service(kayenta::judges)
        .service(kayenta::credentials)
        .service(kayenta::metrics_services)
        .service(kayenta::metrics_metadata)
        .service(kayenta::health)
        // Orchestrators and monitoring.
        .service(health::livez)
        .service(health::readyz)
        .service(health::metrics)
        .service(pages::report_file)
        .service(pages::metric_image)
        // Dashboards.
        .service(grafana::run_rows)
        .service(grafana::metric_rows)
        .service(grafana::annotation_rows)
        // People who pass a report on, and those it is passed on to.
        .service(shares::create)
        .service(shares::list)
        .service(shares::revoke)
        .service(pages::shared_page)
        .service(pages::shared_image)
        // People who follow a link.
        .service(pages::runs_page)
        .service(pages::compare_page)
        .service(pages::analysis_page)
        .service(pages::cancel_page)
        .service(pages::cancel_form)
        .service(pages::metric_page)
        .service(pages::rollouts_page)
        .service(pages::rollout_page)
        .service(pages::decision_form)
        .service(pages::configs_page)
        .service(pages::config_page)
        .service(pages::help_page)
        .service(pages::page_asset);
}

/// Registers the API's description and its browsable form, all served from here, and what answers everything else.
pub(crate) fn docs(routes: &mut web::ServiceConfig, document: OpenApi, site: &Site) {
    let known = Data::new(KnownPaths::of(&document));
    let docs = site.docs();
    let to_docs = move || {
        let response = HttpResponse::PermanentRedirect()
            .insert_header(("Location", docs.as_str()))
            .finish();
        async { response }
    };
    // By default the page asks a public validator about the document; "none" keeps it from calling anyone.
    let config = Config::new([site.at("/openapi.json")]).validator_url("none");
    routes
        .route("/", web::get().to(pages::root))
        .route("/docs", web::get().to(to_docs))
        .service(
            SwaggerUi::new("/docs/{_:.*}")
                .url("/openapi.json", document)
                .config(config),
        )
        .app_data(known)
        .default_service(web::to(fallback));
}
