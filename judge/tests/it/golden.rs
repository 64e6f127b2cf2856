//! Kayenta's own answers to 600 generated metrics (`tests/golden/netflix-aca-judge.jsonl`).

use serde_json::Value;
use serinus_judge::netflix_aca::{
    EffectSize, Measure, MetricOptions, NanStrategy, Outliers, Settings, classify,
};
use serinus_judge::{Direction, OnNoData, Rules, Summary};

#[test]
fn answers_as_kayenta_does() {
    let lines = include_str!("../golden/netflix-aca-judge.jsonl").lines();
    let (mut read, mut numbers, mut left_out) = (0, 0, 0);
    let mut differences = Vec::new();
    for line in lines {
        let case: Value = serde_json::from_str(line).unwrap();
        let expected = &case["expected"];
        let (baseline, canary) = (samples(&case["control"]), samples(&case["experiment"]));
        let answer = classify("m", &rules(&case), Settings::default(), &baseline, &canary);
        let mut check = |what: &str, agrees: bool| {
            if !agrees {
                let id = &case["id"];
                differences.push(format!("{id} {what}: {answer:?}, expected {expected}"));
            }
        };
        read += 1;
        check("label", expected["classification"] == answer.label.as_str());
        check(
            "reason",
            expected["reason"].as_str() == answer.reason.as_deref(),
        );
        check("critical", expected["critical"] == answer.critical);
        check("cles", same(&expected["cles"], answer.cles));
        check(
            "baseline",
            same_summary(&expected["controlStats"], &answer.baseline),
        );
        check(
            "canary",
            same_summary(&expected["experimentStats"], &answer.canary),
        );
        // With Kayenta's noise, its interval is not given and its ratio not reproducible.
        if expected["gaussianNoiseUsed"] == true {
            left_out += 1;
            continue;
        }
        numbers += 1;
        check("ratio", same(&expected["ratio"], answer.ratio));
        check("lower", same(&expected["lowerConfidence"], answer.lower));
        check("upper", same(&expected["upperConfidence"], answer.upper));
        check("estimate", same(&expected["estimate"], answer.estimate));
    }
    println!("{read} labels compared, {numbers} with ratio and interval, {left_out} without");
    assert_eq!(read, 600);
    assert_eq!(numbers + left_out, read);
    assert!(
        left_out < 60,
        "the numbers of {left_out} lines were left out"
    );
    let count = differences.len();
    assert!(
        differences.is_empty(),
        "{count} differences:\n{}",
        differences.join("\n")
    );
}

fn samples(values: &Value) -> Vec<f64> {
    let values = values.as_array().unwrap();
    values
        .iter()
        .map(|v| v.as_f64().unwrap_or(f64::NAN))
        .collect()
}

fn rules(case: &Value) -> Rules {
    let word = |key: &str| case[key].as_str().unwrap();
    let flag = |key: &str| case[key].as_bool().unwrap();
    let number = |key: &str| case[key].as_f64().unwrap();
    Rules {
        direction: match word("direction") {
            "increase" => Direction::Increase,
            "decrease" => Direction::Decrease,
            "either" => Direction::Either,
            other => panic!("direction {other}"),
        },
        critical: flag("critical"),
        on_no_data: if flag("mustHaveData") {
            OnNoData::Fail
        } else {
            OnNoData::Inconclusive
        },
        minimum_samples: 0,
        netflix_aca: MetricOptions {
            nan_strategy: match word("nanStrategy") {
                "replace" => NanStrategy::Replace,
                "remove" | "none" => NanStrategy::Remove,
                other => panic!("NaN strategy {other}"),
            },
            outliers: match word("outliers") {
                "keep" => Outliers::Keep,
                "remove" => Outliers::Remove {
                    factor: number("outlierFactor").try_into().unwrap(),
                },
                other => panic!("outliers {other}"),
            },
            effect_size: EffectSize {
                measure: match word("measure") {
                    "meanRatio" => Measure::MeanRatio,
                    "cles" => Measure::Cles,
                    other => panic!("measure {other}"),
                },
                allowed_increase: number("allowedIncrease"),
                allowed_decrease: number("allowedDecrease"),
                critical_increase: number("criticalIncrease"),
                critical_decrease: number("criticalDecrease"),
            },
        },
        ..Rules::default()
    }
}

fn same_summary(expected: &Value, summary: &Summary) -> bool {
    // Kayenta writes 0 where there is nothing to summarise.
    let numbers = [
        ("min", summary.min),
        ("max", summary.max),
        ("mean", summary.mean),
        ("std", summary.std),
    ];
    expected["count"] == summary.count
        && numbers.into_iter().all(|(key, number)| {
            same(
                &expected[key],
                number.or((summary.count == 0).then_some(0.0)),
            )
        })
}

/// Equal to a relative 1e-9; `null` and `None` agree.
fn same(expected: &Value, number: Option<f64>) -> bool {
    match (expected.as_f64(), number) {
        (None, None) => true,
        (Some(expected), Some(number)) => (expected - number).abs() <= 1e-9 * expected.abs(),
        (None, Some(_)) | (Some(_), None) => false,
    }
}
