//! A bench whose drivers fail as they are told.

use core::cell::Cell;

use aingle_wasm_core::hal::{Adc, Clock, Code, Kind, Owners, Peripheral, Resources};
use critical_section::Mutex;
use embedded_hal::{
    delay::DelayNs,
    digital::{self, InputPin, OutputPin, StatefulOutputPin},
    i2c::{self, I2c},
    pwm::{self, SetDutyCycle},
    spi::{self, SpiDevice},
};

use super::super::{compartments::deepen, machine};
use crate::{Bench, shelf::Shelf};

/// How a driver fails.
#[derive(Clone, Copy)]
pub enum Failure {
    Panic,
    Fault,
    Recursion,
}

/// A part of each kind, which all bear one name.
pub struct Parts;

impl Parts {
    /// Lends them to guests from now on.
    pub fn install() {
        SHELF.put(Self);
    }

    /// Has every driver fail while something is done.
    pub fn failing<R>(how: Failure, act: impl FnOnce() -> R) -> R {
        let fail = |how| critical_section::with(|section| FAILURE.borrow(section).set(how));
        fail(Some(how));
        let done = act();
        fail(None);
        done
    }
}

/// What each driver does first.
fn drive() {
    match critical_section::with(|section| FAILURE.borrow(section).get()) {
        None => {}
        Some(Failure::Panic) => panic!(),
        Some(Failure::Fault) => machine::fault(),
        Some(Failure::Recursion) => _ = deepen(1.5),
    }
}

/// The clock behind the log and the time.
pub fn nanos() -> Option<u64> {
    drive();
    Some(0)
}

impl Bench for Parts {
    fn lend<R>(with: impl FnOnce(&mut dyn Resources, &mut Owners) -> R) -> R {
        let Some(done) = SHELF.lend(|parts, owners| with(parts, owners)) else {
            panic!("guests come after it")
        };
        done
    }
}

impl Resources for Parts {
    /// Asked for when a guest is loaded, and when it opens a part.
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

static SHELF: Shelf<Parts> = Shelf::new();

/// How drivers fail.
static FAILURE: Mutex<Cell<Option<Failure>>> = Mutex::new(Cell::new(None));
