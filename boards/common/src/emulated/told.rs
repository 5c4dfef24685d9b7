//! Guests that are told of a pin's edges. Of a flood of them, one that is busy is told what its queue has room for, and how
//! many were dropped. One that is lost is told of nothing more and leaves the pin to others; one that lies in flash comes
//! back to it.

use core::{
    cell::Cell,
    fmt::Write as _,
    sync::atomic::{AtomicU32, Ordering},
};

use aingle_wasm_backend_wasmi::Engine;
use aingle_wasm_core::{
    events::{Happened, MAX_TEXT, What},
    guest::{Delivery, Job},
    hal::{Code, Owners, Peripheral, Resources},
    host::{Cost, Import, Imports},
    link::{
        Guests, Terms,
        guests::{Body, Part, Standing},
        supervisor::Counts,
    },
};
use aingle_wasm_tests::guests::PRESSED;
use critical_section::Mutex;
use embedded_hal::digital::{ErrorType, InputPin};

use super::{
    Console,
    compartments::{pace, rooms},
    end, exit,
};
use crate::{Bench, Rooms, Station, rooms::Events};

/// Presses the key for guests that come and go, and ends the machine.
pub fn run() -> ! {
    let imports = Imports::from(IMPORTS).with_hardware();
    let mut rooms = rooms(pace(|| Some(0)), imports, [station::<0>, station::<1>, station::<2>]);
    let done =
        lost(&mut rooms).and_then(|()| installed(&mut rooms)).and_then(|()| fault_38_a_flood(&mut rooms));
    // The emulator's exit code says the same when nobody reads the line.
    let _ = match done {
        Ok(()) => writeln!(
            Console,
            "guests told of a pin's edges: who is lost leaves the pin, who comes back has it; of a flood of {FLOOD}, \
             {QUEUE} are told and the others counted"
        ),
        Err(what) => writeln!(Console, "FAILED: {what}"),
    };
    end(if done.is_ok() { exit::DONE } else { exit::FAILED })
}

type Desk = Rooms<Engine, Station<Key>, 3, Events<Key>>;

fn lost(rooms: &mut Desk) -> Result<(), &'static str> {
    load(rooms, 0)?;
    press(rooms);
    let Counts { events, denied, dropped, ungranted, .. } = counts(rooms, 0);
    ensure(
        (events, denied, dropped, ungranted) == (1, 1, 0, 0),
        "what an event came to is counted otherwise",
    )?;
    ensure(told(rooms, 0)? == (1, 0), "a guest is not told of an edge")?;

    call(rooms, 0, "panic")?;
    ensure(!rooms.turn(), "a guest that is lost keeps the board awake")?;
    load(rooms, 1)?;
    press(rooms);
    ensure(
        counts(rooms, 1).ungranted == 0 && told(rooms, 1)? == (1, 0),
        "a guest that is lost keeps its pin",
    )?;
    rooms.unload(1);
    Ok(())
}

fn installed(rooms: &mut Desk) -> Result<(), &'static str> {
    rooms.install(0, PRESSED, Terms::default()).map_err(|_| "a guest does not load")?;
    call(rooms, 0, "panic")?;
    load(rooms, 1)?;
    ensure(counts(rooms, 1).ungranted == 2, "another guest has the pin of one that comes back")?;
    press(rooms);
    ensure(told(rooms, 0)? == (1, 0) && told(rooms, 1)? == (0, 0), "a guest does not come back for an edge")?;
    rooms.unload(0);
    load(rooms, 1)?;
    press(rooms);
    ensure(told(rooms, 1)? == (1, 0), "a guest that was unloaded keeps its pin")
}

/// The pin changes its level without end while the guest that is told of it is busy; its neighbour does not notice.
fn fault_38_a_flood(rooms: &mut Desk) -> Result<(), &'static str> {
    load(rooms, 1)?;
    load(rooms, 0)?;
    let before = counts(rooms, 1).dropped;
    begin(rooms, 1, "hang", u64::MAX)?;
    EDGES.store(FLOOD, Ordering::Relaxed);
    while EDGES.load(Ordering::Relaxed) > 0 {
        rooms.turn();
        ensure(told(rooms, 0)? == (0, 0), "a flood is another guest's, too")?;
    }
    ensure(counts(rooms, 1).dropped - before == FLOOD - QUEUE, "a flood is not counted")?;
    rooms.cancel(1);
    for _ in 0..QUEUE {
        rooms.turn();
    }
    // Half of them are of the other edge.
    ensure(told(rooms, 1)? == (QUEUE / 2, FLOOD - QUEUE), "a guest is told another number of a flood's edges")
}

