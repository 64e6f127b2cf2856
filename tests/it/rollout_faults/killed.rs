//! A service that is killed while a stage is reported live.

use std::time::Duration;

use reqwest::Client;
use serde_json::{Value, json};

use super::{DEPLOYED, Rollout, events, plan, stands};
use crate::support::Service;

/// The run of a stage is begun before the rollout's record says so: whoever is killed between the two leaves a run that the
/// record knows nothing of.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_that_is_cut_off_by_a_kill_leaves_one_run_for_the_next_one() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("state.redb");
    let variables = [("SERINUS__STATE__EMBEDDED__PATH", file.to_str().unwrap())];
    let start = || Service::start_with("simulator: {enabled: true}", &variables);
    let report = json!({"stage": 1, "at": DEPLOYED});

    // How long after the report it is killed: longer if that was too early for the run, shorter if the record was written.
    let mut delay = Duration::from_millis(5);
    let (mut tries, mut between) = (0, 0);
    while between < 3 && tries < 120 {
        tries += 1;
        let application = format!("shop-{tries}");
        let service = start();
        let mut plan = plan("healthy", DEPLOYED);
        plan["application"] = json!(application);
        plan["stages"][0]["approval"] = json!("automatic");
        let cut_off = Rollout::planned(&service, &plan).await;
        let (id, path) = (cut_off.id.clone(), cut_off.path.clone());
        let post = Client::new()
            .post(format!("{}{path}/live", service.url))
            .json(&report);
        let answered = tokio::spawn(post.send());
        tokio::time::sleep(delay).await;
        let _log = service.kill();
        let _lost = answered.await.unwrap();

        let service = start();
        let runs = async || -> Vec<Value> {
            let path = format!("/api/v1/analyses?application={application}");
            let listed: Value = service.get(&path).await.json().await.unwrap();
            listed["analyses"].as_array().unwrap().clone()
        };
        let left: Value = service.get(&path).await.json().await.unwrap();
        let (kept, written) = (runs().await, events(&left).contains(&"live"));
        match (kept.len(), written) {
            (0, _) => delay = delay.mul_f64(1.3),
            (_, true) => delay = delay.mul_f64(0.8),
            (_, false) => between += 1,
        }
        assert!(kept.len() <= 1, "{kept:#?}");
        assert!(!written || kept.len() == 1, "{left:#}");

        let rollout = Rollout {
            service: &service,
            path,
            id,
        };
        let told = rollout.live(report.clone()).await;
        // The run that was left may have ended by now.
        let written = events(&told);
        assert!(
            [&["live"][..], &["live", "judged"]].contains(&written.as_slice()),
            "{told:#}"
        );
        let after = runs().await;
        assert_eq!(after.len(), 1, "{after:#?}");
        assert_eq!(told["analysis"], after[0]["id"]);
        if let [run] = kept.as_slice() {
            assert_eq!(run["id"], after[0]["id"], "it is the one that was begun");
        }
        assert_eq!(stands(&rollout.told().await), ("shifting", 2));
    }
    println!("killed {tries} times, {between} of them between the run and the record");
    assert!(between >= 1, "no kill came between the two");
}
