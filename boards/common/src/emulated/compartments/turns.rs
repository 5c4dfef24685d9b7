//! Guests that share a machine, under a watchdog: one that never ends, one that always fails, and one that is of use.

use core::fmt::Write as _;

use aingle_wasm_backend_wasmi::Engine;
use aingle_wasm_core::{
    engine::Limits,
    error::{CallError, Error, Trap},
    guest::{Delivery, Job},
    host::{Cost, Import, Imports, Platform},
    link::{
        FaultPolicy, Guests, Heap, LinkError, Terms,
        guests::{Body, Standing},
        supervisor::State,
    },
    log::Log,
};
use aingle_wasm_tests::guests::WORKER;
use static_cell::ConstStaticCell;

use super::{Console, Done, arguments, losses, memory, watch};
use crate::{
    Room, Rooms,
    emulated::calls::{answer, begin, finish, send},
    rooms::{Agenda, Lease, Pace},
};

pub type Three = Rooms<Engine, Log, 3>;

/// Rooms for guests that share a machine, once.
pub fn rooms<T: Platform + Send, A: Agenda>(
    pace: Pace,
    imports: Imports<T>,
    states: [fn(&[u8]) -> T; 3],
) -> Rooms<Engine, T, 3, A> {
    #[allow(unsafe_code)]
    // SAFETY: nothing here keeps what a guest made.
    let [first, second, third] = ROOMS.take().each_mut().map(|room| unsafe { room.open() });
    let lease = |region, state| Lease { region, limits: LIMITS, imports: imports.clone(), state };
    let leases = [lease(first, states[0]), lease(second, states[1]), lease(third, states[2])];
    Rooms::new(Engine::default(), pace, leases)
}

/// The same for guests that log, and whose host function `panic` has them abandoned.
pub fn abandoned_rooms(pace: Pace) -> Three {
    rooms(pace, IMPORTS.into(), [|_| Log::new(); 3])
}

/// Slices on a board with that clock.
pub const fn pace(nanos: fn() -> Option<u64>) -> Pace {
    Pace::new(HERTZ, SLICE, nanos)
}

/// Does all of it; `heap` says how full the host's heap is.
pub fn all(heap: fn() -> Heap) -> Done {
    let pace = pace(watch::nanos).fed(&watch::ALLOWANCE, watch::INSTRUCTIONS, 0);
    let mut rooms = abandoned_rooms(pace);
    let before = heap();
    for guest in 0..3 {
        rooms.install(guest, WORKER, Terms::default()).map_err(|_| "a guest does not load")?;
    }
    share(&mut rooms)?;
    weights(&mut rooms)?;
    cancel(&mut rooms)?;
    policies(&mut rooms)?;
    abandonments(&mut rooms)?;
    memory::all(&mut rooms, USEFUL)?;
    losses::all(&mut rooms)?;
    cycles(&mut rooms, arguments::number(1).unwrap_or(CYCLES))?;
    idle(pace);
    match heap().used == before.used && watch::is_alive() {
        true => Ok(()),
        false => Err("the host's heap, or its watchdog, is not as it was"),
    }
}

/// The board waits for its link, for several periods of its watchdog.
fn idle(pace: Pace) {
    pace.rest();
    let until = now() + IDLE;
    while now() < until {}
    pace.wake();
}

/// The useful one answers within its share, whatever the others do.
fn share(rooms: &mut Three) -> Done {
    for (what, trouble) in [("loops", "hang"), ("fills 64 KiB", "fill")] {
        begin(rooms, LOOPING, trouble, &[], u64::MAX)?;
        let (mut longest, mut latest, mut most) = (0, 0, 0);
        for round in 0..ROUNDS {
            if let Standing::Idle | Standing::Done(..) = rooms.standing(FAILING) {
                begin(rooms, FAILING, "crash", &[], FUEL)?;
            }
            // It is asked just when another's turn begins.
            let asked = now();
            rooms.turn();
            begin(rooms, USEFUL, "work", &(1 + round * 300).to_le_bytes(), FUEL)?;
            let mut turns = 1;
            while let Standing::Underway(_) = rooms.standing(USEFUL) {
                let began = now();
                rooms.turn();
                longest = longest.max(now() - began);
                turns += 1;
            }
            let Standing::Done(Ok(_), run) = rooms.standing(USEFUL) else { return Err("no answer") };
            let (latency, own) = (now() - asked, run.nanos.unwrap_or(0));
            let slices = own.div_ceil(slice()).max(1);
            most = most.max(turns);
            latest = latest.max(latency.saturating_sub(own) / slices);
        }
        let Standing::Done(Err(Error::Trap(Trap::Unreachable)), _) = rooms.standing(FAILING) else {
            return Err("a guest that fails does not");
        };
        print(format_args!(
            "useful beside one that {what} and one that fails: {ROUNDS} answers in at most {most} turns; a turn takes at \
             most {}, and each of its own slices waits at most {}",
            Milliseconds(longest),
            Milliseconds(latest)
        ));
        if latest > 3 * slice() || longest > 2 * slice() {
            return Err("the useful guest waits too long");
        }
        rooms.cancel(LOOPING);
    }
    Ok(())
}

