//! Guests that are abandoned: what is said of them, what comes back, and what of the link's half-sent bodies is left.

use core::fmt::Write as _;

use aingle_wasm_core::{
    error::{Abstain, CallError, Error},
    link::{
        Failure, Guests, LinkError, Terms,
        guests::{Body, Part, Standing},
        supervisor::State,
    },
};
use aingle_wasm_tests::guests::WORKER;

use super::{
    Console, Done,
    turns::{FAILING, FUEL, Three, USEFUL, call, work},
    watch,
};
use crate::emulated::calls::{begin, finish, send};

/// Does all of it. The guests are in flash, and are so again afterwards.
pub fn all(rooms: &mut Three) -> Done {
    install(rooms, FAILING)?;
    halves(rooms)?;
    lost(rooms)?;
    never_there(rooms)?;
    for guest in [FAILING, USEFUL] {
        install(rooms, guest)?;
    }
    // The exit code says whether all is well when the console cannot.
    let _ = writeln!(
        Console,
        "guests that were lost: said so, and loaded again; bodies in halves: whole or refused"
    );
    Ok(())
}

fn install(rooms: &mut Three, guest: u8) -> Done {
    rooms.install(guest, WORKER, Terms::default()).map(drop).map_err(|_| "a guest does not load")
}

/// A request arrives in two halves, and in between its guest does something else, or is abandoned.
fn halves(rooms: &mut Three) -> Done {
    let request = 10_u32.to_le_bytes();
    let half = |at: usize| {
        let (total, bytes) = (request.len() as u32, &request[at..at + 2]);
        Part { body: Body::Request, total, offset: at as u32, bytes }
    };
    rooms.store(FAILING, half(0)).map_err(|_| "a half is not stored")?;
    // What it did may have been done with its inbox.
    work(rooms, FAILING)?;
    let lost = rooms.store(FAILING, half(2)) == Err(LinkError::BodyIncomplete.into());
    for at in [0, 2] {
        rooms.store(FAILING, half(at)).map_err(|_| "a half is not stored")?;
    }
    rooms.begin(FAILING, call("work"), true, FUEL).map_err(|_| "a stored request is not taken")?;
    finish(rooms, FAILING);
    let whole = lost && matches!(rooms.standing(FAILING), Standing::Done(Ok(_), _));

    rooms.store(FAILING, half(0)).map_err(|_| "a half is not stored")?;
    begin(rooms, FAILING, "panic", &[], FUEL)?;
    work(rooms, FAILING)?;
    let refused = rooms.store(FAILING, half(2)) == Err(LinkError::BodyIncomplete.into());
    if whole && refused { Ok(()) } else { Err("half a request is taken for the whole") }
}

/// One that came over the link does not come back.
fn lost(rooms: &mut Three) -> Done {
    rooms.unload(USEFUL);
    send(rooms, USEFUL, Body::Module, WORKER).map_err(|_| "a part is not stored")?;
    if rooms.begin(USEFUL, call("work"), false, FUEL) != Err(LinkError::NoGuest.into()) {
        return Err("a module that was not loaded takes a job");
    }
    rooms.load(USEFUL).map_err(|_| "a guest does not load")?;
    begin(rooms, USEFUL, "panic", &[], FUEL)?;
    let abandoned = matches!(rooms.standing(USEFUL), Standing::Done(Err(Error::Abstain(Abstain::Panic)), _));
    let said = state(rooms, USEFUL) == State::Lost;
    if !abandoned || !said || rooms.begin(USEFUL, call("work"), false, FUEL) != Err(CallError::Lost.into()) {
        return Err("a guest that is lost is not said to be");
    }
    send(rooms, USEFUL, Body::Module, WORKER).map_err(|_| "a part is not stored")?;
    rooms.load(USEFUL).map_err(|_| "a lost guest does not load again")?;
    work(rooms, USEFUL)
}

/// One in flash that finds no room is tried as often as its terms allow.
fn never_there(rooms: &mut Three) -> Done {
    let no_room = Failure::from(Error::from(Abstain::Memory));
    if rooms.install(FAILING, LARGE, Terms::default()) != Err(no_room) {
        return Err("a guest that wants more memory than there is loads");
    }
    for expected in [no_room, no_room, CallError::Stopped.into()] {
        if rooms.begin(FAILING, call("work"), false, FUEL) != Err(expected) {
            return Err("a guest that finds no room is not stopped");
        }
    }
    Ok(())
}

fn state(rooms: &mut Three, guest: u8) -> State {
    rooms.supervisor(guest).health(watch::nanos()).state
}

/// `(module (memory 2))`, of pages of 64 KiB.
const LARGE: &[u8] = b"\0asm\x01\0\0\0\x05\x03\x01\0\x02";
