use std::collections::BTreeSet;

use serinus_simulator::{Release, Role, Scenario, Signal};

#[test]
fn names_parse_back_and_serialize_as_they_print() {
    macro_rules! check {
        ($($type:ty),*) => {$(
            for value in <$type>::ALL {
                assert_eq!(value.to_string().parse(), Ok(value));
                let json = serde_json::to_string(&value).unwrap();
                assert_eq!(json, format!("\"{value}\""));
                assert_eq!(serde_json::from_str::<$type>(&json).unwrap(), value);
            }
            let distinct: BTreeSet<_> = <$type>::ALL.map(<$type>::name).into();
            assert_eq!(distinct.len(), <$type>::ALL.len());
        )*};
    }
    check!(Scenario, Role, Signal);
}

#[test]
fn an_unknown_name_is_answered_with_the_known_ones() {
    let error = "latency-regresion".parse::<Scenario>().unwrap_err();
    assert_eq!(error.given(), "latency-regresion");
    assert_eq!(
        error.to_string(),
        "unknown scenario `latency-regresion`: expected one of \
         healthy, latency-regression, error-spike, low-traffic, no-data"
    );
    assert!("Healthy".parse::<Scenario>().is_err());
    assert!("latency-p99".parse::<Signal>().is_err());
    assert!("control".parse::<Role>().is_err());
}

#[test]
fn names_are_those_of_the_interface() {
    assert_eq!(
        Scenario::LatencyRegression.to_string(),
        "latency-regression"
    );
    assert_eq!(Signal::LatencyP99.to_string(), "latency_p99");
    assert_eq!(Signal::LatencyP99.unit(), "seconds");
    assert_eq!(Role::Canary.to_string(), "canary");
}

#[test]
fn a_release_is_read_strictly() {
    let release = Release::new(Scenario::ErrorSpike, Role::Canary, 9);
    let json = r#"{"scenario":"error-spike","role":"canary","seed":9}"#;
    assert_eq!(serde_json::to_string(&release).unwrap(), json);
    assert_eq!(serde_json::from_str::<Release>(json).unwrap(), release);
    let typo = r#"{"scenario":"error-spike","role":"canary","sed":9}"#;
    assert!(serde_json::from_str::<Release>(typo).is_err());
}
