//! Hardware for guests in this process: a mock, or what this Linux machine has.
//!
//! ```text
//! NAME.grants.toml ── what the guest wants ──┐
//!                                            ├─ meet ─► Account ─► guest
//! --mock FILE, --linux FILE ── what there is ┘
//! ```

mod file;
#[cfg(target_os = "linux")]
mod linux;
mod mock;
mod record;
mod telling;
mod terms;

pub use file::{quoted, text_of};
pub use record::mock_of;
pub use telling::{Call, Telling};
pub use terms::{Terms, Wants, put_into, trace, wants_of};

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aingle_wasm_core::{
    events::{Edge, Event, Source},
    hal::{
        Account, Empty, Grant, Grants, Hal, MAX_GRANTS, MAX_NAME, MAX_RESOURCES, Owners, Peripheral,
        Resources, Right, Traced,
    },
    log::Log,
};

use file::parse;
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
    Nothing(Empty),
    Mock(Mock),
    #[cfg(target_os = "linux")]
    Linux(linux::Linux),
}

/// Hardware for one guest: a bench, and what it may use there.
#[derive(Clone)]
pub struct Fitting {
    /// Where it is.
    pub bench: Bench,
    /// What the guest may use.
    pub grants: Grants,
}

impl Fitting {
    /// What a guest wants of a bench that gives it.
    ///
    /// # Errors
    /// A sentence that names what is not given.
    pub fn new(wants: &Grants, bench: Bench) -> Result<Self, String> {
        let given = bench.given();
        let beyond: Vec<_> = wants.beyond(&given).map(|(_, grant)| shown(grant)).collect();
        match beyond.as_slice() {
            [] => Ok(Self { grants: wants.meet(&given), bench }),
            beyond => Err(format!(
                "the guest wants what is not given here: {}; its NAME.grants.toml may ask for less, or the hardware's \
                 description have more, and [grants] there give it",
                beyond.join(", ")
            )),
        }
    }
}

/// A grant in a few words.
pub fn shown(grant: &Grant) -> String {
    let Grant { name, right } = grant;
    let kind = right.kind().name();
    let at_most = |hz: u32| if hz == u32::MAX { String::new() } else { format!(" at {hz} Hz at most") };
    match right {
        Right::I2c { addresses, hz } => {
            let addresses: Vec<_> = addresses.iter().map(|address| format!("{address:#04x}")).collect();
            format!("{kind}.{name} with {}{}", addresses.join(", "), at_most(*hz))
        }
        Right::Spi { hz } => format!("{kind}.{name}{}", at_most(*hz)),
        Right::Delay { micros } => format!("{kind}.{name} of {} ms at most", micros / 1000),
        _ => format!("{kind}.{name}"),
    }
}

/// An event in a few words.
pub fn told(Event { source, entry, fuel }: &Event) -> String {
    let what = match source {
        Source::Tick { clock, millis } => format!("every {millis} ms of clock.{clock}"),
        Source::Edge { input, edge: Edge::Rising } => format!("input.{input} goes high"),
        Source::Edge { input, edge: Edge::Falling } => format!("input.{input} goes low"),
        Source::Edge { input, edge: Edge::Both } => format!("input.{input} changes"),
        Source::Line { uart } => format!("a line of uart.{uart}"),
    };
    format!("{entry}  {what}, {fuel} units of fuel")
}

impl Bench {
    /// A bench without anything.
    pub fn empty() -> Self {
        Self::of(Parts::Nothing(Empty), Grants::NONE)
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
            None => Grants::of_all(parts.resources(), u32::MAX).map_err(|number| {
                let name = parts.resources().name(number).unwrap_or_default();
                format!(
                    "{name}: a bench has at most {MAX_GRANTS} parts, with names of at most {MAX_NAME} bytes"
                )
            })?,
        };
        Ok(Self::of(parts, given))
    }

    /// What this Linux machine has of what `text` describes, of which a guest is given what `[grants]` says.
    ///
    /// # Errors
    /// A sentence that names what is wrong with the description, or what cannot be opened.
    #[cfg(target_os = "linux")]
    pub fn linux(text: &str) -> Result<Self, String> {
        let (linux, given) = linux::Linux::open(text)?;
        Ok(Self::of(Parts::Linux(linux), given))
    }

    /// What this Linux machine has: elsewhere there is none.
    ///
    /// # Errors
    /// Always, with a sentence.
    #[cfg(not(target_os = "linux"))]
    pub fn linux(_text: &str) -> Result<Self, String> {
        Err("--linux needs a Linux machine; elsewhere --mock describes the hardware".to_owned())
    }

    /// What is given to a guest.
    pub fn given(&self) -> Grants {
        self.inner().given.clone()
    }

    /// Whether something happens there by itself, as far as it is described.
    pub fn is_mock(&self) -> bool {
        matches!(self.inner().parts, Parts::Mock(_))
    }

    /// What came otherwise than a mock expected, as far as it was: `None` when all is well.
    pub fn unmet(&self) -> Option<String> {
        match &self.inner().parts {
            Parts::Mock(mock) => mock.unmet(),
            _ => None,
        }
    }

    /// Lends all that there is to a call of the guest with these books. What it does is written to `trace`, if there is
    /// one.
    pub fn lend<R>(
        &self,
        account: &mut Account,
        trace: Option<&mut Log>,
        with: impl FnOnce(Hal<'_>) -> R,
    ) -> R {
        let Inner { parts, owners, .. } = &mut *self.inner();
        let resources = parts.resources();
        match trace {
            Some(log) => with(Hal { resources: &mut Traced::new(resources, log), owners, account }),
            None => with(Hal { resources, owners, account }),
        }
    }

    /// A bus that is driven faster than `grants` allow, in words: a guest is refused when it opens that.
    pub fn too_fast(&self, grants: &Grants) -> Option<String> {
        let mut inner = self.inner();
        let resources = inner.parts.resources();
        grants.iter().find_map(|Grant { name, right }| {
            let (Right::I2c { hz: most, .. } | Right::Spi { hz: most }) = *right else { return None };
            let hz = (0..MAX_RESOURCES as u8).find_map(|number| {
                let is_it = resources.name(number) == Some(name);
                match resources.peripheral(number).filter(|part| is_it && part.kind() == right.kind())? {
                    Peripheral::I2c(_, hz) | Peripheral::Spi(_, hz) => Some(hz),
                    _ => None,
                }
            })?;
            let kind = right.kind().name();
            (hz > most).then(|| {
                format!("{kind}.{name} is driven at {hz} Hz, and the guest may have {most} Hz at most")
            })
        })
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
            #[cfg(target_os = "linux")]
            Parts::Linux(linux) => linux,
        }
    }
}
