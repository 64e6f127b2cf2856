//! The query language of the simulator.

use std::{fmt::Display, str::FromStr};

use jiff::Timestamp;
use serinus_adapters::Labels;
use serinus_simulator::{Part, Pod, Region, Release, Role, Scenario, Signal};

/// What a query asks for: a signal of a part of a release, whole or divided.
///
/// The text is `SIGNAL{scenario="...",role="..."}`, with any of the labels `seed`, `deployed` (Unix seconds or RFC 3339), `weight`
/// (percent), and `region` or `pod`; `by (region)`, `by (pod)` or `by (region, pod)` may follow.
#[derive(Debug, Clone, Copy)]
pub(super) struct Selector {
    pub(super) signal: Signal,
    pub(super) release: Release,
    part: Part,
    grouping: Grouping,
}

/// Into which series an answer is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grouping {
    Whole,
    ByRegion,
    ByPod,
    ByRegionAndPod,
}

const FORM: &str = "expected SIGNAL{scenario=\"...\",role=\"...\"}, and perhaps \"by (region)\", \"by (pod)\" or \"by (region, pod)\" behind";

impl Selector {
    /// The parts of the release that get a series each, with its labels.
    pub(super) fn parts(self) -> Vec<(Part, Labels)> {
        let pods = || {
            Pod::ALL
                .into_iter()
                .filter(move |&pod| self.part.contains(pod))
        };
        let pod_label = |pod: Pod| ("pod", pod.label(self.release.role));
        let region_label = |region: Region| ("region", region.to_string());
        match self.grouping {
            Grouping::Whole => vec![(self.part, Labels::default())],
            Grouping::ByRegion => Region::ALL
                .into_iter()
                .filter(|&region| pods().any(|pod| pod.region() == region))
                .map(|region| {
                    let part = match self.part {
                        Part::Pod(pod) => Part::Pod(pod),
                        Part::Whole | Part::Region(_) => Part::Region(region),
                    };
                    (part, labels([region_label(region)]))
                })
                .collect(),
            Grouping::ByPod => pods()
                .map(|pod| (Part::Pod(pod), labels([pod_label(pod)])))
                .collect(),
            Grouping::ByRegionAndPod => pods()
                .map(|pod| {
                    let both = [region_label(pod.region()), pod_label(pod)];
                    (Part::Pod(pod), labels(both))
                })
                .collect(),
        }
    }
}

fn labels<const N: usize>(labels: [(&str, String); N]) -> Labels {
    let owned = labels.map(|(name, value)| (name.to_owned(), value));
    Labels(owned.into())
}

impl FromStr for Selector {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (selection, grouping) = text.trim().rsplit_once('}').ok_or(FORM)?;
        let (signal, labels) = selection.split_once('{').ok_or(FORM)?;
        let signal: Signal = parsed("signal", signal.trim())?;
        let (mut scenario, mut role, mut seed): (Option<Scenario>, Option<Role>, u64) =
            (None, None, 1);
        let (mut deployed_at, mut weight) = (None, None);
        let (mut region, mut pod): (Option<Region>, Option<&str>) = (None, None);
        for label in labels.split(',') {
            let (key, value) = label.split_once('=').ok_or(FORM)?;
            let value = value
                .trim()
                .strip_prefix('"')
                .and_then(|value| value.strip_suffix('"'))
                .ok_or(FORM)?;
            match key.trim() {
                "scenario" => scenario = Some(parsed("scenario", value)?),
                "role" => role = Some(parsed("role", value)?),
                "seed" => seed = parsed("seed", value)?,
                "deployed" => deployed_at = Some(instant(value)?),
                "weight" => weight = Some(parsed("weight", value)?),
                "region" => region = Some(parsed("region", value)?),
                "pod" => pod = Some(value),
                other => return Err(format!("unknown label {other:?}; {FORM}")),
            }
        }
        let release = Release {
            deployed_at,
            weight: weight.unwrap_or_default(),
            ..Release::new(scenario.ok_or(FORM)?, role.ok_or(FORM)?, seed)
        };
        let pod = pod.map(|label| named(label, release.role)).transpose()?;
        let part = match (region, pod) {
            (None, None) => Part::Whole,
            (Some(region), None) => Part::Region(region),
            (None, Some(pod)) => Part::Pod(pod),
            (Some(region), Some(pod)) if pod.region() == region => Part::Pod(pod),
            (Some(region), Some(pod)) => {
                let pod = pod.label(release.role);
                return Err(format!("the pod {pod} is not in the region {region}"));
            }
        };
        Ok(Self {
            signal,
            release,
            part,
            grouping: grouping.parse()?,
        })
    }
}

