//! The host functions of module `aingle_hal`.

use super::{Code, Grants, Hal, Kind, operations::List};
use crate::{host::Registers, memory::GuestSlice};

/// A host function for hardware. Each takes and gives `i32`s; a negative answer is a [`Code`] with its sign turned.
///
/// | name | arguments | answer | fuel |
/// |---|---|---|---|
/// | `open` | [`Kind`], address and length of the name | a handle | 40 |
/// | `pin_set` | handle, 0 low, 1 high, 2 the other level | 0 | 20 |
/// | `pin_read` | handle of an output or input | its level | 20 |
/// | `i2c_transaction` | handle, address of 7 bits, list of [operations](super::operations), their number | 0 | 40, 8 a byte |
/// | `spi_transaction` | handle, list of operations, their number | 0 | 40, 2 a byte, 1 a microsecond |
/// | `delay` | handle, nanoseconds: low half, high half | 0 | 20, 1 a microsecond |
/// | `clock_read` | handle, where to put the microseconds, a `u64` | 0 | 20 |
/// | `pwm_max`, `adc_max` | handle | the largest value | 20 |
/// | `pwm_set` | handle, value up to the largest | 0 | 20 |
/// | `adc_read` | handle | the value | 40 |
/// | `uart_read` | handle, address, length | bytes read, at least one | 40, 8 a byte of the length |
/// | `uart_write` | handle, address, length | bytes written | 40, 8 a byte of the length |
/// | `uart_flush` | handle | 0 | 40 |
/// | `uart_ready` | handle | 1 if there is something to read, else 0 | 20 |
///
/// A function is offered to guests with a grant of a kind that it is for.
pub struct Function {
    name: &'static str,
    parameters: usize,
    kinds: &'static [Kind],
    cost: Cost,
    act: Act,
}

type Act = fn(&mut Hal<'_>, &mut [u8], Registers) -> Result<u32, Code>;

/// Units of fuel, charged before anything is done.
enum Cost {
    Fixed(u64),
    /// What depends on arguments, or on what they point to.
    Of(fn(&[u8], Registers) -> u64),
}

impl Function {
    /// The function of that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        FUNCTIONS.iter().find(|function| function.name == name)
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn parameters(&self) -> usize {
        self.parameters
    }

    /// Whether there is a grant that it is for.
    pub fn is_granted(&self, grants: &Grants) -> bool {
        self.kinds.iter().any(|kind| grants.has(*kind))
    }

    /// Kinds of resources that it is for.
    pub fn kinds(&self) -> &'static [Kind] {
        self.kinds
    }

    pub(crate) fn fixed_cost(&self) -> Option<u64> {
        match self.cost {
            Cost::Fixed(units) => Some(units),
            Cost::Of(_) => None,
        }
    }

    pub(crate) fn cost(&self, memory: &[u8], registers: Registers) -> u64 {
        match self.cost {
            Cost::Fixed(units) => units,
            Cost::Of(cost) => cost(memory, registers),
        }
    }

    /// Does it; what comes out is the guest's answer.
    pub(crate) fn act(&self, mut hal: Hal<'_>, memory: &mut [u8], registers: Registers) -> i32 {
        match (self.act)(&mut hal, memory, registers) {
            Ok(answer) => answer as i32,
            Err(code) => {
                hal.account.count(code);
                code.to_guest()
            }
        }
    }
}

