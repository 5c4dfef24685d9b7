//! The host functions of module `aingle_hal`.

use super::{
    Account, Code, Grants, Hal, Kind,
    operations::{List, MAX_BYTES},
};
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
/// | `delay` | handle, nanoseconds: low half, high half | 0 | 20, 1 a microsecond unless it is refused |
/// | `clock_read` | handle, where to put the microseconds, a `u64` | 0 | 20 |
/// | `pwm_max`, `adc_max` | handle | the largest value | 20 |
/// | `pwm_set` | handle, value up to the largest | 0 | 20 |
/// | `adc_read` | handle | the value | 40 |
/// | `uart_read` | handle, address, length | bytes read, at least one, at most 4,096 | 40, 8 a byte of the length |
/// | `uart_write` | handle, address, length | bytes written, at most 4,096 | 40, 8 a byte of the length |
/// | `uart_flush` | handle | 0 | 40 |
/// | `uart_ready` | handle | 1 if there is something to read, else 0 | 20 |
///
/// A function is offered to guests with a grant of a kind that it is for. One that may wait, for a bus, a port, or time,
/// does so once in a slice of a call, and no longer than its arguments and [`MAX_BYTES`](super::operations::MAX_BYTES)
/// let it.
pub struct Function {
    name: &'static str,
    /// What stands for it among a guest's host calls.
    mark: u32,
    parameters: usize,
    kinds: &'static [Kind],
    cost: Cost,
    /// Whether it is done on the guest's memory too, which is dearer.
    of_memory: bool,
    act: Act,
}

