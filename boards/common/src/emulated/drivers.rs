//! Host functions whose driver fails: behind each that a firmware offers it panics, faults, and calls itself for ever. That
//! costs the guest which called it, and the next one finds every part free and as good as new.

use core::{
    cell::Cell,
    fmt::Write as _,
    sync::atomic::{AtomicU8, Ordering},
};

use aingle_wasm_backend_wasmi::Engine;
use aingle_wasm_core::{
    error::{Abstain, Error},
    guest::{Delivery, Job, Outcome},
    hal::{Adc, Clock, Code, Function, Kind, Owners, Peripheral, Resources},
    host::{self, Imports},
    link::{Guests, Heap, Terms, guests::Standing},
};
use aingle_wasm_tests::guests::DRIVES;
use critical_section::Mutex;
use embedded_hal::{
    delay::DelayNs,
    digital::{self, InputPin, OutputPin, StatefulOutputPin},
    i2c::{self, I2c},
    pwm::{self, SetDutyCycle},
    spi::{self, SpiDevice},
};

use super::{
    Console,
    compartments::{deepen, pace, rooms},
    end, exit, machine,
};
use crate::{Bench, Rooms, Station};

/// Has every driver fail in every way, with interrupts all the while, and ends the machine. `heap` says how full the host's
/// heap is.
pub fn run(heap: fn() -> Heap) -> ! {
    machine::tick();
    let done = fail(heap);
    // The emulator's exit code says the same when nobody reads the line.
    let _ = match done {
        Ok(()) => writeln!(Console, "after each the host is well, and the next guest answered: 0 resets"),
        Err(what) => writeln!(Console, "FAILED: {what}"),
    };
    end(if done.is_ok() { exit::DONE } else { exit::FAILED })
}

fn fail(heap: fn() -> Heap) -> Result<(), &'static str> {
    let imports = Imports::from(host::standard()).with_hardware();
    let mut rooms: Desk = rooms(pace(|| None), imports, [station::<0>, station::<1>, station::<2>]);
    let before = heap().used;
    let mut guests = (0..3).cycle();
    for (what, failure, reason) in [
        ("panics", PANICS, Abstain::Panic),
        ("faults", FAULTS, Abstain::Engine),
        ("calls itself for ever", RECURS, Abstain::Stack),
    ] {
        let mut failed = 0;
        for name in functions() {
            let Some(guest) = guests.next() else { break };
            one(&mut rooms, guest, name, failure, reason).inspect_err(|_| {
                // What is wrong is said in any case.
                let _ = writeln!(Console, "{name}, whose driver {what}:");
            })?;
            if rooms.heap(guest).used != 0 || heap().used != before {
                return Err("something is left of a guest");
            }
            failed += 1;
        }
        // The exit code says whether all is well when the console cannot.
        let _ = writeln!(Console, "host functions whose driver {what}: {failed}, each guest abandoned");
    }
    Ok(())
}

/// Every host function behind which there is something of a board's, as the guest calls its entries.
fn functions() -> impl Iterator<Item = &'static str> {
    ["log", "time"].into_iter().chain(Function::ALL.iter().map(Function::name))
}

/// Has the driver behind `name` fail for a guest, which comes back as good as new.
fn one(rooms: &mut Desk, guest: u8, name: &str, failure: u8, reason: Abstain) -> Result<(), &'static str> {
    rooms.install(guest, DRIVES, Terms::default()).map_err(|_| "a guest does not load")?;
    let expected = clean(rooms, guest, name)?;
    // Afresh, for what is open is not looked for again.
    rooms.install(guest, DRIVES, Terms::default()).map_err(|_| "a guest does not load")?;
    if name != OPEN {
        call(rooms, guest, OPEN)?.map_err(|_| "parts are not free")?;
    }
    FAILURE.store(failure, Ordering::Relaxed);
    let ended = call(rooms, guest, name);
    FAILURE.store(NONE, Ordering::Relaxed);
    if ended? != Err(reason.into()) {
        return Err("a guest is not abandoned for what its driver does");
    }
    if clean(rooms, guest, name)? != expected {
        return Err("a guest that comes back is answered otherwise");
    }
    rooms.unload(guest);
    Ok(())
}

/// Opens every part, and calls the function: what the guest answers, and the fuel of the call.
fn clean(rooms: &mut Desk, guest: u8, name: &str) -> Result<([u8; 4], u64), &'static str> {
    let opened = call(rooms, guest, OPEN)?.map_err(|_| "parts are not free")?;
    let answer = if name == OPEN { opened } else { call(rooms, guest, name)?.map_err(|_| "no answer")? };
    if i32::from_le_bytes(answer.0) < 0 { Err("a host function is refused") } else { Ok(answer) }
}

type Answer = Result<([u8; 4], u64), Error>;

fn call(rooms: &mut Desk, guest: u8, entry: &str) -> Result<Answer, &'static str> {
    let job = Job::Call { entry, request: &[], delivery: Delivery::Call };
    rooms.begin(guest, job, false, FUEL).map_err(|_| "a guest is not called")?;
    let fuel = loop {
        match rooms.standing(guest) {
            Standing::Underway(_) => _ = rooms.turn(),
            Standing::Done(Ok(Outcome::Replied(_)), run) => break run.fuel_used,
            Standing::Done(Err(error), _) => return Ok(Err(error)),
            _ => return Err("a call comes to nothing"),
        }
    };
    let mut answer = None;
    let lent = rooms.lend(guest, 0, &mut |bytes| answer = bytes.try_into().ok());
    let answer = answer.filter(|_| lent.is_ok()).ok_or("an answer has another length")?;
    Ok(Ok((answer, fuel)))
}