const FUNCTIONS: &[Function] = &[
    Function {
        name: "open",
        parameters: 3,
        kinds: &Kind::ALL,
        cost: Cost::Fixed(BASE),
        act: |hal, memory, [kind, name, len, _]| hal.open(memory, kind, GuestSlice::new(name, len)),
    },
    Function {
        name: "pin_set",
        parameters: 2,
        kinds: &[Kind::Output],
        cost: Cost::Fixed(SHORT),
        act: |hal, _, [handle, level, ..]| hal.pin_set(handle, level),
    },
    Function {
        name: "pin_read",
        parameters: 1,
        kinds: &[Kind::Output, Kind::Input],
        cost: Cost::Fixed(SHORT),
        act: |hal, _, [handle, ..]| hal.pin_read(handle),
    },
    Function {
        name: "i2c_transaction",
        parameters: 4,
        kinds: &[Kind::I2c],
        cost: Cost::Of(|memory, [_, _, list, count]| {
            let (bytes, _) = List::new(list, count).size(memory);
            BASE + SLOW_BYTE * bytes
        }),
        act: |hal, memory, [handle, address, list, count]| {
            hal.i2c(memory, handle, address, List::new(list, count))
        },
    },
    Function {
        name: "spi_transaction",
        parameters: 3,
        kinds: &[Kind::Spi],
        cost: Cost::Of(|memory, [_, list, count, _]| {
            let (bytes, nanos) = List::new(list, count).size(memory);
            BASE + FAST_BYTE * bytes + nanos / NANOS
        }),
        act: |hal, memory, [handle, list, count, _]| hal.spi(memory, handle, List::new(list, count)),
    },
    Function {
        name: "delay",
        parameters: 3,
        kinds: &[Kind::Delay],
        cost: Cost::Of(|_, [_, low, high, _]| SHORT + nanos(low, high) / NANOS),
        act: |hal, _, [handle, low, high, _]| hal.delay(handle, nanos(low, high)),
    },
    Function {
        name: "clock_read",
        parameters: 2,
        kinds: &[Kind::Clock],
        cost: Cost::Fixed(SHORT),
        act: |hal, memory, [handle, place, ..]| hal.clock_read(memory, handle, GuestSlice::new(place, 8)),
    },
    Function {
        name: "pwm_max",
        parameters: 1,
        kinds: &[Kind::Pwm],
        cost: Cost::Fixed(SHORT),
        act: |hal, _, [handle, ..]| hal.pwm_max(handle),
    },
    Function {
        name: "pwm_set",
        parameters: 2,
        kinds: &[Kind::Pwm],
        cost: Cost::Fixed(SHORT),
        act: |hal, _, [handle, duty, ..]| hal.pwm_set(handle, duty),
    },
    Function {
        name: "adc_max",
        parameters: 1,
        kinds: &[Kind::Adc],
        cost: Cost::Fixed(SHORT),
        act: |hal, _, [handle, ..]| hal.adc_max(handle),
    },
    Function {
        name: "adc_read",
        parameters: 1,
        kinds: &[Kind::Adc],
        cost: Cost::Fixed(BASE),
        act: |hal, _, [handle, ..]| hal.adc_read(handle),
    },
    Function {
        name: "uart_read",
        parameters: 3,
        kinds: &[Kind::Uart],
        cost: Cost::Of(|_, [_, _, len, _]| BASE + SLOW_BYTE * u64::from(len)),
        act: |hal, memory, [handle, ptr, len, _]| hal.uart_read(memory, handle, GuestSlice::new(ptr, len)),
    },
    Function {
        name: "uart_write",
        parameters: 3,
        kinds: &[Kind::Uart],
        cost: Cost::Of(|_, [_, _, len, _]| BASE + SLOW_BYTE * u64::from(len)),
        act: |hal, memory, [handle, ptr, len, _]| hal.uart_write(memory, handle, GuestSlice::new(ptr, len)),
    },
    Function {
        name: "uart_flush",
        parameters: 1,
        kinds: &[Kind::Uart],
        cost: Cost::Fixed(BASE),
        act: |hal, _, [handle, ..]| hal.uart_flush(handle),
    },
    Function {
        name: "uart_ready",
        parameters: 1,
        kinds: &[Kind::Uart],
        cost: Cost::Fixed(SHORT),
        act: |hal, _, [handle, ..]| hal.uart_ready(handle),
    },
];

fn nanos(low: u32, high: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

/// Units for a look at a register or a turn of one.
const SHORT: u64 = 20;

/// Units for a call that has something to look up or to set up.
const BASE: u64 = 40;

/// Units for a byte on a bus of some hundred kHz, bit by bit where a board must.
const SLOW_BYTE: u64 = 8;

/// Units for a byte on a bus of some MHz.
const FAST_BYTE: u64 = 2;

/// Nanoseconds of waiting for a unit.
const NANOS: u64 = 1000;
