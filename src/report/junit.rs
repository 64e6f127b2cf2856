//! The scorecard as a JUnit report, which every CI system shows.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use serinus_judge::{Outcome, Verdict};

use crate::analysis::Scorecard;

/// The scorecard as JUnit XML: one case per metric, and one for the verdict.
///
/// # Errors
/// The XML cannot be written.
pub fn junit(scorecard: &Scorecard) -> Result<String, quick_junit::SerializeError> {
    let decision = &scorecard.decision;
    let mut suite = TestSuite::new(&*format!("canary {}", scorecard.application));
    let verdict = match decision.verdict {
        Verdict::Pass => TestCaseStatus::success(),
        Verdict::Marginal | Verdict::Fail => failure(&decision.reason, NonSuccessKind::Failure),
        Verdict::Inconclusive => failure(&decision.reason, NonSuccessKind::Error),
    };
    suite.add_test_case(TestCase::new("verdict", verdict));
    for metric in &decision.metrics {
        let status = match metric.outcome {
            Outcome::Pass => TestCaseStatus::success(),
            Outcome::High | Outcome::Low => failure(&metric.reason, NonSuccessKind::Failure),
            Outcome::Error => failure(&metric.reason, NonSuccessKind::Error),
            Outcome::Nodata | Outcome::Inconclusive => {
                let mut status = TestCaseStatus::skipped();
                status.set_message(&*metric.reason);
                status
            }
        };
        suite.add_test_case(TestCase::new(&*metric.name, status));
    }
    if let Some(links) = &scorecard.links {
        suite.add_property(("report", links.report.as_str()));
        if let Some(dashboard) = &links.dashboard {
            suite.add_property(("dashboard", dashboard.as_str()));
        }
    }
    let mut report = Report::new("serinus");
    report.add_test_suite(suite);
    report.to_string()
}

/// What there is to say of a run of an application that has no scorecard, and why: one case that could not be decided.
///
/// # Errors
/// The XML cannot be written.
pub fn junit_without(
    application: &str,
    reason: &str,
) -> Result<String, quick_junit::SerializeError> {
    let mut suite = TestSuite::new(&*format!("canary {application}"));
    suite.add_test_case(TestCase::new(
        "verdict",
        failure(reason, NonSuccessKind::Error),
    ));
    let mut report = Report::new("serinus");
    report.add_test_suite(suite);
    report.to_string()
}

fn failure(reason: &str, kind: NonSuccessKind) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(reason);
    status
}
