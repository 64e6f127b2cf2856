use std::collections::BTreeSet;

use serinus_simulator::{Pod, Region, Release, Role, Scenario, Signal, Weight};

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
    check!(Scenario, Role, Signal, Region);
}

#[test]
fn an_unknown_name_is_answered_with_the_known_ones() {
    let error = "latency-regresion".parse::<Scenario>().unwrap_err();
    assert_eq!(error.given(), "latency-regresion");
    assert_eq!(
        error.to_string(),
        "unknown scenario `latency-regresion`: expected one of \
         healthy, latency-regression, slow-tail, latency-spikes, error-spike, error-burst, slow-leak, crash-loop, cpu-burn, \
         late-onset, one-region, one-replica, low-traffic, no-data, counter-resets, warm-up"
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
    assert_eq!(serde_json::from_str::<Release>(json).unwrap(), release);
    let release = release
        .deployed_at(1_700_000_000)
        .with_weight(25.try_into().unwrap());
    let json = r#"{"scenario":"error-spike","role":"canary","seed":9,"deployed_at":1700000000,"weight":25}"#;
    assert_eq!(serde_json::to_string(&release).unwrap(), json);
    assert_eq!(serde_json::from_str::<Release>(json).unwrap(), release);
    assert!(serde_json::from_str::<Release>(&json.replace("25", "101")).is_err());
    let typo = r#"{"scenario":"error-spike","role":"canary","sed":9}"#;
    assert!(serde_json::from_str::<Release>(typo).is_err());
}

#[test]
fn weights_are_whole_percents() {
    assert_eq!("5".parse(), Ok(Weight::default()));
    assert_eq!("100".parse::<Weight>().unwrap().percent(), 100);
    for wrong in ["0", "101", "-1", "5.5", "", "5%", "1000"] {
        assert!(wrong.parse::<Weight>().is_err(), "{wrong}");
    }
}

#[test]
fn pods_are_named_within_their_region() {
    for pod in Pod::ALL {
        assert_eq!(pod.name().parse(), Ok(pod));
        assert!(pod.name().starts_with(pod.region().name()));
        assert_ne!(pod.label(Role::Baseline), pod.label(Role::Canary));
    }
    assert!("eu-3".parse::<Pod>().is_err());
}
