//! Host functions in register form, `(i32, …) -> i32`: those of `aingle_hal`, and the path of a call to one.

use super::Host;
use crate::{
    engine::Caller,
    error::{Error, Fault},
    hal::{Code, Function, Hardware},
    panic,
};

/// A function of `aingle_hal`, for guests whose host keeps a `T` for them.
pub struct Register<T: 'static> {
    function: &'static Function,
    cost: Cost<T>,
    act: Act<T>,
}

/// Units of fuel of a function, by a state and the guest's memory.
type Cost<T> = fn(&'static Function, &T, &[u8], &Registers) -> u64;

/// Runs a function on a state and the guest's memory; negative is an error.
type Act<T> = fn(&'static Function, &mut T, &mut [u8], &Registers) -> i32;

/// Arguments of a function; those that it does not have are 0.
pub type Registers = [u32; MAX_REGISTERS];

/// Most arguments of a function.
pub const MAX_REGISTERS: usize = 4;

impl<T: 'static> Register<T> {
    /// The function `name`, if `state` has a grant for it.
    pub(super) fn named(state: &T, name: &str) -> Option<Self>
    where
        T: Hardware,
    {
        let function =
            Function::named(name).filter(|function| function.is_granted(state.account().grants()))?;
        let cost: Cost<T> =
            |function, state, memory, registers| function.cost(state.account(), memory, registers);
        let act: Act<T> =
            |function, state, memory, registers| state.hal(|hal| function.act(hal, memory, registers));
        Some(Self { function, cost, act })
    }

    /// How many `i32`s it takes, 1 to [`MAX_REGISTERS`].
    pub fn parameters(&self) -> usize {
        self.function.parameters()
    }

    /// Whether it may wait for a bus, a port, or time: it is the last call of its slice then.
    pub fn may_wait(&self) -> bool {
        self.function.fixed_cost().is_none()
    }

    /// Performs a call of `caller`: what every backend's trampoline runs.
    ///
    /// # Errors
    /// As [`dispatch`](super::dispatch).
    pub fn dispatch(&self, caller: &mut impl Caller<T>, registers: Registers) -> Result<i32, Error> {
        let units = match self.function.fixed_cost() {
            Some(units) => units,
            None => {
                caller.with_memory(|memory, host| (self.cost)(self.function, &host.state, memory, &registers))
            }
        };
        caller.charge(units)?;
        panic::caught(|| match self.function.is_of_memory() {
            true => caller.with_memory(|memory, host| self.perform(memory, host, &registers)),
            false => caller.with_host(|host| self.perform(&mut [], host, &registers)),
        })
    }

    // A guest that drives pins does little else, and a call within costs a chip as much as this does.
    #[inline(always)]
    fn perform(&self, memory: &mut [u8], host: &mut Host<T>, registers: &Registers) -> Result<i32, Error> {
        if host.allocating {
            return Err(Fault::Reentry.into());
        }
        host.count_registers(self.function.mark(), registers);
        let answer = (self.act)(self.function, &mut host.state, memory, registers);
        if Code::is_refused(answer) {
            host.denied = host.denied.saturating_add(1);
        }
        Ok(answer)
    }
}

impl<T> Clone for Register<T> {
    fn clone(&self) -> Self {
        Self { function: self.function, cost: self.cost, act: self.act }
    }
}