/// Who weighs three times as much gets three times as many slices.
fn weights(rooms: &mut Three) -> Done {
    rooms.supervisor(USEFUL).keep(Terms { weight: 3, ..Terms::default() });
    for guest in [LOOPING, USEFUL] {
        begin(rooms, guest, "hang", &[], u64::MAX)?;
    }
    for _ in 0..400 {
        rooms.turn();
    }
    let used = [LOOPING, USEFUL].map(|guest| match rooms.standing(guest) {
        Standing::Underway(fuel) => fuel,
        _ => 0,
    });
    for guest in [LOOPING, USEFUL] {
        rooms.cancel(guest);
    }
    rooms.supervisor(USEFUL).keep(Terms::default());
    print(format_args!("weights 1 and 3: {} and {} units of fuel", used[0], used[1]));
    // The first slice of each is of none of the turns.
    if used[1].abs_diff(3 * used[0]) < used[0] / 10 { Ok(()) } else { Err("weights are not kept") }
}

/// A job is cancelled between two slices; the next one is right.
fn cancel(rooms: &mut Three) -> Done {
    for turns in 0..20 {
        begin(rooms, LOOPING, "hang", &[], u64::MAX)?;
        for _ in 0..turns {
            rooms.turn();
        }
        let again = rooms.begin(LOOPING, call("work"), false, FUEL);
        if again != Err(CallError::Busy.into()) {
            return Err("a busy guest takes a job");
        }
        rooms.cancel(LOOPING);
        if !matches!(rooms.standing(LOOPING), Standing::Idle) {
            return Err("a job is not cancelled");
        }
        work(rooms, LOOPING)?;
    }
    print(format_args!("jobs cancelled between slices: 20, the next one right each time"));
    Ok(())
}

/// What follows a trap is what the guest's terms say.
fn policies(rooms: &mut Three) -> Done {
    let fail = |rooms: &mut Three, policy| {
        rooms.supervisor(FAILING).keep(Terms { policy, ..Terms::default() });
        begin(rooms, FAILING, "crash", &[], FUEL)
    };
    let refused = |rooms: &mut Three| rooms.begin(FAILING, call("crash"), false, FUEL);

    // It ends the row of its faults, by which a rest would be longer.
    work(rooms, FAILING)?;
    fail(rooms, FaultPolicy::Restart { back_off: 50 })?;
    let failed = now();
    if refused(rooms) != Err(CallError::Resting.into()) {
        return Err("a guest does not rest");
    }
    while rooms.supervisor(FAILING).health(watch::nanos()).state != State::Well {}
    if !(45_000_000..55_000_000).contains(&(now() - failed)) {
        return Err("a guest rests too long or too short");
    }
    work(rooms, FAILING)?;

    fail(rooms, FaultPolicy::Ask)?;
    if refused(rooms) != Err(CallError::Resting.into()) {
        return Err("a guest does not wait for the word");
    }
    rooms.supervisor(FAILING).revive();
    work(rooms, FAILING)?;

    fail(rooms, FaultPolicy::Stop)?;
    rooms.supervisor(FAILING).revive();
    if refused(rooms) != Err(CallError::Stopped.into()) {
        return Err("a guest is not stopped");
    }
    rooms.install(FAILING, WORKER, Terms::default()).map_err(|_| "a stopped guest does not load")?;
    work(rooms, FAILING)?;
    print(format_args!("after a trap: restarted after its rest, asked about, stopped"));
    Ok(())
}

