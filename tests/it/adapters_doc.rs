//! The accounts in `docs/adapters.md` are accounts.

use std::collections::BTreeSet;

use serinus::settings::Settings;

#[test]
fn every_example_of_the_documentation_can_be_loaded() {
    let text = std::fs::read_to_string("docs/adapters.md").unwrap();
    let examples: Vec<_> = text
        .split("```yaml\n")
        .skip(1)
        .map(|rest| rest.split_once("```").unwrap().0)
        .collect();
    let mut kinds = BTreeSet::new();
    for example in examples {
        let file = tempfile::NamedTempFile::with_suffix(".yaml").unwrap();
        std::fs::write(file.path(), example).unwrap();
        let settings = Settings::load(Some(file.path())).expect(example);
        assert!(!settings.accounts.is_empty(), "{example}");
        kinds.extend(settings.accounts.values().map(|account| account.kind()));
    }
    for kind in &kinds {
        let (stable, experimental) = (
            format!("| `{kind}` |"),
            format!("| `{kind}` (experimental) |"),
        );
        assert!(
            text.contains(&stable) || text.contains(&experimental),
            "{kind}"
        );
    }
    let all = [
        "atlas",
        "cloudwatch",
        "datadog",
        "dynatrace",
        "elasticsearch",
        "file",
        "graphite",
        "influxdb",
        "loki",
        "newrelic",
        "prometheus",
        "signalfx",
        "web",
        "wavefront",
    ];
    assert_eq!(kinds, BTreeSet::from(all));
}
