//! The ready-made configs: each is read, and judged over simulated releases elsewhere in these tests.

use serinus::canary_config::{CanaryConfig, ConfigLibrary, ParseError};

#[test]
fn the_directory_holds_exactly_the_ready_made_configs() {
    let mut files: Vec<_> =
        std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/judge-configs"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
    files.sort();
    let mut of_files = Vec::new();
    for file in files {
        let config = CanaryConfig::parse(&std::fs::read_to_string(&file).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert_eq!(
            file.file_stem().unwrap().to_str().unwrap(),
            config.name.as_str()
        );
        of_files.push(config.name.to_string());
    }
    let library = ConfigLibrary::load(None).unwrap();
    let ready_made: Vec<_> = library
        .iter()
        .map(|entry| entry.config.name.to_string())
        .collect();
    assert_eq!(ready_made, of_files);
}

#[test]
fn yaml_and_json_are_one_language() {
    let yaml = CanaryConfig::parse(include_str!("../../judge-configs/web-service.yaml")).unwrap();
    let json = serde_json::to_string_pretty(&yaml).unwrap();
    let again = CanaryConfig::parse(&json).unwrap();
    assert_eq!(again, yaml);
    assert_eq!(again.digest(), yaml.digest());
}

#[test]
fn mistakes_are_pointed_at() {
    let good = include_str!("../../judge-configs/simulated.yaml");
    let table = [
        (
            good.replace("direction: increase", "direction: upwards"),
            "/metrics/0/direction",
        ),
        (
            good.replace("allowed: 50%", "allowed: lots"),
            "/metrics/0/effect/allowed",
        ),
        (
            good.replace("critical: true", "criticl: true"),
            "/metrics/0",
        ),
        (
            good.replace("name: latency-p99", "name: latency-p50"),
            "/metrics/2/name",
        ),
        (good.replace("account: simulator", "step: 30s"), ""),
        (good.replace("step: 60s", "step: 10ms"), "/defaults/step"),
        (good.replace("errors: 40,", "errors: -40,"), "/groups"),
        (good.replace("errors: 40,", "error: 40,"), "/groups/error"),
        (good.replace("pass: 90", "pass: 900"), "/thresholds"),
        (good.replace("serinus/v1", "serinus/v2"), "/apiVersion"),
        (good.replace("name: netflix-aca", "name: coin"), "/judge"),
    ];
    for (text, pointer) in table {
        match CanaryConfig::parse(&text) {
            Err(ParseError::Mistakes(mistakes)) => assert!(
                mistakes
                    .iter()
                    .any(|mistake| mistake.pointer.starts_with(pointer)),
                "expected {pointer}, found {mistakes:?}"
            ),
            Err(ParseError::Syntax(_)) => assert_eq!(pointer, "", "a duplicate key"),
            Ok(_) => panic!("{pointer} was not noticed"),
        }
    }
    assert!(matches!(
        CanaryConfig::parse("metrics: ["),
        Err(ParseError::Syntax(_))
    ));
}
