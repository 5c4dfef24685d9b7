//! Walls around a guest and its engine: whatever ends a run early costs that guest alone.
//!
//! On a chip nothing unwinds, so a panic, an allocation that fails or a stack that ends would take everything with it.
//! Whatever is done with a guest is therefore done on a stack and a heap of its own. When it cannot go on it is
//! abandoned: control is back with the host, both are wiped, and the next guest finds them as new.
//!
//! ```text
//! host's stack ── load, with ──► engine's stack ──► engine's heap        Room: guard │ stack │ heap
//!       ▲  ▲                       │         │
//!       │  └── what it answers ────┘         │
//!       └───── panic, fault ─────────────────┘
//! ```

#[cfg_attr(all(target_arch = "arm", not(armv6m)), path = "compartment/arm.rs")]
#[cfg_attr(armv6m, path = "compartment/armv6m.rs")]
#[cfg_attr(target_arch = "riscv32", path = "compartment/riscv.rs")]
#[allow(unsafe_code)]
mod arch;
#[allow(unsafe_code)]
mod region;

pub(crate) use region::entered;
pub use region::{Guarded, Plot, Region, Room, Stack, claim, panicked};
#[cfg(any(feature = "hardware", feature = "suite"))]
pub(crate) use region::{Place, place};

use core::mem::ManuallyDrop;

use aingle_wasm_core::{
    engine::Footprint,
    error::{Abstain, CallError, Error},
};

/// A place for one guest `G`, say a [`Guest`](aingle_wasm_core::guest::Guest), and its engine.
///
/// ```ignore
/// static ROOM: ConstStaticCell<Room<{ 64 << 10 }, { 12 << 10 }>> = ConstStaticCell::new(Room::new());
///
/// // SAFETY: host functions keep what they make in their own state.
/// let mut compartment = Compartment::new(unsafe { ROOM.take().open() });
/// compartment.load(|| Guest::load(Engine::default(), wasm, limits, imports, state))?;
/// let sum = compartment.with(|guest| guest.invoke("sum", &numbers, fuel).map(|sums| sums[0]))??;
/// ```
///
/// What a closure borrows from the host may be half done after an abandonment, as after a panic that was caught; what it
/// owns, and the state that the guest keeps, are never dropped then.
pub struct Compartment<G: 'static> {
    region: Region,
    /// Its value is out here; all that it points to is in the region.
    guest: Option<ManuallyDrop<G>>,
    abandoned: Abandoned,
}

/// How often guests were abandoned, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, defmt::Format)]
pub struct Abandoned {
    /// The region had no room for what the engine needed.
    pub memory: u32,
    /// The engine or a host function panicked.
    pub panic: u32,
    /// The engine's stack ended.
    pub stack: u32,
    /// The processor faulted for another reason.
    pub fault: u32,
}

