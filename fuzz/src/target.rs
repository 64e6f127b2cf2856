//! Everything that reads what others wrote.

use std::{collections::BTreeMap, fs, path::PathBuf};

use clap::ValueEnum;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serinus::{
    analysis::{
        Accounts, AnalysisRequest, ConfigIdentity, ConfigRef, JudgementRequest, PlanContext,
        judge_samples, plan, plan_resolved,
    },
    canary_config::{CanaryConfig, ConfigLibrary, Name, Strict, Times},
    config_files::{ConfigFile, Foreign},
    kayenta::{Given, KayentaConfig, import_accounts, raise, wire::CanaryAdhocExecutionRequest},
    report, vocabularies,
};
use serinus_adapters::{
    Escaping,
    file::read_table,
    template::{Template, TemplateError},
};

use crate::{
    judges::House,
    record, release,
    server::Server,
    stores::{Store, Stores},
};

/// What is fed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Target {
    /// The text of canary configs, native ones and Kayenta's.
    Config,
    /// Other tools' conditions on metrics, up to the native config.
    Import,
    /// Query templates.
    Template,
    /// The body of a request for an analysis, up to its plan.
    AnalysisBody,
    /// The body of a request for a judgement, up to its report.
    JudgementBody,
    /// The body of a request in Kayenta's form, up to its plan.
    KayentaBody,
    /// Kayenta's settings of accounts.
    KayentaAccounts,
    /// Releases of any numbers, straight to the judges.
    Release,
    /// What a judgement rests on, as it is exported, up to the judgement again.
    Record,
    /// Answers of judges elsewhere, up to the scorecard.
    JudgeAnswer,
    /// Files with comma-separated samples.
    Csv,
    /// Files with samples in JSON.
    Json,
    /// Answers of Prometheus and its relatives.
    Prometheus,
    /// Answers of InfluxDB 1.
    Influxdb1,
    /// Answers of InfluxDB 2.
    Influxdb2,
    /// Answers of InfluxDB 3.
    Influxdb3,
    /// Answers of Datadog's version 1.
    Datadog1,
    /// Answers of Datadog's version 2.
    Datadog2,
    /// Answers of Graphite.
    Graphite,
    /// Answers of `SignalFx`.
    Signalfx,
    /// Answers of anything with JSON.
    Web,
    /// Answers of `CloudWatch`.
    Cloudwatch,
    /// Answers of New Relic.
    Newrelic,
    /// Answers of Dynatrace.
    Dynatrace,
    /// Answers of Loki.
    Loki,
    /// Answers of Elasticsearch.
    Elasticsearch,
    /// Answers of Atlas.
    Atlas,
    /// Answers of Wavefront.
    Wavefront,
}

/// What targets share.
#[derive(Debug)]
pub struct Bench {
    configs: ConfigLibrary,
    accounts: Accounts,
    folder: tempfile::TempDir,
    server: Server,
    stores: Stores,
    house: House,
}

impl Bench {
    /// Starts the server that plays all the others.
    ///
    /// # Panics
    /// There is no folder for files, or no port to listen at.
    #[expect(clippy::new_without_default, reason = "it starts a server")]
    pub fn new() -> Self {
        let server = Server::start();
        Self {
            configs: ConfigLibrary::load(None).expect("the ready-made configs are right"),
            accounts: Accounts::default().with_simulator(),
            folder: tempfile::tempdir().expect("a folder for files"),
            stores: Stores::new(&server),
            house: House::new(&server),
            server,
        }
    }

    fn file(&self, name: &str, input: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, input).expect("the folder can be written to");
        path
    }
}

