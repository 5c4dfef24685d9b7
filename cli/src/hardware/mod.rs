//! Hardware for guests in this process: a mock.
//!
//! ```text
//! NAME.grants.toml ── what the guest wants ──┐
//!                                            ├─ meet ─► Account ─► guest
//! --mock FILE ────── what there is, and gives ┘
//! ```

mod mock;
mod terms;

pub use terms::{Terms, wants_of};

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aingle_wasm_core::hal::{
    Account, Addresses, Grant, Grants, Hal, Kind, Name, Owners, Peripheral, Resources, Right,
};

use mock::Mock;

/// What is on the bench for guests, who share it. Clones are the same bench.
#[derive(Clone)]
pub struct Bench(Arc<Mutex<Inner>>);

struct Inner {
    parts: Parts,
    owners: Owners,
    given: Grants,
}

enum Parts {
    Nothing(Nothing),
    Mock(Mock),
}

impl Bench {
    /// A bench without anything.
    pub fn empty() -> Self {
        Self::of(Parts::Nothing(Nothing), Grants::NONE)
    }

    /// The mock that `text` describes, of which a guest is given everything, or what `[grants]` says.
    ///
    /// # Errors
    /// A sentence that names what is wrong with the description.
    pub fn mock(text: &str) -> Result<Self, String> {
        let (mock, given) = Mock::read(text)?;
        let mut parts = Parts::Mock(mock);
        let given = match given {
            Some(terms) => terms.grants()?,
            None => everything(parts.resources())?,
        };
        Ok(Self::of(parts, given))
    }

    /// What is given to a guest.
    pub fn given(&self) -> Grants {
        self.inner().given.clone()
    }

    /// What came otherwise than a mock expected, as far as it was: `None` when all is well.
    pub fn unmet(&self) -> Option<String> {
        match &self.inner().parts {
            Parts::Mock(mock) => mock.unmet(),
            _ => None,
        }
    }

    /// Lends all that there is to a call of the guest with these books.
    pub fn lend<R>(&self, account: &mut Account, with: impl FnOnce(Hal<'_>) -> R) -> R {
        let Inner { parts, owners, .. } = &mut *self.inner();
        with(Hal { resources: parts.resources(), owners, account })
    }

    /// Takes everything from guest `guest`: it is gone.
    pub fn release(&self, guest: u8) {
        self.inner().owners.release(guest);
    }

    fn of(parts: Parts, given: Grants) -> Self {
        Self(Arc::new(Mutex::new(Inner { parts, owners: Owners::new(), given })))
    }

    /// A guest that panicked the host leaves nothing half done that the next one could not use.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Parts {
    fn resources(&mut self) -> &mut dyn Resources {
        match self {
            Parts::Nothing(nothing) => nothing,
            Parts::Mock(mock) => mock,
        }
    }
}

struct Nothing;

impl Resources for Nothing {
    fn resource(&mut self, _number: u8) -> Option<(&str, Peripheral<'_>)> {
        None
    }
}

/// Rights to all there is.
fn everything(resources: &mut dyn Resources) -> Result<Grants, String> {
    let mut grants = Grants::NONE;
    for number in 0..=u8::MAX {
        let Some((name, peripheral)) = resources.resource(number) else { break };
        let right = match peripheral.kind() {
            Kind::Output => Right::Output,
            Kind::Input => Right::Input,
            Kind::I2c => Right::I2c { addresses: Addresses::ALL, hz: u32::MAX },
            Kind::Spi => Right::Spi { hz: u32::MAX },
            Kind::Delay => Right::Delay { micros: u32::MAX },
            Kind::Clock => Right::Clock,
            Kind::Pwm => Right::Pwm,
            Kind::Adc => Right::Adc,
            Kind::Uart => Right::Uart,
        };
        let granted = Name::try_from(name).is_ok_and(|name| grants.add(Grant { name, right }));
        if !granted {
            return Err(format!("{name}: a bench has at most 16 parts, with names of at most 15 bytes"));
        }
    }
    Ok(grants)
}
