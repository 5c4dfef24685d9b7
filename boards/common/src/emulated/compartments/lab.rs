//! A compartment, what is done in it, and whether the host is still well.

use core::hint::black_box;

use aingle_wasm_backend_wasmi::Engine;
use aingle_wasm_core::{engine::Limits, error::Error, guest::Guest, host::Import, link};
use aingle_wasm_tests::Probe;
use static_cell::ConstStaticCell;

use super::{Done, machine};
use crate::{Compartment, Room};

/// A guest, and a call that goes well.
#[derive(Clone, Copy)]
pub struct Subject {
    pub name: &'static str,
    pub wasm: &'static [u8],
    pub entry: &'static str,
    pub request: &'static [u8],
    pub reply: &'static [u8],
    pub imports: &'static [Import<Probe>],
}

/// What a call came to.
#[derive(Clone, Copy, PartialEq)]
pub struct Answer {
    right: bool,
    fuel: u64,
}

/// A room, and memory of the host's just below, which a stack that grew too far would reach next.
#[repr(C)]
struct Site {
    below: [u32; 2048],
    room: Room<{ 64 << 10 }, STACK>,
}

impl Site {
    const NEW: Self = Self { below: [0; _], room: Room::new() };
}

/// Bytes of stack that suffice for any of the guests.
pub const STACK: usize = 16 << 10;

pub struct Lab {
    pub compartment: Compartment<Guest<Engine, Probe>>,
    below: &'static mut [u32; 2048],
    heap: fn() -> link::Heap,
    before: u32,
}

impl Lab {
    /// Two of them. `heap` says how full the host's heap is.
    pub fn pair(heap: fn() -> link::Heap) -> [Self; 2] {
        SITES.take().each_mut().map(|site| Self::new(site, heap))
    }

    fn new(Site { below, room }: &'static mut Site, heap: fn() -> link::Heap) -> Self {
        below.fill(UNTOUCHED);
        #[allow(unsafe_code)]
        // SAFETY: nothing here keeps what a guest made.
        let region = unsafe { room.open() };
        Self { compartment: Compartment::new(region), below, heap, before: heap().used }
    }

    /// Loads, starts and calls `subject` with `imports` in place of its own.
    pub fn attempt_with(
        &mut self,
        subject: &Subject,
        imports: &'static [Import<Probe>],
    ) -> Result<Answer, Error> {
        let load = || Guest::load(Engine::default(), subject.wasm, LIMITS, imports, Probe::default());
        self.compartment.load(load)?;
        self.call(subject)
    }

    pub fn attempt(&mut self, subject: &Subject) -> Result<Answer, Error> {
        self.attempt_with(subject, subject.imports)
    }

    pub fn call(&mut self, subject: &Subject) -> Result<Answer, Error> {
        self.compartment.with(|guest| {
            let mut entry = guest.entry(subject.entry)?;
            let right = guest.call(&mut entry, subject.request, FUEL, |reply| reply == Ok(subject.reply))?;
            Ok(Answer { right, fuel: guest.fuel_used() })
        })?
    }

    /// Whether the host is well, and the next run as good as any.
    pub fn is_well(&mut self, subject: &Subject, expected: Answer) -> Done {
        if self.attempt(subject) != Ok(expected) || !expected.right {
            return Err("a clean run is not right");
        }
        if self.compartment.unload().is_err() || self.compartment.is_loaded() {
            return Err("a guest does not go");
        }
        if self.compartment.region().heap_used() != 0 {
            return Err("something is left in the region");
        }
        if (self.heap)().used != self.before {
            return Err("something is left on the host's heap");
        }
        if self.below.iter().any(|word| *word != UNTOUCHED) {
            return Err("a stack grew into the host's memory");
        }
        is_sound()
    }
}

/// Whether the processor is as the host needs it.
pub fn is_sound() -> Done {
    if machine::is_masked() {
        return Err("a critical section stayed open");
    }
    // The processor's own state for floats may be that of the guest which was abandoned.
    if black_box(3.0_f32) * black_box(0.5) + black_box(0.25) != 1.75 {
        return Err("floats are wrong");
    }
    Ok(())
}

static SITES: ConstStaticCell<[Site; 2]> = ConstStaticCell::new([Site::NEW; 2]);

const UNTOUCHED: u32 = 0x5aa5_c33c;

const LIMITS: Limits = Limits { module: 16 << 10, memory: 32 << 10 };

/// More than a call takes.
const FUEL: u64 = 1_000_000;