impl Target {
    /// Right input, to be changed.
    pub fn seeds(self) -> Vec<&'static [u8]> {
        macro_rules! seeds {
            ($($file:literal),+) => { vec![$(include_bytes!($file).as_slice()),+] };
        }
        match self {
            Self::Config => seeds!(
                "../../judge-configs/web-service.yaml",
                "../../judge-configs/simulated.yaml",
                "../seeds/config.yaml",
                "../../tests/it/whole-config.yaml",
                "../seeds/kayenta.json"
            ),
            Self::Import => seeds!(
                "../../tests/it/vocabularies/files/slo.yaml",
                "../../tests/it/vocabularies/files/argo.yaml",
                "../../tests/it/vocabularies/files/flagger.yaml",
                "../../tests/it/vocabularies/files/keptn-analysis.yaml"
            ),
            Self::Template => seeds!("../seeds/template.txt"),
            Self::AnalysisBody => seeds!("../seeds/analysis.json", "../seeds/analysis-named.json"),
            Self::JudgementBody => seeds!("../seeds/judgement.json", "../seeds/judgement-aca.json"),
            Self::KayentaBody => seeds!("../seeds/kayenta-body.json"),
            Self::KayentaAccounts => seeds!("../seeds/kayenta-accounts.yaml"),
            Self::Release => vec![&release::SEED],
            Self::Record => record::SEEDS.iter().map(Vec::as_slice).collect(),
            Self::JudgeAnswer => seeds!("../seeds/judge-answer.json"),
            Self::Csv => seeds!("../seeds/table.csv"),
            Self::Json => seeds!("../seeds/table.json", "../seeds/table-grid.json"),
            Self::Prometheus => seeds!("../seeds/prometheus.json"),
            Self::Influxdb1 => seeds!("../seeds/influxdb-1.json"),
            Self::Influxdb2 => seeds!("../seeds/influxdb-2.csv"),
            Self::Influxdb3 => seeds!("../seeds/influxdb-3.json"),
            Self::Datadog1 => seeds!("../seeds/datadog-1.json"),
            Self::Datadog2 => seeds!("../seeds/datadog-2.json"),
            Self::Graphite => seeds!("../seeds/graphite.json"),
            Self::Signalfx => seeds!("../seeds/signalfx.txt"),
            Self::Web => seeds!("../seeds/web.json"),
            Self::Cloudwatch => seeds!("../seeds/cloudwatch.json"),
            Self::Newrelic => seeds!("../seeds/newrelic.json"),
            Self::Dynatrace => seeds!("../seeds/dynatrace.json"),
            Self::Loki => seeds!("../seeds/loki.json"),
            Self::Elasticsearch => seeds!("../seeds/elasticsearch.json"),
            Self::Atlas => seeds!("../seeds/atlas.json"),
            Self::Wavefront => seeds!("../seeds/wavefront.json"),
        }
    }

    /// Feeds the input; says whether it was taken for right.
    ///
    /// # Panics
    /// Something that must hold does not.
    pub fn feed(self, bench: &Bench, input: &[u8]) -> bool {
        match self {
            Self::Config => config(&String::from_utf8_lossy(input)),
            Self::Import => import(&String::from_utf8_lossy(input)),
            Self::Template => template(&String::from_utf8_lossy(input)),
            Self::AnalysisBody => analysis(bench, input),
            Self::JudgementBody => judgement(bench, input),
            Self::KayentaBody => kayenta_body(bench, input),
            Self::KayentaAccounts => kayenta_accounts(input),
            Self::Release => release::judge(input),
            Self::Record => record::judge_again(&String::from_utf8_lossy(input)),
            Self::JudgeAnswer => bench.house.feed(&bench.server, input),
            Self::Csv => read_table(&bench.file("table.csv", input)).is_ok(),
            Self::Json => read_table(&bench.file("table.json", input)).is_ok(),
            Self::Prometheus => bench.stores.feed(&bench.server, Store::Prometheus, input),
            Self::Influxdb1 => bench.stores.feed(&bench.server, Store::Influxdb1, input),
            Self::Influxdb2 => bench.stores.feed(&bench.server, Store::Influxdb2, input),
            Self::Influxdb3 => bench.stores.feed(&bench.server, Store::Influxdb3, input),
            Self::Datadog1 => bench.stores.feed(&bench.server, Store::Datadog1, input),
            Self::Datadog2 => bench.stores.feed(&bench.server, Store::Datadog2, input),
            Self::Graphite => bench.stores.feed(&bench.server, Store::Graphite, input),
            Self::Signalfx => bench.stores.feed(&bench.server, Store::Signalfx, input),
            Self::Web => bench.stores.feed(&bench.server, Store::Web, input),
            Self::Cloudwatch => bench.stores.feed(&bench.server, Store::Cloudwatch, input),
            Self::Newrelic => bench.stores.feed(&bench.server, Store::Newrelic, input),
            Self::Dynatrace => bench.stores.feed(&bench.server, Store::Dynatrace, input),
            Self::Loki => bench.stores.feed(&bench.server, Store::Loki, input),
            Self::Elasticsearch => bench
                .stores
                .feed(&bench.server, Store::Elasticsearch, input),
            Self::Atlas => bench.stores.feed(&bench.server, Store::Atlas, input),
            Self::Wavefront => bench.stores.feed(&bench.server, Store::Wavefront, input),
        }
    }
}

fn config(text: &str) -> bool {
    let Ok(ConfigFile { config, .. }) = ConfigFile::parse(text) else {
        return false;
    };
    for (place, step, samples) in [(0, 1, 1), (1, 60, 30), (usize::MAX, 3600, usize::MAX)] {
        config.out_of_reach(place, SignedDuration::from_secs(step), samples);
        config.unfit_at(place, Times::Apart);
    }
    for written in [config.to_yaml(), config.to_json()] {
        let written = written.expect("a config can be written");
        assert_eq!(
            CanaryConfig::parse(&written).as_ref(),
            Ok(&config),
            "what people write is read again: {written}"
        );
    }
    let written = serde_json::to_string(&config).expect("a config can be written");
    let again = CanaryConfig::parse(&written);
    assert_eq!(
        again.as_ref(),
        Ok(&config),
        "what was written is read again: {written}"
    );
    true
}

