//! The ready-made configs: each is read, and judged over simulated releases elsewhere in these tests.

use serinus::canary_config::{CanaryConfig, ConfigLibrary, ParseError};

#[test]
fn the_directory_holds_exactly_the_ready_made_configs() {
    let mut files: Vec<_> =
        std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/judge-configs"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| {
                path.extension()
                    .is_some_and(|extension| extension == "yaml")
            })
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
        (good.replace("name: serinus", "name: coin"), "/judge"),
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

/// The committed schema is what editors use; the types are what is read.
#[test]
fn the_committed_schema_is_that_of_the_types() {
    let schema = serinus::canary_config::schema().unwrap();
    let committed: serde_json::Value = serde_json::from_str(include_str!(
        "../../judge-configs/canary-config.schema.json"
    ))
    .unwrap();
    assert!(
        committed == schema,
        "run: cargo run -- config schema > judge-configs/canary-config.schema.json"
    );
}

#[test]
fn the_schema_takes_what_is_read_and_refuses_what_is_not() {
    let schema = serinus::canary_config::schema().unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    for entry in ConfigLibrary::load(None).unwrap().iter() {
        let config = serde_json::to_value(&*entry.config).unwrap();
        let found: Vec<_> = schema
            .iter_errors(&config)
            .map(|e| format!("{}: {e}", e.instance_path()))
            .collect();
        assert!(
            found.is_empty(),
            "{}: {found:?}",
            entry.config.name.as_str()
        );
    }
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/judge-configs")).unwrap() {
        let file = file.unwrap().path();
        if file
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            let text = std::fs::read_to_string(&file).unwrap();
            assert!(
                text.contains("yaml-language-server: $schema=./canary-config.schema.json"),
                "{}",
                file.display()
            );
            let config: serde_json::Value = serde_saphyr::from_str(&text).unwrap();
            let found: Vec<_> = schema
                .iter_errors(&config)
                .map(|e| format!("{}: {e}", e.instance_path()))
                .collect();
            assert!(found.is_empty(), "{}: {found:?}", file.display());
        }
    }
    let whole = include_str!("whole-config.yaml");
    let config: serde_json::Value = serde_saphyr::from_str(whole).unwrap();
    let found: Vec<_> = schema
        .iter_errors(&config)
        .map(|e| format!("{}: {e}", e.instance_path()))
        .collect();
    assert!(found.is_empty(), "{found:?}");
    for (right, wrong) in [
        ("critical: true", "critical: yes please"),
        ("direction: increase", "direction: upwards"),
        ("allowed: 5%", "allowed: lots"),
        ("windows: 8", "windows: 2"),
        ("onNoData: inconclusive", "onNoDate: inconclusive"),
        ("test: auto", "test: student"),
    ] {
        let text = whole.replacen(right, wrong, 1);
        assert_ne!(text, whole, "{right}");
        let config: serde_json::Value = serde_saphyr::from_str(&text).unwrap();
        assert!(!schema.is_valid(&config), "{wrong}");
        CanaryConfig::parse(&text).unwrap_err();
    }
}

/// Everything the language can say, read and written again.
#[test]
fn the_whole_language_is_read() {
    let config = CanaryConfig::parse(include_str!("whole-config.yaml"))
        .unwrap_or_else(|error| panic!("{error}"));
    let again = CanaryConfig::parse(&serde_json::to_string(&config).unwrap()).unwrap();
    assert_eq!(again, config);
}

/// What is written is short, and reads back to the same.
#[test]
fn configs_are_written_as_people_write_them() {
    let whole = include_str!("whole-config.yaml");
    let ready_made = ConfigLibrary::load(None).unwrap();
    let ready_made: Vec<_> = ready_made
        .iter()
        .map(|entry| CanaryConfig::clone(&entry.config))
        .collect();
    for config in [&ready_made[..], &[CanaryConfig::parse(whole).unwrap()]].concat() {
        let yaml = config.to_yaml().unwrap();
        assert!(yaml.starts_with("apiVersion: serinus/v1\nname: "), "{yaml}");
        assert!(!yaml.contains("null"), "{yaml}");
        assert_eq!(CanaryConfig::parse(&yaml).unwrap(), config, "{yaml}");
        let json = config.to_json().unwrap();
        assert_eq!(CanaryConfig::parse(&json).unwrap(), config, "{json}");
    }
}

#[test]
fn only_kayentas_judge_goes_without_a_minimum_of_samples() {
    for (minimum, judge, taken) in [
        ("none", "netflix-aca", true),
        ("none", "serinus", false),
        ("0", "netflix-aca", false),
        ("some", "netflix-aca", false),
        ("1", "serinus", true),
    ] {
        let text = format!(
            "{{apiVersion: serinus/v1, name: a, judge: {{name: {judge}}}, groups: {{}}, \
             defaults: {{account: b, minimumSamples: {minimum}}}, \
             metrics: [{{name: c, query: d}}], thresholds: {{pass: 90, marginal: 75}}}}"
        );
        match CanaryConfig::parse(&text) {
            Ok(_) => assert!(taken, "{minimum} under {judge}"),
            Err(error) => {
                assert!(!taken, "{minimum} under {judge}: {error}");
                assert!(
                    error.to_string().contains("/defaults/minimumSamples"),
                    "{error}"
                );
            }
        }
    }
}

#[test]
fn all_mistakes_are_told_at_once_with_their_places() {
    let text = include_str!("whole-config.yaml")
        .replacen("direction: increase", "direction: increse", 1)
        .replacen("critical: true", "critcal: true", 1)
        .replacen("label: pod", "lable: pod", 1)
        .replacen("pass: 90", "pass: 190", 1);
    let Err(ParseError::Mistakes(mistakes)) = CanaryConfig::parse(&text) else {
        panic!("it has mistakes");
    };
    let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    for (line, words) in [
        (line_of(&text, "increse"), "did you mean `increase`?"),
        (line_of(&text, "critcal"), "did you mean `critical`?"),
        (line_of(&text, "lable"), "did you mean `label`?"),
        (line_of(&text, "thresholds:"), "scores between 0 and 100"),
    ] {
        let at = format!("{line}:");
        assert!(
            told.iter()
                .any(|mistake| mistake.starts_with(&at) && mistake.contains(words)),
            "{at} {words}: {told:#?}"
        );
    }
    assert_eq!(told.len(), 4, "{told:#?}");
}

fn line_of(text: &str, words: &str) -> usize {
    text.lines().position(|line| line.contains(words)).unwrap() + 1
}
