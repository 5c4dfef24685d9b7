//! Guests that are told of a pin's edges. Of a flood of them, one that is busy is told what its queue has room for, and how
//! many were dropped. One that is lost is told of nothing more and leaves the pin to others; one that lies in flash comes
//! back to it.

use aingle_wasm_core::link::{Guests, Terms, guests::Body, supervisor::Counts};
use aingle_wasm_tests::guests::PRESSED;

use super::{
    Done,
    calls::{answer, begin, finish, send},
    compartments::pace,
    key::{self, Desk},
};

/// Presses the key for guests that come and go; says what they were told.
pub fn all() -> Done<&'static str> {
    let mut rooms = key::desk(pace(|| Some(0)));
    lost(&mut rooms)?;
    installed(&mut rooms)?;
    fault_38_a_flood(&mut rooms)?;
    Ok(
        "guests told of a pin's edges: who is lost leaves the pin, who comes back has it; of a flood those wait that have \
        room, and the others are counted",
    )
}

fn lost(rooms: &mut Desk) -> Done {
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

fn installed(rooms: &mut Desk) -> Done {
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
fn fault_38_a_flood(rooms: &mut Desk) -> Done {
    load(rooms, 1)?;
    load(rooms, 0)?;
    let before = counts(rooms, 1).dropped;
    begin(rooms, 1, "hang", &[], u64::MAX)?;
    key::change(FLOOD);
    while key::is_waiting() {
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
fn load(rooms: &mut Desk, guest: u8) -> Done {
    let loaded = send(rooms, guest, Body::Module, PRESSED).and_then(|()| rooms.load(guest));
    loaded.map(drop).map_err(|_| "a guest does not load")
}

/// The key goes to high, and back; whoever is told of it is.
fn press(rooms: &mut Desk) {
    key::change(2);
    for _ in 0..10 {
        rooms.turn();
    }
}

/// How often the guest says that it was told, and of how many more that were dropped.
fn told(rooms: &mut Desk, guest: u8) -> Done<(u32, u32)> {
    call(rooms, guest, "read")?;
    let counts = key::counts(answer(rooms, guest)?);
    rooms.fetched(guest);
    Ok(counts)
}

fn call(rooms: &mut Desk, guest: u8, entry: &str) -> Done {
    begin(rooms, guest, entry, &[], FUEL)?;
    finish(rooms, guest);
    Ok(())
}

fn counts(rooms: &mut Desk, guest: u8) -> Counts {
    rooms.supervisor(guest).health(None).counts
}

fn ensure(right: bool, what: &'static str) -> Done {
    if right { Ok(()) } else { Err(what) }
}

/// Edges of a flood, and those for which its guest's queue has room.
const FLOOD: u32 = 10_000;
const QUEUE: u32 = 8;

/// More than a call takes.
const FUEL: u64 = 100_000;
