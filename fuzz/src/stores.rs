//! Stores that answer with anything: the accounts read it over real HTTP.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use serinus_adapters::{AccountConfig, Answer, Batch, MetricSource, RangeQuery, Step, Window};

use crate::server::Server;

/// The stores whose answers are read.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Store {
    Prometheus,
    Influxdb1,
    Influxdb2,
    Influxdb3,
    Datadog1,
    Datadog2,
    Graphite,
    Signalfx,
    Web,
    Cloudwatch,
    Newrelic,
    Dynatrace,
    Loki,
    Elasticsearch,
    Atlas,
    Wavefront,
}

impl Store {
    const ALL: [Self; 16] = [
        Self::Prometheus,
        Self::Influxdb1,
        Self::Influxdb2,
        Self::Influxdb3,
        Self::Datadog1,
        Self::Datadog2,
        Self::Graphite,
        Self::Signalfx,
        Self::Web,
        Self::Cloudwatch,
        Self::Newrelic,
        Self::Dynatrace,
        Self::Loki,
        Self::Elasticsearch,
        Self::Atlas,
        Self::Wavefront,
    ];

    /// The account without its address.
    fn account(self) -> Value {
        // Any variable that is certainly there will do for a secret.
        let secret = json!({"env": "PATH"});
        match self {
            Self::Prometheus => json!({"type": "prometheus"}),
            Self::Influxdb1 => json!({"type": "influxdb", "version": 1, "database": "b"}),
            Self::Influxdb2 => json!({"type": "influxdb", "version": 2, "organization": "b"}),
            Self::Influxdb3 => json!({"type": "influxdb", "version": 3, "database": "b"}),
            Self::Datadog1 => {
                json!({"type": "datadog", "api": "v1", "apiKey": secret, "applicationKey": secret})
            }
            Self::Datadog2 => {
                json!({"type": "datadog", "apiKey": secret, "applicationKey": secret})
            }
            Self::Graphite => json!({"type": "graphite"}),
            Self::Signalfx => json!({"type": "signalfx", "accessToken": secret}),
            Self::Web => {
                json!({"type": "web", "times": "$.data.points[*].time", "values": "$.data.points[*].value", "stamp": "start"})
            }
            Self::Cloudwatch => {
                json!({"type": "cloudwatch", "region": "eu-west-1", "accessKeyId": secret, "secretAccessKey": secret})
            }
            Self::Newrelic => json!({"type": "newrelic", "accountId": 5, "apiKey": secret}),
            Self::Dynatrace => json!({"type": "dynatrace", "apiToken": secret}),
            Self::Loki => json!({"type": "loki"}),
            Self::Elasticsearch => json!({"type": "elasticsearch", "index": "logs"}),
            Self::Atlas => json!({"type": "atlas"}),
            Self::Wavefront => json!({"type": "wavefront", "apiToken": secret}),
        }
    }

    fn query(self) -> &'static str {
        match self {
            Self::Prometheus => "up",
            Self::Influxdb1 | Self::Influxdb3 => "SELECT v FROM cpu WHERE $timeFilter",
            Self::Influxdb2 => "range(start: v.timeRangeStart, stop: v.timeRangeStop)",
            Self::Datadog1 | Self::Datadog2 => "avg:cpu{*}.rollup(avg, $interval)",
            Self::Graphite => "summarize(x, \"60s\")",
            Self::Signalfx => "data('latency').publish()",
            Self::Web => "series?from=$startSeconds&to=$endSeconds",
            Self::Cloudwatch => "SEARCH('{Shop} errors', 'Sum', $interval)",
            Self::Newrelic => "SELECT count(*) FROM Transaction FACET pod LIMIT 100",
            Self::Dynatrace => "builtin:host.cpu.usage:avg",
            Self::Loki => "sum(rate({app=\"shop\"}[1m]))",
            Self::Elasticsearch => {
                "{\"by\": [\"pod\"], \"value\": {\"avg\": {\"field\": \"latency\"}}}"
            }
            Self::Atlas => "name,requests,:eq,:sum",
            Self::Wavefront => "ts(latency)",
        }
    }

    fn media(self) -> &'static str {
        match self {
            Self::Influxdb2 => "text/csv",
            Self::Signalfx => "text/event-stream",
            Self::Prometheus
            | Self::Influxdb1
            | Self::Influxdb3
            | Self::Datadog1
            | Self::Datadog2
            | Self::Graphite
            | Self::Web
            | Self::Cloudwatch
            | Self::Newrelic
            | Self::Dynatrace
            | Self::Loki
            | Self::Elasticsearch
            | Self::Atlas
            | Self::Wavefront => "application/json",
        }
    }
}

/// An account for each store, on one server that plays them all.
#[derive(Debug)]
pub(crate) struct Stores {
    sources: Vec<Box<dyn MetricSource>>,
}

impl Stores {
    pub(crate) fn new(server: &Server) -> Self {
        let sources = Store::ALL.map(|store| {
            let mut account = store.account();
            account["url"] = json!(server.url());
            let account: AccountConfig = serde_json::from_value(account).expect("an account");
            account.connect().expect("nothing is sent yet")
        });
        Self {
            sources: sources.into(),
        }
    }

    /// Lets a store answer with the input; says whether its account took it for an answer.
    pub(crate) fn feed(&self, server: &Server, store: Store, input: &[u8]) -> bool {
        server.answer_with(store.media(), input);
        let at = |second| Timestamp::from_second(second).expect("an instant");
        let query = RangeQuery {
            text: store.query().to_owned(),
            window: Window::new(at(1_709_251_200), at(1_709_251_800)).expect("in order"),
            step: Step::try_from(SignedDuration::from_mins(1)).expect("a step"),
        };
        let source = &self.sources[store as usize];
        let answer = server.wait_for(source.query(&query));
        // The same answer to several questions in one request, where the store knows such.
        for count in [1, 2] {
            let batch = Batch {
                texts: vec![query.text.clone(); count],
                window: query.window,
                step: query.step,
            };
            let answers = server.wait_for(source.query_together(&batch));
            for answer in answers.into_iter().flatten().flatten() {
                check(&answer, query.window);
            }
        }
        answer.is_ok_and(|answer| {
            check(&answer, query.window);
            true
        })
    }
}

/// Fails unless what was made of an answer is in order.
fn check(answer: &Answer, window: Window) {
    for series in &answer.series {
        assert!(!series.samples.is_empty(), "a series has samples");
        assert!(
            series.samples.is_sorted_by(|a, b| a.at < b.at),
            "samples are in order"
        );
        let inside = series
            .samples
            .iter()
            .all(|sample| window.contains(sample.at));
        assert!(inside, "samples are inside the window");
    }
}
