//! The bus against a device that is simulated edge by edge.

use std::{format, string::String, vec, vec::Vec};

use super::*;

/// Two wires with a device at 0x48, which has the bytes 10 11 12 … to read.
#[derive(Default)]
struct Bench {
    // What the processor lets go.
    clock: bool,
    data: bool,
    // What the wires were when they were looked at last.
    clock_was: bool,
    data_was: bool,
    device: Device,
    pauses: u32,
}

#[derive(Default)]
struct Device {
    /// Half turns that it holds each clock for, and those that are left of this one.
    stretch: u32,
    held: u32,
    /// It holds the clock for ever.
    stuck: bool,
    /// Clocks for which it holds the data wire, whatever comes.
    talks_on: u32,
    /// Bytes after which it acknowledges no more.
    takes: Option<usize>,
    pulls: bool,
    does: Does,
    bits: u8,
    byte: u8,
    next: u8,
    acknowledged: bool,
    /// `(` start, `)` stop, bytes in hex, `+` acknowledged, `-` not.
    seen: String,
    taken: usize,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Does {
    #[default]
    Nothing,
    HearsAddress,
    Hears,
    Sends,
}

impl Device {
    fn started(&mut self) {
        (self.does, self.bits, self.pulls) = (Does::HearsAddress, 0, false);
        self.seen.push('(');
    }

    fn stopped(&mut self) {
        (self.does, self.pulls) = (Does::Nothing, false);
        self.seen.push(')');
    }

    fn clock_rose(&mut self, data: bool) {
        self.talks_on = self.talks_on.saturating_sub(1);
        match (self.does, self.bits) {
            (Does::HearsAddress | Does::Hears, 0..8) => self.byte = self.byte << 1 | u8::from(data),
            (Does::Sends, 8) => self.acknowledged = !data,
            _ => {}
        }
        self.bits += 1;
    }

    fn clock_fell(&mut self) {
        self.held = self.stretch;
        match (self.does, self.bits) {
            (Does::HearsAddress | Does::Hears, 8) => {
                let meant = self.does == Does::Hears || self.byte >> 1 == 0x48;
                self.pulls = meant && self.takes.is_none_or(|takes| self.taken < takes);
                self.taken += 1;
                self.seen += &format!("{:02x}{}", self.byte, if self.pulls { '+' } else { '-' });
            }
            (Does::HearsAddress | Does::Hears, 9) => {
                let reads = self.does == Does::HearsAddress && self.byte & 1 == 1;
                self.does = match self.pulls {
                    true if reads => Does::Sends,
                    true => Does::Hears,
                    false => Does::Nothing,
                };
                (self.bits, self.pulls) = (0, false);
                self.send();
            }
            (Does::Sends, 9) => {
                self.seen += &format!("{:02x}{}", self.next, if self.acknowledged { '+' } else { '-' });
                self.next += 1;
                self.bits = 0;
                if !self.acknowledged {
                    self.does = Does::Nothing;
                }
                self.send();
            }
            _ => self.send(),
        }
    }

    /// Puts the next bit on the wire; lets it go where the answer to a byte is due.
    fn send(&mut self) {
        if self.does == Does::Sends {
            self.pulls = self.bits < 8 && self.next << self.bits & 0x80 == 0;
        } else if self.does == Does::Nothing {
            self.pulls = false;
        }
    }
}

impl Bench {
    fn settle(&mut self) {
        let (clock, data) = (self.clock_level(), self.data_level());
        match (self.clock_was, clock) {
            (false, true) => self.device.clock_rose(data),
            (true, false) => self.device.clock_fell(),
            (true, true) if self.data_was && !data => self.device.started(),
            (true, true) if !self.data_was && data => self.device.stopped(),
            _ => {}
        }
        (self.clock_was, self.data_was) = (clock, self.data_level());
    }

    fn clock_level(&self) -> bool {
        self.clock && self.device.held == 0 && !self.device.stuck
    }

    fn data_level(&self) -> bool {
        self.data && !self.device.pulls && self.device.talks_on == 0
    }
}

impl Wires for &mut Bench {
    fn set_clock(&mut self, high: bool) {
        self.clock = high;
        self.settle();
    }

    fn set_data(&mut self, high: bool) {
        self.data = high;
        self.settle();
    }

    fn clock(&mut self) -> bool {
        self.clock_level()
    }

    fn data(&mut self) -> bool {
        self.data_level()
    }

