//! Input that is nearly right: a seed with a few changes reaches much deeper than noise does.

use std::ops::Range;

use rand::{Rng, RngExt};

/// What parsers and arithmetic stumble over.
const TOKENS: [&[u8]; 40] = [
    b"",
    b"-",
    b"0",
    b"-0",
    b"9",
    b"1e308",
    b"1e999",
    b"-1e-400",
    b"99999999999999999999",
    b"9223372036854775807",
    b"4294967296",
    b"0.1",
    b"NaN",
    b"null",
    b"true",
    b"\"",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"[",
    b"]",
    b"{",
    b"}",
    b"[[",
    b",",
    b":",
    b"\n",
    b"\r\n",
    b" ",
    b"\t",
    b"\0",
    b"\xff",
    b"\xc3\xa9",
    b"${",
    b"}",
    b"$${scope}",
    b"9999-12-31T23:59:59Z",
    b"-009999-01-02T02:00:00Z",
    b"PT1S",
    b"2000000h",
];
/// Longer inputs only repeat what shorter ones say.
pub const LONGEST: usize = 64 << 10;

/// The input with one to eight changes, mostly few, with parts of the seeds among them.
///
/// # Panics
/// There are no seeds.
pub fn changed(mut input: Vec<u8>, seeds: &[&[u8]], random: &mut impl Rng) -> Vec<u8> {
    let changes = 1 + below(8, random);
    for _ in 0..=below(changes, random) {
        let span = span(&input, random);
        match below(7, random) {
            0 => input[span].iter_mut().for_each(|byte| *byte ^= 1 << 4),
            1 => drop(input.drain(span)),
            2 => {
                let again = input[span.clone()].repeat(1 + below(4, random));
                input.splice(span.start..span.start, again);
            }
            3 => {
                let other = seeds[below(seeds.len(), random)];
                let from = self::span(other, random);
                input.splice(span, other[from].iter().copied());
            }
            4 => {
                let word = word(&input, span.start);
                input.splice(word, token(random).iter().copied());
            }
            5 => drop(input.splice(span.start..span.start, token(random).iter().copied())),
            _ => {
                // One word in the place of another: a key twice, a text for a number.
                let (from, to) = (self::span(&input, random).start, span.start);
                let moved = input[word(&input, from)].to_vec();
                input.splice(word(&input, to), moved);
            }
        }
        input.truncate(LONGEST);
    }
    input
}

fn token(random: &mut impl Rng) -> &'static [u8] {
    TOKENS[below(TOKENS.len(), random)]
}

/// A number below `limit`; 0 if there is none.
fn below(limit: usize, random: &mut impl Rng) -> usize {
    random.random_range(0..limit.max(1))
}

/// A part of the input, mostly short.
fn span(input: &[u8], random: &mut impl Rng) -> Range<usize> {
    let start = below(input.len(), random);
    let longest = if below(8, random) == 0 {
        input.len()
    } else {
        8
    };
    start..(start + below(longest + 1, random)).min(input.len())
}

/// The number or name that holds the byte at `at`, or that byte alone.
fn word(input: &[u8], at: usize) -> Range<usize> {
    let within = |byte: &u8| byte.is_ascii_alphanumeric() || b"-+._".contains(byte);
    let before = input[..at]
        .iter()
        .rev()
        .take_while(|byte| within(byte))
        .count();
    let after = input[at..].iter().take_while(|byte| within(byte)).count();
    at - before..at + after.max(usize::from(at < input.len()))
}