impl FromStr for Grouping {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words: String = text.split_whitespace().collect();
        match words.as_str() {
            "" => Ok(Self::Whole),
            "by(region)" => Ok(Self::ByRegion),
            "by(pod)" => Ok(Self::ByPod),
            "by(region,pod)" | "by(pod,region)" => Ok(Self::ByRegionAndPod),
            _ => Err(FORM.to_owned()),
        }
    }
}

fn parsed<T: FromStr<Err: Display>>(what: &str, text: &str) -> Result<T, String> {
    text.parse().map_err(|error| format!("{what}: {error}"))
}

/// The pod of this side that has this label.
fn named(label: &str, role: Role) -> Result<Pod, String> {
    let pods = || Pod::ALL.into_iter();
    pods().find(|pod| pod.label(role) == label).ok_or_else(|| {
        let known: Vec<_> = pods().map(|pod| pod.label(role)).collect();
        format!(
            "unknown pod {label:?}: expected one of {}",
            known.join(", ")
        )
    })
}

/// Unix seconds, from either form.
fn instant(text: &str) -> Result<i64, String> {
    text.parse()
        .or_else(|_| text.parse::<Timestamp>().map(|at| at.as_second()))
        .map_err(|error| format!("deployed: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: &str = "scenario=\"healthy\",role=\"canary\"";

    fn names(text: &str) -> Vec<String> {
        let parts = text.parse::<Selector>().unwrap().parts();
        parts.iter().map(|(_, labels)| labels.to_string()).collect()
    }

    #[test]
    fn a_query_names_a_release() {
        let text = format!(
            "latency_p99{{{SIDE}, seed=\"7\",deployed=\"2026-01-14T09:00:00Z\",weight=\"25\"}}"
        );
        let selector: Selector = text.parse().unwrap();
        let expected = Release::new(Scenario::Healthy, Role::Canary, 7)
            .deployed_at(1_768_381_200)
            .with_weight(25.try_into().unwrap());
        assert_eq!(selector.release, expected);
        assert_eq!(selector.signal, Signal::LatencyP99);
        let seconds = text.replace("2026-01-14T09:00:00Z", "1768381200");
        assert_eq!(seconds.parse::<Selector>().unwrap().release, expected);
    }

    #[test]
    fn answers_can_be_divided_and_narrowed() {
        assert_eq!(names(&format!("cpu{{{SIDE}}}")), ["{}"]);
        let by_region = names(&format!("cpu{{{SIDE}}} by (region)"));
        assert_eq!(by_region, ["{region=\"eu\"}", "{region=\"us\"}"]);
        assert_eq!(names(&format!("cpu{{{SIDE}}} by (pod)")).len(), 6);
        let us = names(&format!("cpu{{{SIDE},region=\"us\"}} by (region,pod)"));
        assert_eq!(us.len(), 3);
        assert_eq!(us[2], "{pod=\"canary-us-2\", region=\"us\"}");
        let one = names(&format!("cpu{{{SIDE},pod=\"canary-us-2\"}} by (region)"));
        assert_eq!(one, ["{region=\"us\"}"]);
    }

    #[test]
    fn mistakes_are_named() {
        for (text, word) in [
            ("cpu".to_owned(), "expected SIGNAL"),
            ("cpu{}".to_owned(), "expected SIGNAL"),
            ("cpu{scenario=\"healthy\"}".to_owned(), "expected SIGNAL"),
            (format!("gpu{{{SIDE}}}"), "unknown signal `gpu`"),
            (format!("cpu{{{SIDE},seed=\"x\"}}"), "seed: "),
            (format!("cpu{{{SIDE},deployed=\"now\"}}"), "deployed: "),
            (format!("cpu{{{SIDE},weight=\"0\"}}"), "1 to 100"),
            (
                format!("cpu{{{SIDE},zone=\"a\"}}"),
                "unknown label \"zone\"",
            ),
            (
                format!("cpu{{{SIDE},region=\"eu\",pod=\"canary-us-0\"}}"),
                "not in the region",
            ),
            (
                format!("cpu{{{SIDE},pod=\"baseline-us-0\"}}"),
                "unknown pod",
            ),
            (format!("cpu{{{SIDE}}} by (zone)"), "by (region)"),
        ] {
            let error = text.parse::<Selector>().unwrap_err();
            assert!(error.contains(word), "{text}: {error}");
        }
    }
}
