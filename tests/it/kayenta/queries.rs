//! The texts that Kayenta sends, asked of the native templates.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use serinus::{
    canary_config::MetricQuery,
    kayenta::{Given, KayentaConfig, param_name},
};
use serinus_adapters::Escaping;

use super::config_of;

/// A query of Kayenta's, the request's parameters, and what is sent for it.
struct Case(Value, &'static [(&'static str, &'static str)], &'static str);

/// What is sent for a query, about `shop-v2` in `eu-west-1`, on a step of a minute.
fn sent(query: &Value, params: &[(&str, &str)]) -> String {
    let mut document = config_of(std::slice::from_ref(query));
    document["templates"] = json!({
        "stored": "app=\"$\\{scope}\",zone=\"$\\{location}\"",
        "whole": "PromQL:up{app=\"${scope}\"}",
        "plain": "avg:cpu{version:${scope}}",
    });
    let given = Given {
        account: None,
        params: (params.iter())
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
    };
    let config = KayentaConfig::from_value(document).unwrap();
    let lowered = config
        .lower(&given)
        .unwrap_or_else(|mistakes| panic!("{query}: {mistakes:?}"));
    let MetricQuery::Series(template) = &lowered.config.metrics[0].query else {
        panic!("{query} became counts");
    };
    let fixed = [
        ("scope", "shop-v2"),
        ("location", "eu-west-1"),
        ("step", "60s"),
    ];
    let fixed = fixed.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let params =
        (params.iter()).map(|(name, value)| (param_name(name).into_owned(), (*value).to_owned()));
    let values: BTreeMap<String, String> = fixed.into_iter().chain(params).collect();
    template
        .template()
        .render(&values, Escaping::None)
        .unwrap_or_else(|error| panic!("{query}: {error}"))
}

fn check(cases: &[Case]) {
    for Case(query, params, expected) in cases {
        assert_eq!(&sent(query, params), expected, "{query}");
    }
}

#[test]
fn prometheus() {
    check(&[
        Case(
            json!({"type": "prometheus", "customInlineTemplate": "PromQL:rate(a{b=\"${scope}\"}[1m])"}),
            &[],
            "rate(a{b=\"shop-v2\"}[1m])",
        ),
        Case(
            json!({"type": "prometheus", "customFilterTemplate": "whole", "labelBindings": ["x=\"y\""]}),
            &[],
            "up{app=\"shop-v2\"}",
        ),
        Case(
            json!({"type": "prometheus", "metricName": "some-metric-name", "labelBindings": ["a=b"], "resourceType": "gce_instance"}),
            &[],
            "avg(some-metric-name{a=b,instance=~\"shop-v2-.{4}\",zone=~\".+/zones/eu-west-1-.{1}\"})",
        ),
        Case(
            json!({"type": "prometheus", "metricName": "load", "resourceType": "gce_instance", "groupByFields": ["a", "b"]}),
            &[("project", "shop-prod")],
            "avg(load{instance=~\"shop-v2-.{4}\",zone=~\".+/projects/shop-prod/zones/eu-west-1-.{1}\"}) by (a,b)",
        ),
        Case(
            json!({"type": "prometheus", "metricName": "load", "labelBindings": ["a=\"b\""]}),
            &[("resourceType", "aws_ec2_instance")],
            "avg(load{a=\"b\",asg_groupName=\"shop-v2\",zone=~\"eu-west-1.{1}\"})",
        ),
        Case(
            json!({"type": "prometheus", "metricName": "load", "labelBindings": ["c=\"d\"", "e=\"${scope}\""], "customFilterTemplate": "stored"}),
            &[],
            "avg(load{app=\"shop-v2\",zone=\"eu-west-1\",c=\"d\",e=\"${scope}\"})",
        ),
        Case(
            json!({"type": "prometheus", "metricName": "load", "customInlineTemplate": "a=\"b\",", "customFilterTemplate": "gone"}),
            &[],
            "avg(load{a=\"b\"})",
        ),
    ]);
}

#[test]
fn variables() {
    let promql = |text: &str| json!({"type": "prometheus", "resourceType": "vm", "customInlineTemplate": format!("PromQL:{text}")});
    check(&[
        Case(
            promql("${scope} $\\{scope} ${location}"),
            &[],
            "shop-v2 shop-v2 eu-west-1",
        ),
        Case(
            promql("${zone:-a} ${zone:-}|${zone}"),
            &[("zone", "b")],
            "b b|b",
        ),
        Case(promql("${zone:-a}${zone:-}|"), &[], "a|"),
        Case(
            promql("$${scope} $scope $ $$ ^a$"),
            &[],
            "${scope} $scope $ $$ ^a$",
        ),
        Case(promql("a ${scope"), &[], "a ${scope"),
        // The query's own resource type, unless the request has one.
        Case(promql("${resourceType}"), &[], "vm"),
        Case(promql("${resourceType}"), &[("resourceType", "pod")], "pod"),
        // Names that are built in here, or that a variable cannot have.
        Case(
            promql("[${step}] [${window:-2m}]"),
            &[("step", "30s")],
            "[30s] [2m]",
        ),
        Case(
            promql("${my label} ${1st} ${a/b}"),
            &[("my label", "x"), ("1st", "y"), ("a/b", "z")],
            "x y z",
        ),
    ]);
}