type Desk = Rooms<Engine, Station<Parts>, 3>;

fn station<const GUEST: u8>(wasm: &[u8]) -> Station<Parts> {
    Station::with_bench(micros, GUEST, wasm)
}

/// The clock behind the log and the time.
fn micros() -> Option<u64> {
    drive();
    Some(0)
}

/// A bench with a part of each kind, which all bear one name.
struct Parts;

/// What each part does first.
fn drive() {
    match FAILURE.load(Ordering::Relaxed) {
        PANICS => panic!(),
        FAULTS => machine::fault(),
        RECURS => _ = deepen(1.5),
        _ => {}
    }
}

impl Bench for Parts {
    fn lend<R>(with: impl FnOnce(&mut dyn Resources, &mut Owners) -> R) -> R {
        let mut owners = critical_section::with(|section| OWNERS.borrow(section).get());
        let done = with(&mut Self, &mut owners);
        critical_section::with(|section| OWNERS.borrow(section).set(owners));
        done
    }
}

impl Resources for Parts {
    /// Asked for while a part is opened, and then no more.
    fn name(&self, number: u8) -> Option<&str> {
        drive();
        Kind::from_number(number.into()).map(|_| "part")
    }

    fn peripheral(&mut self, number: u8) -> Option<Peripheral<'_>> {
        Some(match Kind::from_number(number.into())? {
            Kind::Output => Peripheral::Output(self),
            Kind::Input => Peripheral::Input(self),
            Kind::I2c => Peripheral::I2c(self, 100_000),
            Kind::Spi => Peripheral::Spi(self, 100_000),
            Kind::Delay => Peripheral::Delay(self),
            Kind::Clock => Peripheral::Clock(self),
            Kind::Pwm => Peripheral::Pwm(self),
            Kind::Adc => Peripheral::Adc(self),
            Kind::Uart => Peripheral::Uart(self),
        })
    }
}

impl digital::ErrorType for Parts {
    type Error = Code;
}

impl OutputPin for Parts {
    fn set_low(&mut self) -> Result<(), Code> {
        drive();
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Code> {
        drive();
        Ok(())
    }
}

impl StatefulOutputPin for Parts {
    fn is_set_high(&mut self) -> Result<bool, Code> {
        drive();
        Ok(true)
    }

    fn is_set_low(&mut self) -> Result<bool, Code> {
        drive();
        Ok(false)
    }
}

impl InputPin for Parts {
    fn is_high(&mut self) -> Result<bool, Code> {
        drive();
        Ok(true)
    }

    fn is_low(&mut self) -> Result<bool, Code> {
        drive();
        Ok(false)
    }
}

impl i2c::ErrorType for Parts {
    type Error = Code;
}

impl I2c for Parts {
    fn transaction(&mut self, _address: u8, _operations: &mut [i2c::Operation<'_>]) -> Result<(), Code> {
        drive();
        Ok(())
    }
}

impl spi::ErrorType for Parts {
    type Error = Code;
}

impl SpiDevice for Parts {
    fn transaction(&mut self, _operations: &mut [spi::Operation<'_, u8>]) -> Result<(), Code> {
        drive();
        Ok(())
    }
}

impl DelayNs for Parts {
    fn delay_ns(&mut self, _nanos: u32) {
        drive();
    }
}

impl Clock for Parts {
    fn micros(&mut self) -> u64 {
        drive();
        0
    }
}

impl pwm::ErrorType for Parts {
    type Error = Code;
}

impl SetDutyCycle for Parts {
    fn max_duty_cycle(&self) -> u16 {
        drive();
        1
    }

    fn set_duty_cycle(&mut self, _duty: u16) -> Result<(), Code> {
        drive();
        Ok(())
    }
}

impl Adc for Parts {
    fn read(&mut self) -> Result<u16, Code> {
        drive();
        Ok(1)
    }

    fn max(&self) -> u16 {
        drive();
        1
    }
}

impl embedded_io::ErrorType for Parts {
    type Error = Code;
}

impl embedded_io::Read for Parts {
    fn read(&mut self, room: &mut [u8]) -> Result<usize, Code> {
        drive();
        room.fill(b'a');
        Ok(room.len())
    }
}

impl embedded_io::ReadReady for Parts {
    fn read_ready(&mut self) -> Result<bool, Code> {
        drive();
        Ok(true)
    }
}

impl embedded_io::Write for Parts {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Code> {
        drive();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Code> {
        drive();
        Ok(())
    }
}

/// How drivers fail: one of those below.
static FAILURE: AtomicU8 = AtomicU8::new(NONE);

const NONE: u8 = 0;
const PANICS: u8 = 1;
const FAULTS: u8 = 2;
const RECURS: u8 = 3;

static OWNERS: Mutex<Cell<Owners>> = Mutex::new(Cell::new(Owners::new()));

/// The guest's entry, and the host function, that opens the parts.
const OPEN: &str = "open";

/// More than a call takes.
const FUEL: u64 = 100_000;
