//! Host functions in register form, `(i32, …) -> i32`: those of `aingle_hal`, and the path of a call to one.

use core::any::Any;

use super::Host;
use crate::{
    engine::Caller,
    error::{Error, Fault, Trap},
    hal::{Code, Cost, Function, Hardware},
    panic,
};

/// A function of `aingle_hal`.
#[derive(Clone, Copy)]
pub struct Register(&'static Function);

/// Arguments of a function; those that it does not have are 0.
pub type Registers = [u32; MAX_REGISTERS];

/// Most arguments of a function.
pub const MAX_REGISTERS: usize = 4;

/// A call to a function of `aingle_hal`.
pub struct Call {
    function: &'static Function,
    registers: Registers,
}

/// The host's side of a guest, whatever it keeps: all that a call in register form takes, so that an engine can compile
/// its part of such a call once for all hosts.
pub trait Side: Any {
    /// What the call costs, in units of fuel; `None` in the midst of the guest's allocator.
    fn units(&self, call: &Call, memory: &[u8]) -> Option<u64>;

    /// Performs a call for which there is fuel; `None` in the midst of the guest's allocator.
    fn perform(&mut self, call: &Call, memory: &mut [u8]) -> Option<i32>;
}

impl<T: 'static> Side for Host<T> {
    fn units(&self, call: &Call, memory: &[u8]) -> Option<u64> {
        // Without hardware nobody was offered a function.
        let hooks = self.hardware.filter(|_| !self.allocating)?;
        Some((hooks.units)(&self.state, call, memory))
    }

    fn perform(&mut self, call: &Call, memory: &mut [u8]) -> Option<i32> {
        match self.hardware {
            Some(hooks) => (hooks.perform)(self, call, memory),
            None => None,
        }
    }
}

/// What a state that is [`Hardware`] is asked, where it is known to be.
pub(super) struct Hooks<T: 'static> {
    /// Finds a function that it has a grant for.
    pub named: fn(&T, &str) -> Option<&'static Function>,
    /// Readies the guest's books.
    pub start: fn(&mut T) -> Result<(), Error>,
    units: fn(&T, &Call, &[u8]) -> u64,
    perform: fn(&mut Host<T>, &Call, &mut [u8]) -> Option<i32>,
}

impl<T: Hardware> Hooks<T> {
    pub const TABLE: &Self = &Self {
        named: |state, name| {
            Function::named(name).filter(|function| function.is_granted(state.account().grants()))
        },
        start: |state| state.hal(|hal| hal.account.start()),
        units: |state, call, memory| call.function.units(state.account(), memory, &call.registers),
        perform,
    };
}

/// As [`Side::perform`].
fn perform<T: Hardware>(host: &mut Host<T>, call: &Call, memory: &mut [u8]) -> Option<i32> {
    if host.allocating {
        return None;
    }
    let Call { function, registers } = call;
    host.count_registers(function.mark(), registers);
    let answer = host.state.hal(|hal| function.act(hal, memory, registers));
    if Code::is_refused(answer) {
        host.denied = host.denied.saturating_add(1);
        host.state.hal(|hal| hal.account.count(answer));
    }
    Some(answer)
}

const REENTRY: Error = Error::Trap(Trap::Host(Fault::Reentry));

impl Register {
    pub(super) fn new(function: &'static Function) -> Self {
        Self(function)
    }

    /// How many `i32`s it takes, 1 to [`MAX_REGISTERS`].
    pub fn parameters(self) -> usize {
        self.0.parameters()
    }

    /// A call with these arguments.
    pub fn call(self, registers: Registers) -> Call {
        Call { function: self.0, registers }
    }
}

impl Call {
    /// Why it is not performed for want of fuel: an allocator may have been lent less than there is.
    #[cold]
    #[inline(never)]
    fn unpaid<H: Side + ?Sized>(&self, caller: &mut impl Caller<H>, error: Error) -> Error {
        caller.with_host(|host| host.units(self, &[]).map_or(REENTRY, |_| error))
    }

    /// Performs it for `caller`: what every backend's trampoline runs.
    ///
    /// # Errors
    /// As [`dispatch`](super::dispatch).
    #[inline]
    pub fn dispatch<H: Side + ?Sized>(&self, caller: &mut impl Caller<H>) -> Result<i32, Error> {
        let cost = self.function.cost();
        if let Cost::Fixed(units) = cost {
            caller.charge(units.into()).map_err(|error| self.unpaid(caller, error))?;
            return panic::caught(|| caller.with_host(|host| host.perform(self, &mut [])).ok_or(REENTRY));
        }
        // The memory is lent once, for it costs an engine something to look it up.
        let left = caller.fuel()?;
        let perform = |memory: &mut [u8], host: &mut H| {
            let units = host.units(self, memory).ok_or(REENTRY)?;
            if units > left {
                return Err(Trap::OutOfFuel.into());
            }
            Ok((units, host.perform(self, memory).ok_or(REENTRY)?))
        };
        let (units, answer) = panic::caught(|| caller.with_memory(perform))?;
        caller.charge(units)?;
        if matches!(cost, Cost::Of(_)) {
            caller.waited();
        }
        Ok(answer)
    }
}