    fn pause(&mut self) {
        self.pauses += 1;
        if self.clock {
            self.device.held = self.device.held.saturating_sub(1);
        }
        self.settle();
    }
}

fn bench(device: Device) -> Bench {
    let device = Device { next: 0x10, ..device };
    Bench { clock: true, data: true, clock_was: true, data_was: true, device, pauses: 0 }
}

/// A register's number is written, and three bytes are read; what was read, and how long it took.
fn write_read(bench: &mut Bench, address: u8) -> (Result<Vec<u8>, Code>, u32) {
    bench.pauses = 0;
    let mut room = vec![0; 3];
    let done = WireI2c::new(&mut *bench).write_read(address, &[0xa5], &mut room);
    assert!(bench.clock && bench.data, "both wires are let go");
    (done.map(|()| room), bench.pauses)
}

/// What a transaction may take at most, in half turns of the clock: six bytes and addresses, starts and stop.
const MOST: u32 = 6 * 20 + 20 + LONGEST_STRETCH;

#[test]
fn a_device_is_written_to_and_read_from() {
    let mut bench = bench(Device::default());
    assert_eq!(write_read(&mut bench, 0x48).0, Ok(vec![0x10, 0x11, 0x12]));
    assert_eq!(bench.device.seen, "(90+a5+(91+10+11+12-)");
}

#[test]
fn adjacent_operations_of_one_direction_are_one() {
    let mut bench = bench(Device::default());
    let mut rooms = ([0; 1], [0; 2]);
    let mut operations = [
        Operation::Write(&[1]),
        Operation::Write(&[2, 3]),
        Operation::Read(&mut rooms.0),
        Operation::Read(&mut rooms.1),
        Operation::Write(&[4]),
    ];
    assert_eq!(WireI2c::new(&mut bench).transaction(0x48, &mut operations), Ok(()));
    assert_eq!(bench.device.seen, "(90+01+02+03+(91+10+11+12-(90+04+)");
    assert_eq!(rooms, ([0x10], [0x11, 0x12]));
}

#[test]
fn the_last_byte_is_refused_although_an_empty_read_follows() {
    let mut bench = bench(Device::default());
    let mut rooms = ([0; 2], [0; 1]);
    let mut operations = [
        Operation::Read(&mut []),
        Operation::Read(&mut rooms.0),
        Operation::Read(&mut []),
        Operation::Read(&mut rooms.1),
        Operation::Read(&mut []),
        Operation::Write(&[4]),
    ];
    assert_eq!(WireI2c::new(&mut bench).transaction(0x48, &mut operations), Ok(()));
    assert_eq!(bench.device.seen, "(91+10+11+12-(90+04+)");
}

#[test]
fn what_is_not_acknowledged_is_told_apart() {
    let mut bench = bench(Device { takes: Some(1), ..Device::default() });
    assert_eq!(write_read(&mut bench, 0x47).0, Err(Code::I2cNoAddress));
    assert_eq!(bench.device.seen, "(8e-)");
    bench.device.taken = 0;
    assert_eq!(write_read(&mut bench, 0x48).0, Err(Code::I2cNoData));
    assert_eq!(bench.device.seen, "(8e-)(90+a5-)");
    bench.device.takes = None;
    assert_eq!(write_read(&mut bench, 0x48).0, Ok(vec![0x10, 0x11, 0x12]));
}

#[test]
fn a_device_may_stretch_the_clock() {
    let mut bench = bench(Device { stretch: 4, ..Device::default() });
    let (read, took) = write_read(&mut bench, 0x48);
    assert_eq!(read, Ok(vec![0x10, 0x11, 0x12]));
    assert!(took > 4 * 54 && took < MOST, "{took}");
}

#[test]
fn fault_40_who_stretches_every_clock_a_little_times_out() {
    let mut bench = bench(Device { stretch: 100, ..Device::default() });
    let (read, took) = write_read(&mut bench, 0x48);
    assert_eq!(read, Err(Code::TimedOut));
    assert!(took <= MOST, "{took}");
    bench.device.stretch = 0;
    assert_eq!(write_read(&mut bench, 0x48).0, Ok(vec![0x10, 0x11, 0x12]));
}

#[test]
fn fault_40_a_stuck_clock_times_out() {
    let mut bench = bench(Device { stuck: true, ..Device::default() });
    let (read, took) = write_read(&mut bench, 0x48);
    assert_eq!(read, Err(Code::TimedOut));
    assert!(took <= MOST, "{took}");
    bench.device.stuck = false;
    bench.settle();
    assert_eq!(write_read(&mut bench, 0x48).0, Ok(vec![0x10, 0x11, 0x12]));
}

#[test]
fn fault_40_stuck_data_times_out() {
    let mut bench = bench(Device { talks_on: u32::MAX, ..Device::default() });
    bench.settle();
    let (read, took) = write_read(&mut bench, 0x48);
    assert_eq!(read, Err(Code::TimedOut));
    assert!(took <= MOST, "{took}");
}

#[test]
fn a_device_that_was_cut_short_ends_its_byte() {
    for clocks in 1..CLOCKS_OF_A_BYTE as u32 {
        let mut bench = bench(Device { talks_on: clocks, ..Device::default() });
        bench.settle();
        assert_eq!(write_read(&mut bench, 0x48).0, Ok(vec![0x10, 0x11, 0x12]), "{clocks} clocks");
    }
}
