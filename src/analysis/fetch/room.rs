//! How much the answers of one look may hold in all. Each is limited by its account; together they are limited here.

use serinus_adapters::QueryErrorKind;

use super::{FetchError, FetchErrorKind, FetchedQuery, ask::Reply};

/// The room that answers have not taken yet, in samples.
#[derive(Debug)]
pub(super) struct Room(usize);

impl Default for Room {
    /// Four times as many samples as a plan may ask for, as a query may be answered with a series per replica: about 100 MB.
    fn default() -> Self {
        Self(4_000_000)
    }
}

impl Room {
    /// A series besides its samples, as the number of samples that take as much memory.
    const SERIES: usize = 24;

    /// The reply, if there is room for its answer; else an error in its place.
    pub(super) fn admit(&mut self, reply: Reply) -> Reply {
        let Ok(answer) = &reply.answer else {
            return reply;
        };
        match self.0.checked_sub(size(answer)) {
            Some(left) => {
                self.0 = left;
                reply
            }
            None => {
                let error = FetchError {
                    kind: FetchErrorKind::Store(QueryErrorKind::TooMuchData),
                    message:
                        "the answers hold more samples than an analysis may: ask for fewer series"
                            .to_owned(),
                };
                Reply {
                    outcome: error.kind.as_str(),
                    answer: Err(error),
                    ..reply
                }
            }
        }
    }
}

fn size(answer: &FetchedQuery) -> usize {
    let series = answer.series.iter();
    series.map(|one| Room::SERIES + one.samples.len()).sum()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serinus_adapters::{Labels, Sample, Series};

    use super::super::ask::Origin;
    use super::*;

    fn reply(samples: usize) -> Reply {
        let sample = Sample {
            at: jiff::Timestamp::UNIX_EPOCH,
            value: 1.0,
        };
        let series = Series {
            labels: Labels::default(),
            samples: vec![sample; samples],
        };
        let answer = FetchedQuery::of([series].into());
        Reply::of(Ok((answer, Origin::Store)), Duration::ZERO)
    }

    #[test]
    fn answers_are_refused_when_there_is_no_room_and_smaller_ones_still_fit() {
        let mut room = Room(100);
        let outcomes = [50, 3, 3, 2].map(|samples| room.admit(reply(samples)).outcome);
        assert_eq!(outcomes, ["ok", "too-much-data", "too-much-data", "ok"]);
        let failed = Reply::of(
            Err(FetchError {
                kind: FetchErrorKind::Store(QueryErrorKind::Timeout),
                message: String::new(),
            }),
            Duration::ZERO,
        );
        assert_eq!(room.admit(failed).outcome, "timeout");
    }
}