/// As the link does it.
fn load(rooms: &mut Desk, guest: u8) -> Result<(), &'static str> {
    let module = Part { body: Body::Module, total: PRESSED.len() as u32, offset: 0, bytes: PRESSED };
    let loaded = rooms.store(guest, module).and_then(|()| rooms.load(guest));
    loaded.map(drop).map_err(|_| "a guest does not load")
}

/// The key goes to high, and back; whoever is told of it is.
fn press(rooms: &mut Desk) {
    EDGES.store(2, Ordering::Relaxed);
    for _ in 0..10 {
        rooms.turn();
    }
}

/// How often the guest says that it was told, and of how many more that were dropped.
fn told(rooms: &mut Desk, guest: u8) -> Result<(u32, u32), &'static str> {
    call(rooms, guest, "read")?;
    let mut counts = None;
    let lent = rooms.lend(guest, 0, &mut |reply| {
        counts = match *reply.as_chunks().0 {
            [told, dropped] => Some((u32::from_le_bytes(told), u32::from_le_bytes(dropped))),
            _ => None,
        };
    });
    rooms.fetched(guest);
    counts.filter(|_| lent.is_ok()).ok_or("a guest does not say how often it was told")
}

fn begin(rooms: &mut Desk, guest: u8, entry: &str, fuel: u64) -> Result<(), &'static str> {
    let job = Job::Call { entry, request: &[], delivery: Delivery::Call };
    rooms.begin(guest, job, false, fuel).map_err(|_| "a guest is not called")
}

fn call(rooms: &mut Desk, guest: u8, entry: &str) -> Result<(), &'static str> {
    begin(rooms, guest, entry, FUEL)?;
    while let Standing::Underway(_) = rooms.standing(guest) {
        rooms.turn();
    }
    Ok(())
}

fn counts(rooms: &mut Desk, guest: u8) -> Counts {
    rooms.supervisor(guest).health(None).counts
}

fn ensure(right: bool, what: &'static str) -> Result<(), &'static str> {
    if right { Ok(()) } else { Err(what) }
}

fn station<const GUEST: u8>(wasm: &[u8]) -> Station<Key> {
    Station::with_bench(|| Some(0), GUEST, wasm)
}

/// A bench with a pin, which has an interrupt.
struct Key;

impl Bench for Key {
    fn lend<R>(with: impl FnOnce(&mut dyn Resources, &mut Owners) -> R) -> R {
        let mut owners = critical_section::with(|section| OWNERS.borrow(section).get());
        let done = with(&mut Self, &mut owners);
        critical_section::with(|section| OWNERS.borrow(section).set(owners));
        done
    }

    fn happened<'r>(_number: u8, _room: &'r mut [u8; MAX_TEXT]) -> Option<Happened<'r>> {
        let left = EDGES.load(Ordering::Relaxed).checked_sub(1)?;
        EDGES.store(left, Ordering::Relaxed);
        Some(Happened { micros: 0, what: What::Edge(left % 2 == 1), lost: [0; 2] })
    }
}

impl Resources for Key {
    fn name(&self, number: u8) -> Option<&str> {
        (number == 0).then_some(NAME)
    }

    fn peripheral(&mut self, number: u8) -> Option<Peripheral<'_>> {
        (number == 0).then_some(Peripheral::Input(self))
    }
}

impl ErrorType for Key {
    type Error = Code;
}

impl InputPin for Key {
    fn is_high(&mut self) -> Result<bool, Code> {
        Ok(false)
    }

    fn is_low(&mut self) -> Result<bool, Code> {
        Ok(true)
    }
}

/// Edges that nobody was told of yet.
static EDGES: AtomicU32 = AtomicU32::new(0);

static OWNERS: Mutex<Cell<Owners>> = Mutex::new(Cell::new(Owners::new()));

const IMPORTS: &[Import<Station<Key>>] = &[Import::new("panic", 0, Cost::STANDARD, |_, _, _| panic!())];

const NAME: &str = "key";

/// Edges of a flood, and those for which its guest's queue has room.
const FLOOD: u32 = 10_000;
const QUEUE: u32 = 8;

/// More than a call takes.
const FUEL: u64 = 100_000;