#[test]
fn datadog_and_graphite() {
    check(&[
        Case(
            json!({"type": "datadog", "metricName": "avg:cpu"}),
            &[],
            "avg:cpu{shop-v2}",
        ),
        Case(
            json!({"type": "datadog", "metricName": "x", "customFilterTemplate": "plain"}),
            &[],
            "avg:cpu{version:shop-v2}",
        ),
        Case(
            json!({"type": "datadog", "customInlineTemplate": "sum:hits{v:${scope},r:${location},t:${tier}}"}),
            &[("tier", "web")],
            "sum:hits{v:shop-v2,r:eu-west-1,t:web}",
        ),
        Case(
            json!({"type": "graphite", "metricName": "sum($location.$scope.*.{a,b}.${scope})"}),
            &[],
            "sum(eu-west-1.shop-v2.*.{a,b}.${scope})",
        ),
    ]);
}

/// The time filter is put in by the store's adapter.
#[test]
fn influxdb() {
    let scope: &[_] = &[("scope_key", "version"), ("scope_value", "v2")];
    check(&[
        Case(
            json!({"type": "influxdb", "metricName": "requests"}),
            scope,
            "SELECT *::field FROM requests WHERE $timeFilter AND version = 'v2'",
        ),
        Case(
            json!({"type": "influxdb", "metricName": "requests", "fields": ["a", "b"]}),
            scope,
            "SELECT a, b FROM requests WHERE $timeFilter AND version = 'v2'",
        ),
        Case(
            json!({"type": "influxdb", "customInlineTemplate": "SELECT mean(a) FROM b WHERE $\\{timeFilter} AND ${scope} AND c = '${d}' GROUP BY time(${step})"}),
            scope,
            "SELECT mean(a) FROM b WHERE $timeFilter AND version = 'v2' AND c = '${d}' GROUP BY time(60s)",
        ),
    ]);
}

#[test]
fn new_relic() {
    check(&[
        Case(
            json!({"type": "newrelic", "select": " count(*) FROM Transaction ", "q": "appName = 'shop'"}),
            &[
                ("_scope_key", "asg_name"),
                ("_location_key", "region"),
                ("tier", "web"),
            ],
            "SELECT count(*) FROM Transaction TIMESERIES $stepSeconds seconds SINCE $startSeconds UNTIL $endSeconds WHERE appName = 'shop' AND tier LIKE 'web' AND asg_name LIKE 'shop-v2' AND region LIKE 'eu-west-1'",
        ),
        Case(
            json!({"type": "newrelic", "select": "SELECT count(*) FROM Transaction"}),
            &[("_scope_key", "asg_name")],
            "SELECT count(*) FROM Transaction TIMESERIES $stepSeconds seconds SINCE $startSeconds UNTIL $endSeconds WHERE asg_name LIKE 'shop-v2'",
        ),
        Case(
            json!({"type": "newrelic", "customInlineTemplate": "SELECT a FROM b TIMESERIES ${step} seconds SINCE ${startEpochSeconds} UNTIL ${endEpochSeconds} WHERE c LIKE '${scope}'"}),
            &[],
            "SELECT a FROM b TIMESERIES $stepSeconds seconds SINCE $startSeconds UNTIL $endSeconds WHERE c LIKE 'shop-v2'",
        ),
    ]);
}

#[test]
fn signalfx() {
    check(&[
        Case(
            json!({"type": "signalfx", "metricName": "request.count", "queryPairs": [
                {"key": "app", "value": "cms"}, {"key": "response_code", "value": "400"}, {"key": "uri", "value": "/v2/auth"}]}),
            &[("env", "production"), ("_scope_key", "version")],
            "data('request.count', filter=filter('app', 'cms') and filter('response_code', '400') and filter('uri', '/v2/auth') and filter('version', 'shop-v2') and filter('env', 'production')).mean(by=['env', 'version']).publish()",
        ),
        Case(
            json!({"type": "signalfx", "metricName": "m", "aggregationMethod": "max", "queryPairs": [
                {"key": "!code", "value": "200"}, {"key": "zone", "value": "a, b"}]}),
            &[("_scope_key", "version"), ("_location_key", "region")],
            "data('m', filter=(not filter('code', '200')) and filter('zone', 'a','b') and filter('version', 'shop-v2') and filter('region', 'eu-west-1')).max(by=['region', 'version']).publish()",
        ),
        Case(
            json!({"type": "signalfx", "customInlineTemplate": "data('m', filter=filter('v', '${scope}')).publish()"}),
            &[],
            "data('m', filter=filter('v', 'shop-v2')).publish()",
        ),
    ]);
}

