//! A cold chain's verdict: hourly temperatures in, as CSV in degrees Fahrenheit; out come minimum, maximum,
//! mean, the intervals above the limit, the highest rolling median, and whether the chain held.
//!
//! Temperatures are whole tenths of a degree, so the answer is exact and the same on every machine.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

use aingle_wasm_guest::prelude::*;
use alloc::vec::Vec;

aingle_wasm_guest::panic_handler!();

/// What the goods stand, in tenths of a degree: 8 °C.
const LIMIT: i32 = 464;

/// Readings of which the median counts: a door that is open for two of them breaks no chain.
const WINDOW: usize = 5;

/// Judges lines of `2010/01/01 00:00,39.4`; a first line `date,temp` is allowed.
#[entry]
fn sensor(input: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
    let mut log = Log::new();
    for (at, line) in input.split(|&byte| byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() || (at == 0 && line == b"date,temp") {
            continue;
        }
        match reading(line) {
            Some(tenths) => log.add(tenths),
            None => return Err(Text::new().put(b"line ").int(at as u32 + 1).put(b": not a reading").0),
        }
    }
    log.report().ok_or_else(|| b"no readings".to_vec())
}

/// What is kept of the readings so far.
struct Log {
    count: u32,
    sum: i64,
    min: i32,
    max: i32,
    /// Intervals above the limit, the one that may go on, and the longest.
    intervals: u32,
    running: u32,
    longest: u32,
    window: [i32; WINDOW],
    median: i32,
}

impl Log {
    fn new() -> Self {
        Log {
            count: 0,
            sum: 0,
            min: i32::MAX,
            max: i32::MIN,
            intervals: 0,
            running: 0,
            longest: 0,
            window: [0; WINDOW],
            median: i32::MIN,
        }
    }

    fn add(&mut self, tenths: i32) {
        self.window[self.count as usize % WINDOW] = tenths;
        self.count += 1;
        self.sum += i64::from(tenths);
        self.min = self.min.min(tenths);
        self.max = self.max.max(tenths);
        self.running = if tenths > LIMIT { self.running + 1 } else { 0 };
        self.intervals += u32::from(self.running == 1);
        self.longest = self.longest.max(self.running);
        if self.count >= WINDOW as u32 {
            self.median = self.median.max(median(self.window));
        }
    }

    fn report(&self) -> Option<Vec<u8>> {
        if self.count == 0 {
            return None;
        }
        // To the nearest tenth, halves away from zero.
        let count = i64::from(self.count);
        let mean = (2 * self.sum + count * self.sum.signum()) / (2 * count);
        let text = Text::new();
        let text = text.put(if self.median > LIMIT { b"broken" } else { b"ok" });
        let text = text.put(b" readings=").int(self.count);
        let text = text.put(b" min=").tenths(self.min).put(b" max=").tenths(self.max);
        let text = text.put(b" mean=").tenths(mean as i32);
        let text = text.put(b" intervals=").int(self.intervals).put(b" longest=").int(self.longest);
        let text = text.put(b" median=");
        let text = if self.count < WINDOW as u32 { text.put(b"-") } else { text.tenths(self.median) };
        Some(text.0)
    }
}

fn median(mut window: [i32; WINDOW]) -> i32 {
    // Insertion: for five the smallest code.
    for end in 1..WINDOW {
        let mut at = end;
        while at > 0 && window[at - 1] > window[at] {
            window.swap(at - 1, at);
            at -= 1;
        }
    }
    window[WINDOW / 2]
}

/// Reads the tenths of a degree out of a line, if it is one.
fn reading(line: &[u8]) -> Option<i32> {
    let (date, rest) = line.split_first_chunk::<16>()?;
    let shape = date.iter().zip(b"dddd/dd/dd dd:dd").all(|(byte, shape)| match shape {
        b'd' => byte.is_ascii_digit(),
        _ => byte == shape,
    });
    let degrees = rest.strip_prefix(b",")?;
    let (sign, degrees) = match degrees.strip_prefix(b"-") {
        Some(degrees) => (-1, degrees),
        None => (1, degrees),
    };
    match degrees {
        [whole @ .., b'.', tenth] if shape && (1..=4).contains(&whole.len()) => {
            let mut digits = whole.iter().chain([tenth]);
            let tenths = digits.try_fold(0, |value, digit| match digit {
                b'0'..=b'9' => Some(value * 10 + i32::from(digit - b'0')),
                _ => None,
            });
            tenths.map(|tenths| sign * tenths)
        }
        _ => None,
    }
}

/// Text, put together without `core::fmt`.
struct Text(Vec<u8>);

impl Text {
    fn new() -> Self {
        Text(Vec::with_capacity(128))
    }

    fn put(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    fn int(self, value: u32) -> Self {
        self.put(itoa::Buffer::new().format(value).as_bytes())
    }

    fn tenths(self, value: i32) -> Self {
        let text = if value < 0 { self.put(b"-") } else { self };
        let value = value.unsigned_abs();
        text.int(value / 10).put(b".").int(value % 10)
    }
}
