//! What guests may drive on a machine of the MPS2 family: two lights, an I2C bus, a UART, time.

use core::cell::Cell;

use aingle_wasm_core::{
    events::{Happened, MAX_TEXT},
    hal::{Code, Empty, Owners, Peripheral, Resources, WireI2c},
};
use critical_section::Mutex;
use embedded_hal::digital::{ErrorType, OutputPin, StatefulOutputPin};

use super::{
    machine::{Bus, Machine},
    port::{self, nanos},
    serial::Serial,
};
use crate::{Bench, time::Time};

/// The machine's parts, made anew for each use: their state is the machine's.
pub struct Parts {
    lights: [Light; 2],
    bus: WireI2c<Bus>,
    serial: Serial,
    time: Time,
}

impl Bench for Parts {
    fn lend<R>(with: impl FnOnce(&mut dyn Resources, &mut Owners) -> R) -> R {
        let mut owners = critical_section::with(|section| OWNERS.borrow(section).get());
        let done = match port::machine() {
            Some(machine) => {
                let lights = [0, 1].map(|number| Light { machine, number });
                let (bus, serial) = (WireI2c::new(machine.bus()), Serial(machine.serial()));
                let mut parts = Self { lights, bus, serial, time: Time(nanos) };
                with(&mut parts, &mut owners)
            }
            // It was not switched on yet.
            None => with(&mut Empty, &mut owners),
        };
        critical_section::with(|section| OWNERS.borrow(section).set(owners));
        done
    }

    fn happened<'r>(number: u8, room: &'r mut [u8; MAX_TEXT]) -> Option<Happened<'r>> {
        match number {
            SERIAL => Serial(port::machine()?.serial()).line(room),
            _ => None,
        }
    }

    fn forget(number: u8) {
        if let (SERIAL, Some(machine)) = (number, port::machine()) {
            Serial(machine.serial()).forget();
        }
    }
}

impl Resources for Parts {
    fn resource(&mut self, number: u8) -> Option<(&str, Peripheral<'_>)> {
        Some(match number {
            0 => ("led", Peripheral::Output(&mut self.lights[0])),
            1 => ("led1", Peripheral::Output(&mut self.lights[1])),
            2 => ("sensors", Peripheral::I2c(&mut self.bus, BUS_HZ)),
            3 => ("delay", Peripheral::Delay(&mut self.time)),
            4 => ("clock", Peripheral::Clock(&mut self.time)),
            SERIAL => ("serial", Peripheral::Uart(&mut self.serial)),
            _ => return None,
        })
    }
}

struct Light {
    machine: Machine,
    number: u8,
}

impl ErrorType for Light {
    type Error = Code;
}

impl OutputPin for Light {
    fn set_low(&mut self) -> Result<(), Code> {
        self.machine.set_light(self.number, false);
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Code> {
        self.machine.set_light(self.number, true);
        Ok(())
    }
}

impl StatefulOutputPin for Light {
    fn is_set_high(&mut self) -> Result<bool, Code> {
        Ok(self.machine.light(self.number))
    }

    fn is_set_low(&mut self) -> Result<bool, Code> {
        Ok(!self.machine.light(self.number))
    }
}

static OWNERS: Mutex<Cell<Owners>> = Mutex::new(Cell::new(Owners::new()));

/// Number of the UART.
const SERIAL: u8 = 5;

/// At most so fast: the processor drives it by itself.
const BUS_HZ: u32 = 100_000;
