//! The least memory in which a guest does its work, from the first byte of its module over a link to the last answer.

use aingle_wasm_backend_wasmi::Engine;
use aingle_wasm_boards_kernels as kernels;
use aingle_wasm_core::{
    engine::{Footprint, Limits, Value},
    guest::{Delivery, Job},
    host::{self, Platform},
    link::{
        Failure as Refused, Guests, LinkError,
        guests::{Body, Part, Standing},
    },
};

use super::{
    Failure,
    loads::{KERNELS, SENSOR},
    say,
};
use crate::{
    Rooms, Station,
    bench::Nothing,
    compartment::Region,
    emulated::port,
    rooms::{Lease, Pace},
};

/// Finds it for the kernels and for the demo's guest.
pub fn all(region: Region) -> Result<(), Failure> {
    let lease = Lease {
        region,
        limits: Limits { module: 64 << 10, memory: 64 << 10 },
        imports: host::standard().into(),
        state: |_| Station::new(port::nanos),
    };
    let mut rooms = Rooms::new(Engine::default(), Pace::new(64_000_000, 1, port::nanos), [lease]);
    let room = rooms.room(0);
    for (name, work) in [("kernels", run_kernels as Work), ("sensor", judge_a_year)] {
        rooms.limit(0, room);
        work(&mut rooms)?;
        let heap = least(room.heap, |heap| {
            rooms.limit(0, Footprint { heap, ..room });
            work(&mut rooms).is_ok()
        });
        let stack = least(room.stack, |stack| {
            rooms.limit(0, Footprint { heap, stack });
            work(&mut rooms).is_ok()
        });
        let kept = (size_of::<Station>() + Station::<Nothing>::HEAP) as u32;
        say(format_args!("footprint {name} heap"), (heap + kept).into())?;
        say(format_args!("footprint {name} stack"), stack.into())?;
        say(format_args!("footprint {name}"), (heap + kept + stack).into())?;
    }
    Ok(())
}

/// The least number up to `enough` with which something works, to [`STEP`].
fn least(enough: u32, mut works: impl FnMut(u32) -> bool) -> u32 {
    let (mut too_little, mut enough) = (0, enough.div_ceil(STEP));
    while enough - too_little > 1 {
        let middle = enough.midpoint(too_little);
        if works(middle * STEP) { enough = middle } else { too_little = middle }
    }
    enough * STEP
}

/// Loads a guest and has it do all that it does.
type Work = fn(&mut Rooms<Engine, Station, 1>) -> Result<(), Refused>;

/// Each kernel once.
fn run_kernels(rooms: &mut Rooms<Engine, Station, 1>) -> Result<(), Refused> {
    load(rooms, KERNELS)?;
    for (name, argument, _) in kernels::ALL {
        rooms.begin(
            0,
            Job::Invoke { export: name, arguments: &[Value::I32(argument)] },
            false,
            super::FUEL,
        )?;
        end(rooms)?;
    }
    Ok(())
}

/// A request for each month, its answer fetched, as the demo does.
fn judge_a_year(rooms: &mut Rooms<Engine, Station, 1>) -> Result<(), Refused> {
    load(rooms, SENSOR)?;
    let mut rest = YEAR;
    while !rest.is_empty() {
        let of_month = |line: &&[u8]| line.get(..7) == rest.get(..7);
        let len = rest.split_inclusive(|byte| *byte == b'\n').take_while(of_month).map(<[u8]>::len).sum();
        let (month, others) = rest.split_at(len);
        store(rooms, Body::Request, month)?;
        let job = Job::Call { entry: "sensor", request: &[], delivery: Delivery::Call };
        rooms.begin(0, job, true, super::FUEL)?;
        end(rooms)?;
        rooms.lend(0, 0, &mut |_| ())?;
        rest = others;
    }
    Ok(())
}

fn load(rooms: &mut Rooms<Engine, Station, 1>, wasm: &[u8]) -> Result<(), Refused> {
    store(rooms, Body::Module, wasm)?;
    rooms.load(0).map(drop)
}

/// In parts as a link's frames have them.
fn store(rooms: &mut Rooms<Engine, Station, 1>, body: Body, bytes: &[u8]) -> Result<(), Refused> {
    for (at, part) in bytes.chunks(PART).enumerate() {
        let (total, offset) = (bytes.len() as u32, (at * PART) as u32);
        rooms.store(0, Part { body, total, offset, bytes: part })?;
    }
    Ok(())
}

/// Works on the job until it has ended well.
fn end(rooms: &mut Rooms<Engine, Station, 1>) -> Result<(), Refused> {
    while rooms.turn() {}
    match rooms.standing(0) {
        Standing::Done(Ok(_), _) => Ok(()),
        Standing::Done(Err(error), _) => Err(error.into()),
        _ => Err(LinkError::NoJob.into()),
    }
}

/// How exact it is, in bytes.
const STEP: u32 = 64;

/// Bytes of a part.
const PART: usize = 1024;

/// Hourly temperatures.
static YEAR: &[u8] = include_bytes!(concat!(env!("BENCH_GUESTS"), "/year.csv"));
