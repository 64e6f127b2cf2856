/// A release's share of the service's traffic, in percent: 1 to 100.
///
/// The service gets 1,200 requests per second on average. Canary and baseline are usually compared at equal weights, whatever
/// the old version serves beside them. The pods of a release are sized for its weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "u8", into = "u8"))]
pub struct Weight(u8);

/// Requests per second of the service for each percent of its traffic, on average over a day.
const REQUESTS_PER_PERCENT: f64 = 12.0;

impl Weight {
    /// In percent.
    #[must_use]
    pub const fn percent(self) -> u8 {
        self.0
    }

    /// Requests per second, on average over a day and all regions.
    pub(crate) fn requests(self) -> f64 {
        REQUESTS_PER_PERCENT * f64::from(self.0)
    }
}

impl Default for Weight {
    /// 5 %: 60 requests per second.
    fn default() -> Self {
        Self(5)
    }
}

impl TryFrom<u8> for Weight {
    type Error = InvalidWeight;

    fn try_from(percent: u8) -> Result<Self, InvalidWeight> {
        if (1..=100).contains(&percent) {
            Ok(Self(percent))
        } else {
            Err(InvalidWeight)
        }
    }
}

impl From<Weight> for u8 {
    fn from(weight: Weight) -> Self {
        weight.0
    }
}

impl std::str::FromStr for Weight {
    type Err = InvalidWeight;

    fn from_str(given: &str) -> Result<Self, InvalidWeight> {
        let percent: u8 = given.parse().map_err(|_| InvalidWeight)?;
        percent.try_into()
    }
}

impl std::fmt::Display for Weight {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A weight that is no share of the traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a weight is a whole number of percent from 1 to 100")]
pub struct InvalidWeight;
