//! Releases made of bytes: numbers that no text format can say reach the judges too.

use serinus_judge::{
    Direction, Evidence, GroupWeights, Guardrail, Judge, Limits, Metric, Observations, Outcome,
    Release, Reservation, Rules, Test, Thresholds, netflix_aca,
};

/// What is compared and how, then sixty numbers.
pub(crate) const SEED: [u8; 4 + 8 * 60] = seed();

const fn seed() -> [u8; 4 + 8 * 60] {
    let mut bytes = [0; 4 + 8 * 60];
    let mut number = 0;
    while number < 60 {
        let value = 100.0 + (number * 37 % 11) as f64 / 7.0;
        let written = value.to_le_bytes();
        let mut byte = 0;
        while byte < 8 {
            bytes[4 + number * 8 + byte] = written[byte];
            byte += 1;
        }
        number += 1;
    }
    bytes
}

/// Judges the release that the bytes make; says whether there was one.
pub(crate) fn judge(input: &[u8]) -> bool {
    let Some((&[design, test, rules, judge], numbers)) = input.split_first_chunk() else {
        return false;
    };
    let (numbers, _) = numbers.as_chunks();
    let numbers: Vec<f64> = numbers
        .iter()
        .map(|bytes| f64::from_le_bytes(*bytes))
        .collect();
    let (baseline, canary) = numbers.split_at(numbers.len() / 2);
    let (baseline, canary) = (baseline.to_vec(), canary.to_vec());
    let observations = match design % 4 {
        0 => Observations::independent(baseline, canary),
        1 => Observations::before_after(
            baseline,
            canary,
            numbers.chunks(7).map(<[f64]>::to_vec).collect(),
        ),
        2 => Observations::CanaryOnly(numbers.clone()),
        _ => {
            let length = baseline.len();
            Observations::paired(baseline, canary[..length].to_vec()).expect("equally long")
        }
    };
    let rules = Rules {
        direction: [Direction::Increase, Direction::Decrease, Direction::Either]
            [usize::from(rules % 3)],
        critical: rules & 8 != 0,
        required: rules & 16 != 0,
        test: Test::ALL[usize::from(test) % Test::ALL.len()],
        limits: Limits::new(numbers.first().copied(), None).unwrap_or_default(),
        minimum_samples: usize::from(rules >> 5),
        guardrails: guardrail(judge >> 2, &numbers).into_iter().collect(),
        ..Rules::default()
    };
    let reserved = judge & 2 != 0;
    let judge = match judge % 2 {
        0 => Judge::default(),
        _ => Judge::NetflixAca(netflix_aca::Settings::default()),
    };
    let release = Release {
        metrics: vec![Metric {
            name: "m".to_owned(),
            groups: vec!["g".to_owned()],
            rules,
            evidence: if reserved {
                Evidence::Reserved(observations, Reservation::Undecidable(String::new()))
            } else {
                Evidence::Observed(observations)
            },
        }],
        weights: GroupWeights::new([("g".to_owned(), 100.0)].into()).expect("a right weight"),
        thresholds: Thresholds::default(),
    };
    let scorecard = judge.judge(&release);
    if reserved {
        let outcome = scorecard.metrics[0].outcome;
        assert!(
            matches!(
                outcome,
                Outcome::High | Outcome::Low | Outcome::Inconclusive
            ),
            "samples with a reservation pass nothing: {outcome:?}"
        );
    }
    let score = scorecard.score;
    assert!((0.0..=100.0).contains(&score), "{score:?}");
    assert_eq!(
        scorecard,
        judge.judge(&release),
        "the same input has the same answer"
    );
    true
}

/// A guardrail of the kind that the number says, at a line among the samples.
fn guardrail(kind: u8, numbers: &[f64]) -> Option<Guardrail> {
    let line = numbers.last().copied()?;
    let moments = usize::from(kind >> 3) % 8;
    Some(match kind % 8 {
        0 => Guardrail::RatioAbove {
            ratio: line,
            floor: 0.0,
            least: 20.0,
            moments,
        },
        1 => Guardrail::LevelAbove {
            level: line,
            moments,
        },
        2 => Guardrail::LevelBelow {
            level: line,
            moments,
        },
        3 => Guardrail::GrowthAbove {
            per_moment: line,
            floor: numbers.first().copied(),
            moments,
        },
        4 => Guardrail::SumAbove { sum: line, moments },
        5 => Guardrail::FailedLooks { looks: moments },
        _ => return None,
    })
}
