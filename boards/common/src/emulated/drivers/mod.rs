//! Host functions whose driver fails: behind each that a firmware offers it panics, faults, and calls itself for ever. That
//! costs the guest which called it; it comes back to its parts, and when it is gone they are the next one's. What is
//! refused reaches no driver.

mod parts;

use core::fmt::Write as _;

use aingle_wasm_backend_wasmi::Engine;
use aingle_wasm_core::{
    engine::Value,
    error::{Abstain, Error, Fault, Trap},
    guest::{Job, Outcome},
    hal::Function,
    host::{self, Imports},
    link::{Guests, Heap, Terms, guests::Standing},
};
use aingle_wasm_tests::guests::{DRIVES, REENTERS};
use parts::{Failure, Parts, nanos};

use super::{
    Console, Done,
    calls::{answer, begin, finish},
    compartments::{is_sound, pace, rooms, ticked_on},
    machine,
};
use crate::{Rooms, Station};

/// Has every driver fail in every way, with interrupts; says so. `heap` says how full the host's heap is.
pub fn all(heap: fn() -> Heap) -> Done<&'static str> {
    machine::tick();
    Parts::install();
    let imports = Imports::from(host::standard()).with_hardware();
    let mut rooms: Desk = rooms(pace(|| None), imports, [station::<0>, station::<1>, station::<2>]);
    let before = heap().used;
    for (what, failure, reason) in [
        ("panics", Failure::Panic, Abstain::Panic),
        ("faults", Failure::Fault, Abstain::Engine),
        ("calls itself for ever", Failure::Recursion, Abstain::Stack),
    ] {
        let mut failed = 0;
        // Each time another guest has the parts.
        for (guest, name) in (0..3).cycle().zip(functions()) {
            one(&mut rooms, guest, name, failure, reason).inspect_err(|_| {
                // What is wrong is said in any case.
                let _ = writeln!(Console, "{name}, whose driver {what}:");
            })?;
            failed += 1;
        }
        // The exit code says whether all is well when the console cannot.
        let _ = writeln!(Console, "host functions whose driver {what}: {failed}, each guest abandoned");
    }
    fault_31_ranges(&mut rooms)?;
    fault_33_reentry(&mut rooms)?;
    if heap().used != before {
        return Err("something is left on the host's heap");
    }
    ticked_on()?;
    Ok("after each driver's failure the host is well, and the next guest is answered: 0 resets")
}

/// Every host function behind which there is something of a board's, as the guest calls its entries.
fn functions() -> impl Iterator<Item = &'static str> {
    ["log", "time"].into_iter().chain(Function::ALL.iter().map(Function::name))
}

/// Has the driver behind `name` fail for a guest, which comes back as good as new.
fn one(rooms: &mut Desk, guest: u8, name: &str, failure: Failure, reason: Abstain) -> Done {
    install(rooms, guest, DRIVES)?;
    let expected = clean(rooms, guest, name)?;
    // Afresh, for what is open is not looked for again.
    install(rooms, guest, DRIVES)?;
    if name != OPEN {
        call(rooms, guest, OPEN)?.map_err(|_| "parts are not free")?;
    }
    let ended = Parts::failing(failure, || call(rooms, guest, name));
    is_sound()?;
    if ended? != Err(reason.into()) {
        return Err("a guest is not abandoned for what its driver does");
    }
    if clean(rooms, guest, name)? != expected {
        return Err("a guest that comes back is answered otherwise");
    }
    rooms.unload(guest);
    if rooms.heap(guest).used == 0 { Ok(()) } else { Err("something is left of a guest") }
}

/// Ranges that are not the guest's are refused.
fn fault_31_ranges(rooms: &mut Desk) -> Done {
    install(rooms, 0, DRIVES)?;
    call(rooms, 0, OPEN)?.map_err(|_| "parts are not free")?;
    let far = Parts::failing(Failure::Panic, || call(rooms, 0, "far"))?;
    let (taken, _) = far.map_err(|_| "a range that is not the guest's reaches a driver")?;
    let denied = rooms.supervisor(0).health(None).counts.denied;
    rooms.unload(0);
    match (taken, denied) {
        (NONE, RANGES) => Ok(()),
        _ => Err("a range that is not the guest's is not refused, or not counted"),
    }
}

/// A guest's allocator, which its host waits for, drives nothing.
fn fault_33_reentry(rooms: &mut Desk) -> Done {
    for export in ["pin_set", "delay"] {
        install(rooms, 0, REENTERS)?;
        invoke(rooms, OPEN)?;
        match rooms.standing(0) {
            Standing::Done(Ok(Outcome::Returned(handle)), _) if handle[..] == [Value::I32(1)] => {}
            _ => return Err("parts are not free"),
        }
        Parts::failing(Failure::Panic, || invoke(rooms, export))?;
        let Standing::Done(Err(Error::Trap(Trap::Host(Fault::Reentry))), _) = rooms.standing(0) else {
            return Err("an allocator drives hardware");
        };
        rooms.unload(0);
    }
    Ok(())
}

fn invoke(rooms: &mut Desk, export: &str) -> Done {
    let job = Job::Invoke { export, arguments: &[] };
    rooms.begin(0, job, false, FUEL).map_err(|_| "a job does not begin")?;
    finish(rooms, 0);
    Ok(())
}

/// Opens every part, and calls the function: what the guest answers, and the fuel of the call.
fn clean(rooms: &mut Desk, guest: u8, name: &str) -> Done<([u8; 4], u64)> {
    let opened = call(rooms, guest, OPEN)?.map_err(|_| "parts are not free")?;
    let answer = if name == OPEN { opened } else { call(rooms, guest, name)?.map_err(|_| "no answer")? };
    if i32::from_le_bytes(answer.0) < 0 { Err("a host function is refused") } else { Ok(answer) }
}

fn install(rooms: &mut Desk, guest: u8, wasm: &'static [u8]) -> Done {
    rooms.install(guest, wasm, Terms::default()).map(drop).map_err(|_| "a guest does not load")
}

/// What an entry comes to: its answer and the fuel.
fn call(rooms: &mut Desk, guest: u8, entry: &str) -> Done<Result<([u8; 4], u64), Error>> {
    begin(rooms, guest, entry, &[], FUEL)?;
    finish(rooms, guest);
    let fuel = match rooms.standing(guest) {
        Standing::Done(Ok(Outcome::Replied(_)), run) => run.fuel_used,
        Standing::Done(Err(error), _) => return Ok(Err(error)),
        _ => return Err("a call comes to nothing"),
    };
    Ok(Ok((answer(rooms, guest)?, fuel)))
}

type Desk = Rooms<Engine, Station<Parts>, 3>;

fn station<const GUEST: u8>(wasm: &[u8]) -> Station<Parts> {
    Station::with_bench(nanos, GUEST, wasm)
}

/// The guest's entry, and the host function, that opens the parts.
const OPEN: &str = "open";

/// What the guest answers that was refused each of its ranges, and their number.
const NONE: [u8; 4] = [0; 4];
const RANGES: u32 = 17;

/// More than a call takes.
const FUEL: u64 = 100_000;
