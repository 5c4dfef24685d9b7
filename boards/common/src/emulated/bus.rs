//! A bus that never answers: a wire of it is held low, as a broken device does. Who asks is told that the time is over,
//! and whoever asks next, once the wire is let go, gets an answer.

use core::cell::Cell;

use aingle_wasm_backend_wasmi::Engine;
use aingle_wasm_core::{
    hal::{Code, Owners, Peripheral, Resources, WireI2c, Wires},
    host::{self, Imports},
    link::{Guests, Terms},
};
use aingle_wasm_tests::guests::BUS;
use critical_section::Mutex;

use super::{
    Done,
    calls::{begin, finish},
    compartments::{pace, rooms},
};
use crate::{Bench, Rooms, Station};

/// Holds each wire in turn; says so.
pub fn all() -> Done<&'static str> {
    let imports = Imports::from(host::standard()).with_hardware();
    let mut rooms: Desk = rooms(pace(|| None), imports, [station::<0>, station::<1>, station::<2>]);
    for guest in 0..3 {
        rooms.install(guest, BUS, Terms::default()).map_err(|_| "a guest does not load")?;
    }
    ask(&mut rooms, 0, ANSWERED)?;
    for held in [Held::Clock, Held::Data] {
        for guest in 0..3 {
            hold_wire(held);
            ask(&mut rooms, guest, Code::TimedOut.to_guest())?;
            hold_wire(Held::Neither);
            ask(&mut rooms, (guest + 1) % 3, ANSWERED)?;
            ask(&mut rooms, guest, ANSWERED)?;
        }
    }
    Ok("a bus of which a wire is held: out of time, then the next guest is answered")
}

type Desk = Rooms<Engine, Station<Broken>, 3>;

/// Has the guest ask the device, of which that must come.
fn ask(rooms: &mut Desk, guest: u8, expected: i32) -> Done {
    begin(rooms, guest, "ask", &[], FUEL)?;
    finish(rooms, guest);
    let mut right = false;
    let lent = rooms.lend(guest, 0, &mut |reply| {
        let (code, bytes) = reply.split_at_checked(4).unwrap_or_default();
        right = code == expected.to_le_bytes() && (expected != ANSWERED || bytes == [u8::MAX; 2]);
    });
    match lent.is_ok() && right {
        true => Ok(()),
        false => Err("something else comes of a bus than must"),
    }
}

fn station<const GUEST: u8>(wasm: &[u8]) -> Station<Broken> {
    Station::with_bench(|| None, GUEST, wasm)
}

/// A bench with such a bus.
enum Broken {}

impl Bench for Broken {
    fn lend<R>(with: impl FnOnce(&mut dyn Resources, &mut Owners) -> R) -> R {
        with(&mut Bus(WireI2c::new(TheLine)), &mut Owners::new())
    }
}

struct Bus(WireI2c<TheLine>);

impl Resources for Bus {
    fn name(&self, number: u8) -> Option<&str> {
        (number == 0).then_some(NAME)
    }

    fn peripheral(&mut self, number: u8) -> Option<Peripheral<'_>> {
        (number == 0).then_some(Peripheral::I2c(&mut self.0, 100_000))
    }
}

/// Two wires, and a device that acknowledges all and sends ones.
#[derive(Clone, Copy)]
struct Line {
    held: Held,
    clock: bool,
    data: bool,
    /// Bits of the byte so far; eight when it is to be acknowledged.
    bits: u8,
    /// Between start and stop.
    talks: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Held {
    Neither,
    Clock,
    Data,
}

/// The one that there is: a guest that asks finds it as the last one left it.
struct TheLine;

impl Wires for TheLine {
    fn set_clock(&mut self, high: bool) {
        with_line(|line| {
            if line.clock && !high {
                line.bits = (line.bits + 1) % 9;
            }
            line.clock = high;
        });
    }

    fn set_data(&mut self, high: bool) {
        with_line(|line| {
            if line.clock && line.data != high {
                // A start, or a stop. The fall of the clock behind a start is of no bit.
                (line.talks, line.bits) = (!high, 8);
            }
            line.data = high;
        });
    }

    fn clock(&mut self) -> bool {
        with_line(|line| line.clock && line.held != Held::Clock)
    }

    fn data(&mut self) -> bool {
        with_line(|line| {
            let acknowledges = line.talks && line.bits == 8;
            line.data && !acknowledges && line.held != Held::Data
        })
    }

    fn pause(&mut self) {}
}

fn hold_wire(held: Held) {
    with_line(|line| line.held = held);
}

fn with_line<R>(with: impl FnOnce(&mut Line) -> R) -> R {
    critical_section::with(|section| {
        let place = LINE.borrow(section);
        let mut line = place.get();
        let done = with(&mut line);
        place.set(line);
        done
    })
}

static LINE: Mutex<Cell<Line>> =
    Mutex::new(Cell::new(Line { held: Held::Neither, clock: true, data: true, bits: 8, talks: false }));

const NAME: &str = "bus";

/// What a guest gets that is answered.
const ANSWERED: i32 = 0;

/// More than a call takes.
const FUEL: u64 = 100_000;
