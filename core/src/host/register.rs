//! Host functions in register form, `(i32, …) -> i32`: those of `aingle_hal`, and the path of a call to one.

use core::any::Any;

use super::Host;
use crate::{
    engine::Caller,
    error::{Error, Fault, Trap},
    hal::{Code, Function, Hardware},
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
    /// Performs a call that is paid for; `None` in the midst of the guest's allocator.
    fn perform(&mut self, call: &Call, memory: &mut [u8]) -> Option<i32>;
}

/// As [`Side::perform`].
pub(super) type Act<T> = fn(&mut Host<T>, &Call, &mut [u8]) -> Option<i32>;

impl<T: 'static> Side for Host<T> {
    fn perform(&mut self, call: &Call, memory: &mut [u8]) -> Option<i32> {
        // Without hardware nobody was offered the function.
        self.act?(self, call, memory)
    }
}

impl<T: Hardware> Host<T> {
    /// An [`Act`].
    pub(super) fn act(&mut self, call: &Call, memory: &mut [u8]) -> Option<i32> {
        if self.allocating {
            return None;
        }
        let Call { function, registers } = call;
        self.count_registers(function.mark(), registers);
        let answer = self.state.hal(|hal| function.act(hal, memory, registers));
        if Code::is_refused(answer) {
            self.denied = self.denied.saturating_add(1);
        }
        Some(answer)
    }
}

impl Register {
    pub(super) fn new(function: &'static Function) -> Self {
        Self(function)
    }

    /// How many `i32`s it takes, 1 to [`MAX_REGISTERS`].
    pub fn parameters(self) -> usize {
        self.0.parameters()
    }

    /// Whether it may wait for a bus, a port, or time: it is the last call of its slice then.
    pub fn may_wait(self) -> bool {
        self.0.fixed_cost().is_none()
    }

    /// Performs a call of `caller`: what every backend's trampoline runs.
    ///
    /// # Errors
    /// As [`dispatch`](super::dispatch).
    #[inline]
    pub fn dispatch<H: Side + ?Sized>(
        self,
        caller: &mut impl Caller<H>,
        registers: Registers,
    ) -> Result<i32, Error> {
        let call = &Call { function: self.0, registers };
        let answer = match self.0.fixed_cost() {
            Some(units) if !self.0.is_of_memory() => {
                caller.charge(units)?;
                panic::caught(|| Ok(caller.with_host(|host| host.perform(call, &mut []))))?
            }
            fixed => {
                // The memory is lent once, for it costs an engine something to look it up.
                let left = caller.fuel()?;
                let perform = |memory: &mut [u8], host: &mut H| {
                    let units = fixed.unwrap_or_else(|| self.0.cost(memory, &registers));
                    if units > left {
                        return Err(Trap::OutOfFuel.into());
                    }
                    Ok((units, host.perform(call, memory)))
                };
                let (units, answer) = panic::caught(|| caller.with_memory(perform))?;
                caller.charge(units)?;
                answer
            }
        };
        answer.ok_or(Fault::Reentry.into())
    }
}
