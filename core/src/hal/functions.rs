//! The host functions of module `aingle_hal`.

use super::{
    Account, Code, Grants, Hal, Kind,
    operations::{Exchange, List, MAX_BYTES},
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
/// | `i2c_write_read` | handle and 256 times the address of 7 bits, address of what is written, of what is read, length written and 65,536 times the length read | 0 | 40, 8 a byte |
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
    act: Act,
}

/// What is done. A function of [`Cost::Fixed`] gets no memory.
type Act = fn(&mut Hal<'_>, &mut [u8], &Registers) -> i32;

/// Units of fuel, without which nothing is done.
#[derive(Clone, Copy)]
pub(crate) enum Cost {
    /// Always the same, and nothing is done on the guest's memory, which is dearer.
    Fixed(u32),
    /// Always the same.
    OfMemory(u32),
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
        Self { name, mark: mark(name), parameters, kinds, cost, act }
    }

    /// The function of that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|function| function.name == name)
    }

    /// The name by which guests import it.
    pub const fn name(&self) -> &'static str {
        self.name
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

    pub(crate) fn cost(&self) -> Cost {
        self.cost
    }

    /// Units of a call.
    pub(crate) fn units(&self, account: &Account, memory: &[u8], registers: &Registers) -> u64 {
        match self.cost {
            Cost::Fixed(units) | Cost::OfMemory(units) => units.into(),
            Cost::Of(cost) => cost(account, memory, registers),
        }
    }

    /// Does it; what comes out is the guest's answer.
    pub(crate) fn act(&self, mut hal: Hal<'_>, memory: &mut [u8], registers: &Registers) -> i32 {
        (self.act)(&mut hal, memory, registers)
    }

    /// Every function.
    pub const ALL: &[Self] = &[
        Self::new("open", 3, &Kind::ALL, Cost::OfMemory(BASE), |hal, memory, &[kind, name, len, _]| {
            answer(hal.open(memory, kind, GuestSlice::new(name, len)))
        }),
        Self::new("pin_set", 2, &[Kind::Output], Cost::Fixed(SHORT), |hal, _, &[handle, level, ..]| {
            answer(hal.pin_set(handle, level))
        }),
        Self::new(
            "pin_read",
            1,
            &[Kind::Output, Kind::Input],
            Cost::Fixed(SHORT),
            |hal, _, &[handle, ..]| answer(hal.pin_read(handle)),
        ),
        Self::new(
            "i2c_transaction",
            4,
            &[Kind::I2c],
            Cost::Of(|_, memory, &[_, _, list, count]| {
                let (bytes, _) = List::new(list, count).size(memory);
                u64::from(BASE) + SLOW_BYTE * bytes
            }),
            |hal, memory, &[handle, address, list, count]| {
                answer(hal.i2c(memory, handle, address, List::new(list, count)))
            },
        ),
        Self::new(
            "i2c_write_read",
            4,
            &[Kind::I2c],
            Cost::Of(|_, _, &[_, _, _, lens]| u64::from(BASE) + SLOW_BYTE * u64::from(Exchange::bytes(lens))),
            |hal, memory, &[device, write, read, lens]| {
                answer(hal.i2c_exchange(memory, device & 0xff, device >> 8, Exchange::new(write, read, lens)))
            },
        ),
        Self::new(
            "spi_transaction",
            3,
            &[Kind::Spi],
            Cost::Of(|_, memory, &[_, list, count, _]| {
                let (bytes, nanos) = List::new(list, count).size(memory);
                u64::from(BASE) + FAST_BYTE * bytes + nanos / NANOS
            }),
            |hal, memory, &[handle, list, count, _]| answer(hal.spi(memory, handle, List::new(list, count))),
        ),
        Self::new(
            "delay",
            3,
            &[Kind::Delay],
            Cost::Of(|account, _, &[handle, low, high, _]| {
                let nanos = nanos(low, high);
                // A refusal must not end in a want of fuel for time that is not waited.
                u64::from(SHORT) + account.admit(handle, nanos).map_or(0, |()| nanos / NANOS)
            }),
            |hal, _, &[handle, low, high, _]| answer(hal.delay(handle, nanos(low, high))),
        ),
        Self::new(
            "clock_read",
            2,
            &[Kind::Clock],
            Cost::OfMemory(SHORT),
            |hal, memory, &[handle, place, ..]| {
                answer(hal.clock_read(memory, handle, GuestSlice::new(place, 8)))
            },
        ),
        Self::new("pwm_max", 1, &[Kind::Pwm], Cost::Fixed(SHORT), |hal, _, &[handle, ..]| {
            answer(hal.pwm_max(handle))
        }),
        Self::new("pwm_set", 2, &[Kind::Pwm], Cost::Fixed(SHORT), |hal, _, &[handle, duty, ..]| {
            answer(hal.pwm_set(handle, duty))
        }),
        Self::new("adc_max", 1, &[Kind::Adc], Cost::Fixed(SHORT), |hal, _, &[handle, ..]| {
            answer(hal.adc_max(handle))
        }),
        Self::new("adc_read", 1, &[Kind::Adc], Cost::Fixed(BASE), |hal, _, &[handle, ..]| {
            answer(hal.adc_read(handle))
        }),
        Self::new(
            "uart_read",
            3,
            &[Kind::Uart],
            Cost::Of(|_, _, &[_, _, len, _]| u64::from(BASE) + SLOW_BYTE * u64::from(len.min(MAX_BYTES))),
            |hal, memory, &[handle, ptr, len, _]| {
                answer(hal.uart_read(memory, handle, GuestSlice::new(ptr, len)))
            },
        ),
        Self::new(
            "uart_write",
            3,
            &[Kind::Uart],
            Cost::Of(|_, _, &[_, _, len, _]| u64::from(BASE) + SLOW_BYTE * u64::from(len.min(MAX_BYTES))),
            |hal, memory, &[handle, ptr, len, _]| {
                answer(hal.uart_write(memory, handle, GuestSlice::new(ptr, len)))
            },
        ),
        Self::new(
            "uart_flush",
            1,
            &[Kind::Uart],
            Cost::Of(|_, _, _| BASE.into()),
            |hal, _, &[handle, ..]| answer(hal.uart_flush(handle)),
        ),
        Self::new("uart_ready", 1, &[Kind::Uart], Cost::Fixed(SHORT), |hal, _, &[handle, ..]| {
            answer(hal.uart_ready(handle))
        }),
    ];
}

/// What the guest gets.
fn answer(done: Result<u32, Code>) -> i32 {
    done.map_or_else(Code::to_guest, |answer| answer as i32)
}

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
const SHORT: u32 = 20;

/// Units for a call that has something to look up or to set up.
const BASE: u32 = 40;

/// Units for a byte on a bus of some hundred kHz, bit by bit where a board must.
const SLOW_BYTE: u64 = 8;

/// Units for a byte on a bus of some MHz.
const FAST_BYTE: u64 = 2;

/// Nanoseconds of waiting for a unit.
const NANOS: u64 = 1000;

const FNV_BASIS: u32 = 0x811c_9dc5;
const FNV_PRIME: u32 = 0x0100_0193;