#[test]
fn stackdriver() {
    let query = |resource: &str| json!({"type": "stackdriver", "metricType": "t", "resourceType": resource});
    check(&[
        Case(
            query("gce_instance"),
            &[("project", "p")],
            "metric.type=\"t\" AND resource.type=gce_instance AND project=p AND metadata.user_labels.\"spinnaker-region\"=eu-west-1 AND metadata.user_labels.\"spinnaker-server-group\"=shop-v2",
        ),
        Case(
            query("aws_ec2_instance"),
            &[],
            "metric.type=\"t\" AND resource.type=aws_ec2_instance AND resource.labels.region=\"aws:eu-west-1\" AND metadata.user_labels.\"aws:autoscaling:groupname\"=shop-v2",
        ),
        Case(
            query("gae_app"),
            &[("project", "p"), ("service", "s")],
            "metric.type=\"t\" AND resource.type=gae_app AND project=p AND resource.labels.version_id=shop-v2 AND resource.labels.module_id=s",
        ),
        Case(
            query("k8s_pod"),
            &[
                ("user_labels.app/name", "shop"),
                ("project", "p"),
                ("namespace_name", "n"),
                ("cluster_name", "c"),
                ("zone", "z"),
            ],
            "metric.type=\"t\" AND resource.type=k8s_pod AND project=p AND resource.labels.cluster_name=c AND resource.labels.namespace_name=n AND metadata.user_labels.\"app/name\"=\"shop\"",
        ),
        Case(
            query("gke_container"),
            &[("project", "p"), ("zone", "z"), ("pod_id", "i")],
            "metric.type=\"t\" AND resource.type=gke_container AND project=p AND resource.labels.pod_id=i AND resource.labels.zone=z",
        ),
        Case(
            query("global"),
            &[],
            "metric.type=\"t\" AND resource.type=global",
        ),
        Case(
            json!({"type": "stackdriver", "metricType": "t", "resourceType": "any", "customInlineTemplate": "a=${scope} AND b=${resourceType}"}),
            &[],
            "metric.type=\"t\" AND resource.type=any AND a=shop-v2 AND b=any",
        ),
    ]);
}

#[test]
fn wavefront_and_atlas() {
    let atlas = json!({"type": "atlas", "q": "name,rps,:eq,:sum"});
    check(&[
        Case(
            json!({"type": "wavefront", "metricName": "cpu"}),
            &[],
            "ts(cpu, shop-v2)",
        ),
        Case(
            json!({"type": "wavefront", "metricName": "cpu", "aggregate": "avg"}),
            &[],
            "avg(ts(cpu, shop-v2))",
        ),
        Case(
            atlas.clone(),
            &[],
            "name,rps,:eq,:sum,:list,(,nf.cluster,shop-v2,:eq,:cq,),:each",
        ),
        Case(
            atlas.clone(),
            &[("type", "asg")],
            "name,rps,:eq,:sum,:list,(,nf.asg,shop-v2,:eq,:cq,),:each",
        ),
        Case(
            atlas,
            &[("type", "query")],
            "name,rps,:eq,:sum,:list,(,shop-v2,:cq,),:each",
        ),
    ]);
}

/// The caller of a stored config chooses names and values of parameters, and no part of the query.
#[test]
fn names_of_parameters_are_names() {
    for store in ["newrelic", "signalfx"] {
        let query = json!({"type": store, "metricName": "m", "select": "count(*) FROM t"});
        let config = KayentaConfig::from_value(config_of(&[query])).unwrap();
        for (name, fits) in [
            ("tier", true),
            ("k8s.pod:name_1a", true),
            // New Relic's stand outside of quotes, where a dash subtracts.
            ("a-b", store == "signalfx"),
            ("-b", store == "signalfx"),
            ("a LIKE '%' OR b", false),
            ("', '*') or filter('a", false),
            ("a--b", false),
            ("${scope}", false),
            ("caf\u{e9}", false),
            ("", false),
        ] {
            let given = Given {
                account: None,
                params: vec![(name.to_owned(), "x".to_owned())],
            };
            let lowered = config.lower(&given);
            assert_eq!(lowered.is_ok(), fits, "{store}: {name}");
            if let Err(mistakes) = lowered {
                assert_eq!(mistakes[0].pointer, "/metrics/0/query", "{mistakes:?}");
            }
        }
    }
}
