//! What it takes a guest to drive a pin and a bus, on drivers that do nothing.

use aingle_wasm_backend_wasmi::Engine;
use aingle_wasm_core::{
    engine::Limits,
    guest::Guest,
    hal::{
        Account, Addresses, Code, Grant, Grants, Hal, Hardware, Name, Owners, Peripheral, Resources, Right,
    },
    host::Imports,
};
use embedded_hal::{
    digital::{self, OutputPin, StatefulOutputPin},
    i2c::{self, I2c, Operation},
};

use super::{Counter, FUEL, Failure, say};
use crate::{Compartment, compartment::Region};

/// Measures all in `region`.
pub fn all(counter: &Counter, region: Region) -> Result<(), Failure> {
    let mut compartment = Compartment::new(region);
    compartment.load(|| {
        Guest::load(Engine::default(), PULSE, LIMITS, Imports::from(&[]).with_hardware(), Bench::new())
    })?;
    for (entry, act) in [("pin", "toggle"), ("bus", "write_read 1+2")] {
        let mut answered = Ok(true);
        let mut times = |times: u8| {
            counter.mean(|| {
                let called = compartment.with(|guest: &mut Guest<Engine, Bench>| {
                    let mut entry = guest.entry(entry)?;
                    guest.call(&mut entry, &[times], FUEL, |reply| reply.is_ok())
                });
                answered = called.flatten();
            })
        };
        let [many, one] = [101, 1].map(&mut times);
        if !answered? {
            return Err(Failure::Wrong("a guest that drives hardware"));
        }
        say(format_args!("hardware {act}"), (many - one) / 100)?;
    }
    Ok(())
}

/// A pin and a bus that cost nothing.
struct Bench {
    account: Account,
    owners: Owners,
    parts: Parts,
}

struct Parts {
    high: bool,
}

impl Bench {
    fn new() -> Self {
        let mut grants = Grants::NONE;
        let sensors = Right::I2c { addresses: Addresses::default().with(0x48), hz: u32::MAX };
        for (name, right) in [("led", Right::Output), ("sensors", sensors)] {
            // Without it the guest would be refused.
            _ = Name::try_from(name).map(|name| grants.add(Grant { name, right }));
        }
        Self { account: Account::new(0, grants), owners: Owners::new(), parts: Parts { high: false } }
    }
}

impl Hardware for Bench {
    fn account(&self) -> &Account {
        &self.account
    }

    fn hal<R>(&mut self, with: impl FnOnce(Hal<'_>) -> R) -> R {
        with(Hal { resources: &mut self.parts, owners: &mut self.owners, account: &mut self.account })
    }
}

impl Resources for Parts {
    fn resource(&mut self, number: u8) -> Option<(&str, Peripheral<'_>)> {
        match number {
            0 => Some(("led", Peripheral::Output(self))),
            1 => Some(("sensors", Peripheral::I2c(self, 100_000))),
            _ => None,
        }
    }
}

impl digital::ErrorType for Parts {
    type Error = Code;
}

impl OutputPin for Parts {
    fn set_low(&mut self) -> Result<(), Code> {
        self.high = false;
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Code> {
        self.high = true;
        Ok(())
    }
}

impl StatefulOutputPin for Parts {
    fn is_set_high(&mut self) -> Result<bool, Code> {
        Ok(self.high)
    }

    fn is_set_low(&mut self) -> Result<bool, Code> {
        Ok(!self.high)
    }
}

impl i2c::ErrorType for Parts {
    type Error = Code;
}

impl I2c for Parts {
    fn transaction(&mut self, _address: u8, _operations: &mut [Operation<'_>]) -> Result<(), Code> {
        Ok(())
    }
}

const PULSE: &[u8] = include_bytes!(concat!(env!("BENCH_GUESTS"), "/pulse.wasm"));

const LIMITS: Limits = Limits { module: 16 << 10, memory: 32 << 10 };