impl<G: 'static> Compartment<G> {
    /// An empty compartment in `region`.
    pub fn new(region: Region) -> Self {
        Self { region, guest: None, abandoned: Abandoned::default() }
    }

    /// Keeps the guest that `load` makes, in place of the one that was there.
    ///
    /// # Errors
    /// Why there is none: as `load`, or [`Error::Abstain`] when it was abandoned.
    pub fn load(&mut self, load: impl FnOnce() -> Result<G, Error>) -> Result<(), Error> {
        // Whether the old one went quietly is of no matter to the new one, and it was counted.
        _ = self.unload();
        self.region.unstage();
        let Self { region, guest, .. } = self;
        let loaded = region.run(|| load().map(|loaded| *guest = Some(ManuallyDrop::new(loaded))));
        let loaded = self.settle(loaded)?;
        if loaded.is_err() {
            self.region.wipe();
        }
        loaded
    }

    /// Does something with the guest, and answers what it comes to.
    ///
    /// # Errors
    /// [`CallError::Lost`] when there is no guest; [`Error::Abstain`] when this abandoned it: it is gone then.
    pub fn with<R: Copy + 'static>(&mut self, with: impl FnOnce(&mut G) -> R) -> Result<R, Error> {
        let guest = self.guest.as_mut().ok_or(CallError::Lost)?;
        let done = self.region.run(|| with(guest));
        self.settle(done)
    }

    /// Drops the guest, if there is one, and wipes what it used.
    ///
    /// # Errors
    /// [`Error::Abstain`] when dropping it was abandoned; it is gone nevertheless.
    pub fn unload(&mut self) -> Result<(), Error> {
        let Some(guest) = self.guest.take() else { return Ok(()) };
        let dropped = self.region.run(|| drop(ManuallyDrop::into_inner(guest)));
        self.settle(dropped)?;
        self.region.wipe();
        Ok(())
    }

    /// Drops the guest, if there is one, and keeps room apart for a module of so many bytes, until
    /// [`Compartment::load_staged`].
    ///
    /// # Errors
    /// [`Abstain::Memory`] when there is not so much.
    pub fn stage(&mut self, module: usize) -> Result<(), Error> {
        // It is gone in any case.
        _ = self.unload();
        Ok(self.region.stage(module)?)
    }

    /// The bytes of the staged module, to write them; none when there is no such module.
    pub fn staged(&mut self) -> &mut [u8] {
        self.region.staged()
    }

    /// As [`Compartment::load`], of the module that was staged, of no bytes when there is none: once `translate` is done
    /// with its bytes, `start` finds their room free.
    ///
    /// # Errors
    /// As [`Compartment::load`].
    pub fn load_staged<M: 'static>(
        &mut self,
        translate: impl FnOnce(&[u8]) -> M,
        start: impl FnOnce(M) -> Result<G, Error>,
    ) -> Result<(), Error> {
        // With a guest that came after the module there is none.
        _ = self.unload();
        let Self { region, guest, .. } = self;
        let loaded = region.run_staged(translate, |made| put(guest, || start(made)));
        let loaded = self.settle(loaded)?;
        if loaded.is_err() {
            self.region.wipe();
        }
        loaded
    }

    /// Gives guests so much room from the next load on, as far as there is so much.
    pub fn limit(&mut self, room: Footprint) {
        self.region.limit(room);
        if self.guest.is_none() {
            self.region.wipe();
        }
    }

    /// Whether it has a guest.
    pub fn is_loaded(&self) -> bool {
        self.guest.is_some()
    }

    /// How often guests were abandoned here.
    pub fn abandoned(&self) -> Abandoned {
        self.abandoned
    }

    /// What its memory is, and how it is used.
    pub fn region(&mut self) -> &mut Region {
        &mut self.region
    }

    fn settle<R>(&mut self, done: Result<R, Abstain>) -> Result<R, Error> {
        done.map_err(|reason| {
            self.guest = None;
            self.region.wipe();
            self.abandoned.count(reason);
            defmt::warn!("a guest was abandoned: {}", reason);
            reason.into()
        })
    }
}

/// Apart, so that the guest that it moves has no place on the stack while a module is translated.
#[inline(never)]
fn put<G>(
    guest: &mut Option<ManuallyDrop<G>>,
    start: impl FnOnce() -> Result<G, Error>,
) -> Result<(), Error> {
    *guest = Some(ManuallyDrop::new(start()?));
    Ok(())
}

impl<G: 'static> Drop for Compartment<G> {
    fn drop(&mut self) {
        _ = self.unload();
    }
}

impl Abandoned {
    /// For whatever reason.
    pub fn total(self) -> u32 {
        [self.panic, self.stack, self.fault].into_iter().fold(self.memory, u32::saturating_add)
    }

    fn count(&mut self, reason: Abstain) {
        let counter = match reason {
            Abstain::Memory => &mut self.memory,
            Abstain::Panic => &mut self.panic,
            Abstain::Stack => &mut self.stack,
            _ => &mut self.fault,
        };
        *counter = counter.saturating_add(1);
    }
}
