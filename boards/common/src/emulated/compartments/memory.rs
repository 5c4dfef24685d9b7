//! What a room's memory is used for, and what not.

use core::fmt::Write as _;

use aingle_wasm_backend_wasmi::Engine;
use aingle_wasm_core::{
    engine::Footprint,
    error::{Abstain, Error},
    guest::{Delivery, Job},
    link::{
        Guests, Terms,
        guests::{Body, Part, Standing},
    },
    log::Log,
};
use aingle_wasm_tests::guests::WORKER;

use super::{Console, Done};
use crate::{
    Rooms,
    emulated::calls::{answer, finish},
};

/// Does all of it with guest `guest` of `rooms`.
pub fn all<const N: usize>(rooms: &mut Rooms<Engine, Log, N>, guest: u8) -> Done {
    let room = rooms.room(guest);
    let least = smallest(rooms, guest, room)?;
    in_place(rooms, guest)?;
    once(rooms, guest, room)?;
    refused(rooms, guest, least)?;
    rooms.limit(guest, room);
    requests(rooms, guest)?;
    rooms.unload(guest);
    Ok(())
}

/// The heap in which the guest's first load reached its end.
fn smallest<const N: usize>(rooms: &mut Rooms<Engine, Log, N>, guest: u8, room: Footprint) -> Done<u32> {
    rooms.limit(guest, room);
    rooms.install(guest, WORKER, Terms::default()).map_err(|_| "a guest does not load")?;
    Ok(rooms.heap(guest).peak)
}

/// A module in flash is not on the heap: one that is 32 KiB longer takes no more.
fn in_place<const N: usize>(rooms: &mut Rooms<Engine, Log, N>, guest: u8) -> Done {
    let before = rooms.heap(guest);
    rooms.install(guest, &PADDED, Terms::default()).map_err(|_| "a long guest does not load")?;
    let after = rooms.heap(guest);
    print(format_args!(
        "a module in flash: {} bytes of heap at most, and {} with {} bytes more of it",
        before.peak,
        after.peak,
        PADDED.len() - WORKER.len()
    ));
    if (after.peak, after.used) == (before.peak, before.used) { Ok(()) } else { Err("it is on the heap") }
}

/// The guest's memory is allocated once: a heap that has no room for half of it more suffices, from load to answer.
fn once<const N: usize>(rooms: &mut Rooms<Engine, Log, N>, guest: u8, room: Footprint) -> Done {
    rooms.limit(guest, Footprint { heap: MEMORY + MEMORY / 2, ..room });
    let memory = rooms.install(guest, WORKER, Terms::default());
    if memory != Ok(MEMORY) {
        return Err("a guest does not load beside half its memory");
    }
    work(rooms, guest, false)?;
    print(format_args!("memory of {MEMORY} bytes in a heap of {}", MEMORY + MEMORY / 2));
    Ok(())
}

/// What does not fit is refused ahead of its translation, and nothing is abandoned.
fn refused<const N: usize>(rooms: &mut Rooms<Engine, Log, N>, guest: u8, least: u32) -> Done {
    let abandoned = rooms.abandoned(guest);
    let room = rooms.room(guest);
    rooms.limit(guest, Footprint { heap: least / 2, ..room });
    for _ in 0..5 {
        if rooms.install(guest, WORKER, Terms::default()) != Err(Error::from(Abstain::Room).into()) {
            return Err("a guest without room is not refused");
        }
    }
    if rooms.abandoned(guest) != abandoned {
        return Err("a guest without room was started");
    }
    print(format_args!("a guest that takes {least} bytes of heap, in {}: refused", least / 2));
    Ok(())
}

/// A request goes from the link's frames into the guest's inbox: the heap holds nothing of it.
fn requests<const N: usize>(rooms: &mut Rooms<Engine, Log, N>, guest: u8) -> Done {
    rooms.install(guest, WORKER, Terms::default()).map_err(|_| "a guest does not load")?;
    work(rooms, guest, true)?;
    let before = rooms.heap(guest);
    for _ in 0..10 {
        work(rooms, guest, true)?;
    }
    let after = rooms.heap(guest);
    if (after.peak, after.used) != (before.peak, before.used) {
        return Err("a request is on the heap");
    }
    // What the guest does in between may be done with its inbox: the request is gone then, and not mistaken.
    store(rooms, guest)?;
    let fault =
        rooms.begin(guest, Job::Call { entry: "crash", request: &[], delivery: Delivery::Call }, false, FUEL);
    let lost = rooms.begin(guest, call(), true, FUEL);
    let told = matches!(rooms.standing(guest), Standing::Done(Err(_), run) if run.fuel_used == 0);
    if fault.is_err() || lost.is_err() || !told {
        return Err("a request that is gone is not missed");
    }
    work(rooms, guest, true)?;
    print(format_args!("requests in the inbox: the heap is as without them, {} bytes", after.used));
    Ok(())
}

/// A short job, with its request stored ahead or not, whose answer is right.
fn work<const N: usize>(rooms: &mut Rooms<Engine, Log, N>, guest: u8, stored: bool) -> Done {
    if stored {
        store(rooms, guest)?;
    }
    rooms.begin(guest, call(), stored, FUEL).map_err(|_| "a job does not begin")?;
    finish(rooms, guest);
    let expected = (1..=ROUNDS).rev().fold(0_u32, |sum, left| sum.wrapping_mul(31).wrapping_add(left));
    if answer(rooms, guest)? == expected.to_le_bytes() { Ok(()) } else { Err("an answer is wrong") }
}

fn store<const N: usize>(rooms: &mut Rooms<Engine, Log, N>, guest: u8) -> Done {
    for (offset, byte) in (0..).zip(REQUEST) {
        let part = Part { body: Body::Request, total: REQUEST.len() as u32, offset, bytes: &[byte] };
        rooms.store(guest, part).map_err(|_| "a part is not stored")?;
    }
    Ok(())
}

const fn call() -> Job<'static> {
    Job::Call { entry: "work", request: &REQUEST, delivery: Delivery::Call }
}

fn print(line: core::fmt::Arguments<'_>) {
    // The exit code says whether all is well when the console cannot.
    let _ = writeln!(Console, "{line}");
}

/// The guest's.
const MEMORY: u32 = 69_632;

const ROUNDS: u32 = 10;
const REQUEST: [u8; 4] = ROUNDS.to_le_bytes();
const FUEL: u64 = 10_000_000;

/// The same guest with a section that nobody reads.
static PADDED: [u8; WORKER.len() + 4 + PADDING] = {
    let mut padded = [0; WORKER.len() + 4 + PADDING];
    let mut at = 0;
    while at < WORKER.len() {
        padded[at] = WORKER[at];
        at += 1;
    }
    // Its number, 0; then its length in groups of seven bits; then the length of its name, 0.
    padded[at + 1] = (PADDING & 0x7f) as u8 | 0x80;
    padded[at + 2] = (PADDING >> 7 & 0x7f) as u8 | 0x80;
    padded[at + 3] = (PADDING >> 14) as u8;
    padded
};

/// Bytes of that section, the length of its name among them.
const PADDING: usize = 32 << 10;