/// What is done. A function that is not of memory gets none.
type Act = fn(&mut Hal<'_>, &mut [u8], &Registers) -> Result<u32, Code>;

/// Units of fuel, charged before anything is done.
enum Cost {
    Fixed(u64),
    /// What depends on arguments, on what they point to, and on what the guest was granted. Such a function may wait for
    /// the hardware, and is the last of its slice.
    Of(fn(&Account, &[u8], &Registers) -> u64),
}

impl Function {
    const fn new(
        name: &'static str,
        parameters: usize,
        kinds: &'static [Kind],
        cost: Cost,
        act: Act,
    ) -> Self {
        Self { name, mark: mark(name), parameters, kinds, cost, of_memory: false, act }
    }

    const fn of_memory(self) -> Self {
        Self { of_memory: true, ..self }
    }

    /// The function of that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        FUNCTIONS.iter().find(|function| function.name == name)
    }

    pub(crate) fn mark(&self) -> u32 {
        self.mark
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

    /// Whether it needs the guest's memory.
    pub(crate) fn is_of_memory(&self) -> bool {
        self.of_memory
    }

    pub(crate) fn fixed_cost(&self) -> Option<u64> {
        match self.cost {
            Cost::Fixed(units) => Some(units),
            Cost::Of(_) => None,
        }
    }

    pub(crate) fn cost(&self, account: &Account, memory: &[u8], registers: &Registers) -> u64 {
        match self.cost {
            Cost::Fixed(units) => units,
            Cost::Of(cost) => cost(account, memory, registers),
        }
    }

    /// Does it; what comes out is the guest's answer.
    pub(crate) fn act(&self, mut hal: Hal<'_>, memory: &mut [u8], registers: &Registers) -> i32 {
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
    Function::new("open", 3, &Kind::ALL, Cost::Fixed(BASE), |hal, memory, &[kind, name, len, _]| {
        hal.open(memory, kind, GuestSlice::new(name, len))
    })
    .of_memory(),
    Function::new("pin_set", 2, &[Kind::Output], Cost::Fixed(SHORT), |hal, _, &[handle, level, ..]| {
        hal.pin_set(handle, level)
    }),
    Function::new(
        "pin_read",
        1,
        &[Kind::Output, Kind::Input],
        Cost::Fixed(SHORT),
        |hal, _, &[handle, ..]| hal.pin_read(handle),
    ),
    Function::new(
        "i2c_transaction",
        4,
        &[Kind::I2c],
        Cost::Of(|_, memory, &[_, _, list, count]| {
            let (bytes, _) = List::new(list, count).size(memory);
            BASE + SLOW_BYTE * bytes
        }),
        |hal, memory, &[handle, address, list, count]| {
            hal.i2c(memory, handle, address, List::new(list, count))
        },
    )
    .of_memory(),
    Function::new(
        "spi_transaction",
        3,
        &[Kind::Spi],
        Cost::Of(|_, memory, &[_, list, count, _]| {
            let (bytes, nanos) = List::new(list, count).size(memory);
            BASE + FAST_BYTE * bytes + nanos / NANOS
        }),
        |hal, memory, &[handle, list, count, _]| hal.spi(memory, handle, List::new(list, count)),
    )
    .of_memory(),
    Function::new(
        "delay",
        3,
        &[Kind::Delay],
        Cost::Of(|account, _, &[handle, low, high, _]| {
            let nanos = nanos(low, high);
            // A refusal must not end in a want of fuel for time that is not waited.
            SHORT + account.admit(handle, nanos).map_or(0, |()| nanos / NANOS)
        }),
        |hal, _, &[handle, low, high, _]| hal.delay(handle, nanos(low, high)),
    ),
    Function::new(
        "clock_read",
        2,
        &[Kind::Clock],
        Cost::Fixed(SHORT),
        |hal, memory, &[handle, place, ..]| hal.clock_read(memory, handle, GuestSlice::new(place, 8)),
    )
    .of_memory(),
    Function::new("pwm_max", 1, &[Kind::Pwm], Cost::Fixed(SHORT), |hal, _, &[handle, ..]| {
        hal.pwm_max(handle)
    }),
    Function::new("pwm_set", 2, &[Kind::Pwm], Cost::Fixed(SHORT), |hal, _, &[handle, duty, ..]| {
        hal.pwm_set(handle, duty)
    }),
    Function::new("adc_max", 1, &[Kind::Adc], Cost::Fixed(SHORT), |hal, _, &[handle, ..]| {
        hal.adc_max(handle)
    }),
    Function::new("adc_read", 1, &[Kind::Adc], Cost::Fixed(BASE), |hal, _, &[handle, ..]| {
        hal.adc_read(handle)
    }),
    Function::new(
        "uart_read",
        3,
        &[Kind::Uart],
        Cost::Of(|_, _, &[_, _, len, _]| BASE + SLOW_BYTE * u64::from(len.min(MAX_BYTES))),
        |hal, memory, &[handle, ptr, len, _]| hal.uart_read(memory, handle, GuestSlice::new(ptr, len)),
    )
    .of_memory(),
    Function::new(
        "uart_write",
        3,
        &[Kind::Uart],
        Cost::Of(|_, _, &[_, _, len, _]| BASE + SLOW_BYTE * u64::from(len.min(MAX_BYTES))),
        |hal, memory, &[handle, ptr, len, _]| hal.uart_write(memory, handle, GuestSlice::new(ptr, len)),
    )
    .of_memory(),
    Function::new("uart_flush", 1, &[Kind::Uart], Cost::Of(|_, _, _| BASE), |hal, _, &[handle, ..]| {
        hal.uart_flush(handle)
    }),
    Function::new("uart_ready", 1, &[Kind::Uart], Cost::Fixed(SHORT), |hal, _, &[handle, ..]| {
        hal.uart_ready(handle)
    }),
];

/// FNV-1a of the name.
const fn mark(name: &str) -> u32 {
    let mut mark = FNV_BASIS;
    let mut at = 0;
    while at < name.len() {
        mark = (mark ^ name.as_bytes()[at] as u32).wrapping_mul(FNV_PRIME);
        at += 1;
    }
    mark
}

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

const FNV_BASIS: u32 = 0x811c_9dc5;
const FNV_PRIME: u32 = 0x0100_0193;
