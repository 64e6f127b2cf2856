//! What is measured: a judge, or one of its tests.

use std::fmt;

use serinus_judge::{Judge, Test};

/// A judge that compares every metric by one test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contestant {
    /// The judge.
    pub judge: Judge,
    /// The test of every metric; read by the judge `serinus`.
    pub test: Test,
}

impl From<Judge> for Contestant {
    fn from(judge: Judge) -> Self {
        Self {
            judge,
            test: Test::Auto,
        }
    }
}

impl From<Test> for Contestant {
    fn from(test: Test) -> Self {
        Self {
            judge: Judge::default(),
            test,
        }
    }
}

/// The judge's name, or that of the test if it is a named one.
impl fmt::Display for Contestant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.test == Test::Auto {
            self.judge.name().fmt(f)
        } else {
            self.test.fmt(f)
        }
    }
}