/// A guest in flash that is abandoned is loaded again, but not for ever.
fn abandonments(rooms: &mut Three) -> Done {
    let panic = |rooms: &mut Three| begin(rooms, FAILING, "panic", &[], FUEL);
    for _ in 0..2 {
        panic(rooms)?;
        panic(rooms)?;
        // A good job ends the row.
        work(rooms, FAILING)?;
    }
    for _ in 0..3 {
        panic(rooms)?;
    }
    if panic(rooms).is_ok() || rooms.abandoned(FAILING).panic != 7 {
        return Err("a guest is not stopped after three abandonments in a row");
    }
    work(rooms, USEFUL)?;
    print(format_args!(
        "a guest that is abandoned again and again: 7 times, then stopped; its neighbours are well"
    ));
    Ok(())
}

/// Guests come and go, over the link's own path; nothing is left of them.
fn cycles(rooms: &mut Three, cycles: u64) -> Done {
    rooms.unload(USEFUL);
    let mut peak = None;
    for cycle in 0..cycles {
        send(rooms, USEFUL, Body::Module, WORKER).map_err(|_| "a part is not stored")?;
        rooms.load(USEFUL).map_err(|_| "a guest does not load")?;
        work(rooms, USEFUL)?;
        // Every other guest is replaced, not unloaded.
        if cycle % 2 == 0 {
            rooms.unload(USEFUL);
            if rooms.heap(USEFUL).used != 0 {
                return Err("a guest that is gone left something");
            }
        } else if *peak.get_or_insert(rooms.heap(USEFUL).peak) != rooms.heap(USEFUL).peak {
            return Err("guests need more and more");
        }
    }
    rooms.unload(USEFUL);
    if rooms.begin(USEFUL, call("work"), false, FUEL) != Err(LinkError::NoGuest.into()) {
        return Err("a guest that is gone takes a job");
    }
    print(format_args!("guests that came and went: {cycles}, nothing is left"));
    Ok(())
}

/// A short job, whose answer is right.
pub(super) fn work(rooms: &mut Three, guest: u8) -> Done {
    begin(rooms, guest, "work", &10_u32.to_le_bytes(), FUEL)?;
    finish(rooms, guest);
    let expected = (1..=10).rev().fold(0_u32, |sum, left| sum.wrapping_mul(31).wrapping_add(left));
    if answer(rooms, guest)? == expected.to_le_bytes() { Ok(()) } else { Err("an answer is wrong") }
}

pub(super) const fn call(entry: &str) -> Job<'_> {
    Job::Call { entry, request: &[], delivery: Delivery::Call }
}

fn now() -> u64 {
    watch::nanos().unwrap_or(0)
}

/// A slice, in nanoseconds of the emulator's clock.
const fn slice() -> u64 {
    SLICE as u64 * HERTZ as u64 / 1000 * watch::NANOS_PER_INSTRUCTION
}

/// A time on the emulator's clock, as a processor of [`HERTZ`] would have it.
struct Milliseconds(u64);

impl core::fmt::Display for Milliseconds {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let micros = self.0 / watch::NANOS_PER_INSTRUCTION / (HERTZ as u64 / 1_000_000);
        write!(f, "{}.{:02} ms", micros / 1000, micros / 10 % 100)
    }
}

fn print(line: core::fmt::Arguments<'_>) {
    // The exit code says whether all is well when the console cannot.
    let _ = writeln!(Console, "{line}");
}

const LOOPING: u8 = 0;
pub(super) const FAILING: u8 = 1;
pub(super) const USEFUL: u8 = 2;

const ROUNDS: u32 = 100;

/// Guests that come and go, unless the command line says how many.
const CYCLES: u64 = 300;

/// Nanoseconds of the emulator's clock: 30 million instructions.
const IDLE: u64 = 30_000_000 * watch::NANOS_PER_INSTRUCTION;

/// More than the longest job takes.
pub(super) const FUEL: u64 = 10_000_000;

/// What time is reckoned by, and a slice's milliseconds.
const HERTZ: u32 = 64_000_000;
const SLICE: u32 = 1;

const LIMITS: Limits = Limits { module: 64 << 10, memory: 80 << 10 };

const IMPORTS: &[Import<Log>] = &[Import::new("panic", 0, Cost::STANDARD, |_, _, _| panic!())];

static ROOMS: ConstStaticCell<[Room<{ 128 << 10 }, { 24 << 10 }>; 3]> =
    ConstStaticCell::new([const { Room::new() }; 3]);