/// What is imported is a config as people write one.
fn import(text: &str) -> bool {
    let Ok(Foreign::Conditions(vocabulary, documents)) = Foreign::parse(text) else {
        return false;
    };
    let given = vocabularies::Given {
        indicators: Some(include_str!("../../tests/it/vocabularies/files/sli.yaml").to_owned()),
        ..vocabularies::Given::default()
    };
    let Ok(imported) = vocabulary.import(&documents, &given) else {
        return false;
    };
    let written = imported.config.to_yaml().expect("a config can be written");
    config(&written)
}

fn template(text: &str) -> bool {
    let Ok(template) = Template::parse(text) else {
        return false;
    };
    let value = || "a\"b\\c'd${scope}\n\u{e9}".to_owned();
    let values: BTreeMap<_, _> = template
        .variables()
        .map(|name| (name.to_owned(), value()))
        .collect();
    for escaping in [
        Escaping::PromqlString,
        Escaping::SqlString,
        Escaping::FluxString,
        Escaping::DatadogTag,
        Escaping::GraphitePath,
        Escaping::SignalflowString,
        Escaping::JsonString,
        Escaping::AtlasTag,
        Escaping::NrqlString,
        Escaping::Unquoted,
        Escaping::WavefrontFilter,
        Escaping::UrlPart,
        Escaping::None,
    ] {
        let rendered = template.render(&values, escaping);
        let is_fine = matches!(rendered, Ok(_) | Err(TemplateError::Unfit { .. }));
        assert!(is_fine, "all variables have values: {rendered:?}");
    }
    true
}

/// Reads a body as the API does.
fn body<T: DeserializeOwned>(input: &[u8]) -> Option<T> {
    let mut json = serde_json::Deserializer::from_slice(input);
    let read = serde_path_to_error::deserialize(Strict(&mut json)).ok()?;
    json.end().ok().map(|()| read)
}

fn analysis(bench: &Bench, input: &[u8]) -> bool {
    let context = PlanContext {
        accounts: &bench.accounts,
        now: Timestamp::from_second(1_768_392_000).expect("an instant"),
        horizon: SignedDuration::from_hours(24),
    };
    body::<AnalysisRequest>(input).is_some_and(|request| {
        match plan(&request, &bench.configs, context) {
            Ok(planned) => {
                assert_eq!(
                    planned.metrics.len(),
                    planned.config.metrics.len(),
                    "no metric drops out"
                );
                true
            }
            Err(mistakes) => {
                assert!(!mistakes.is_empty(), "a refusal says why");
                false
            }
        }
    })
}

fn kayenta_body(bench: &Bench, input: &[u8]) -> bool {
    let Ok(body) = serde_json::from_slice::<CanaryAdhocExecutionRequest>(input) else {
        return false;
    };
    let (Some(config), Some(request)) = (body.canary_config, body.execution_request) else {
        return false;
    };
    let Ok(config) = KayentaConfig::from_value(config) else {
        return false;
    };
    raise::escaped(config.received());
    let storable = config.fit_to_store();
    let given = Given {
        account: Name::try_from("simulator".to_owned()).ok(),
        params: request.params(),
    };
    let Ok(lowered) = config.lower(&given) else {
        return false;
    };
    raise::shown(&lowered.config);
    let named = ConfigRef::Name(lowered.config.name.clone());
    let application = Name::try_from("fuzz".to_owned()).expect("a name");
    let Ok(request) = request.lower(application, &lowered.config, named) else {
        return false;
    };
    let identity = ConfigIdentity::of(&lowered.config);
    let context = PlanContext {
        accounts: &bench.accounts,
        now: Timestamp::from_second(1_768_392_000).expect("an instant"),
        horizon: SignedDuration::from_hours(24),
    };
    let planned = plan_resolved(&request, lowered.config.into(), identity, context);
    planned.is_ok() && storable.is_ok()
}

fn kayenta_accounts(input: &[u8]) -> bool {
    let text = String::from_utf8_lossy(input);
    let Some(imported) = import_accounts(&text) else {
        return false;
    };
    serde_json::to_string(&imported.accounts).expect("accounts can be written");
    !imported.accounts.is_empty()
}

fn judgement(bench: &Bench, input: &[u8]) -> bool {
    body::<JudgementRequest>(input).is_some_and(|request| {
        match judge_samples(&request, &bench.configs) {
            Ok(scorecard) => {
                serde_json::to_string(&scorecard).expect("a scorecard can be written");
                report::text(&scorecard, report::Colour::Never);
                assert!((0.0..=100.0).contains(&scorecard.decision.score));
                true
            }
            Err(mistakes) => {
                assert!(!mistakes.is_empty(), "a refusal says why");
                false
            }
        }
    })
}
