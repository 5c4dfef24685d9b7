//! The memory of a compartment: its stack, its heap, and who is in it.

use core::{
    alloc::Layout,
    cell::{Cell, UnsafeCell},
    hint::black_box,
    mem::{ManuallyDrop, MaybeUninit},
    ops::Range,
    ptr::{self, NonNull},
    sync::atomic::{AtomicPtr, AtomicU32, Ordering},
};

use aingle_wasm_core::{engine::Footprint, error::Abstain, link};
use linked_list_allocator::Heap;

use super::arch::{self, Guard};

/// Memory for a compartment: `HEAP` bytes for a guest and its engine, `STACK` bytes for what runs them.
#[repr(C)]
pub struct Room<const HEAP: usize, const STACK: usize> {
    stack: Guarded<STACK>,
    plot: Plot<HEAP>,
}

/// Memory for a stack of `STACK` bytes on which compartments run.
#[repr(C)]
pub struct Guarded<const STACK: usize> {
    // Just below the stack, which grows downwards into it.
    guard: Guard,
    stack: Aligned<STACK>,
}

/// Memory for a compartment whose stack is elsewhere: `HEAP` bytes for a guest and its engine.
#[repr(C)]
pub struct Plot<const HEAP: usize> {
    heap: Aligned<HEAP>,
    control: Control,
}

/// A stack on which compartments run, one at a time.
#[derive(Clone, Copy)]
pub struct Stack(*mut [u8]);

#[repr(C, align(16))]
struct Aligned<const LEN: usize>(MaybeUninit<[u8; LEN]>);

// SAFETY: nothing points anywhere before it is opened, and that takes it for ever.
unsafe impl<const HEAP: usize> Send for Plot<HEAP> {}

impl<const HEAP: usize, const STACK: usize> Room<HEAP, STACK> {
    /// An empty room, for a static.
    #[allow(clippy::new_without_default, reason = "a static needs a constant")]
    pub const fn new() -> Self {
        Self { stack: Guarded::new(), plot: Plot::new() }
    }

    /// Sets the guard up and makes the room ready.
    ///
    /// # Panics
    /// When the processor has no guard left: a RISC-V has eight.
    ///
    /// # Safety
    /// As [`Plot::open`].
    pub unsafe fn open(&'static mut self) -> Region {
        // SAFETY: the caller's promise.
        unsafe { self.plot.open(self.stack.open()) }
    }
}

impl<const STACK: usize> Guarded<STACK> {
    /// An unused stack, for a static.
    #[allow(clippy::new_without_default, reason = "a static needs a constant")]
    pub const fn new() -> Self {
        const { assert!(STACK >= LEAST && STACK.is_multiple_of(16)) };
        Self { guard: Guard::NEW, stack: Aligned(MaybeUninit::uninit()) }
    }

    /// Sets the guard up.
    ///
    /// # Panics
    /// When the processor has no guard left: a RISC-V has eight.
    pub fn open(&'static mut self) -> Stack {
        self.guard.close();
        Stack(ptr::slice_from_raw_parts_mut((&raw mut self.stack).cast(), STACK))
    }
}

impl<const HEAP: usize> Plot<HEAP> {
    /// Unused memory, for a static.
    #[allow(clippy::new_without_default, reason = "a static needs a constant")]
    pub const fn new() -> Self {
        const { assert!(HEAP >= 64) };
        Self { heap: Aligned(MaybeUninit::uninit()), control: Control::EMPTY }
    }

    /// Makes the memory ready for a compartment that runs on `stack`.
    ///
    /// The host runs on the main stack: interrupts use no other while the compartment is entered.
    ///
    /// # Safety
    /// Nothing that is made while the compartment is entered is used outside of it: neither boxes nor references, kept
    /// by a static or by what a closure borrows. Nothing there counts on being dropped. What runs there has no other
    /// compartment on the same stack at hand.
    pub unsafe fn open(&'static mut self, stack: Stack) -> Region {
        arch::prepare();
        self.control.stack = stack.0;
        self.control.heap = ptr::slice_from_raw_parts_mut((&raw mut self.heap).cast(), HEAP);
        self.control.limit.set(stack.0.len());
        self.control.usable.set(HEAP);
        // What the memory held before the board started is unknown.
        self.control.high.set(HEAP);
        let mut region = Region(&self.control);
        region.wipe();
        region
    }
}

impl Stack {
    /// The stack in `memory`, whose ends are rounded to 16 bytes.
    ///
    /// # Panics
    /// When it has fewer than 512 bytes.
    ///
    /// # Safety
    /// `memory` is there for ever, and for compartments alone. Below it is a guard, or nothing that the processor can
    /// reach.
    pub unsafe fn new(memory: *mut [u8]) -> Self {
        let start = memory.cast::<u8>();
        let spare = start.align_offset(16);
        let len = memory.len().saturating_sub(spare) & !15;
        assert!(len >= LEAST, "a stack has room for a handler's frame and more");
        Self(ptr::slice_from_raw_parts_mut(start.wrapping_add(spare), len))
    }
}

/// Bytes of the smallest stack.
const LEAST: usize = 512;

/// The memory of one compartment, ready for use.
pub struct Region(&'static Control);

impl Region {
    /// Uses no more than `bytes` of the stack from now on, at least 512 and rounded down to 16: to find out what a guest
    /// needs.
    pub fn limit_stack(&mut self, bytes: usize) {
        self.0.limit.set(bytes.clamp(LEAST, self.0.stack.len()) & !15);
    }

    /// Has so much room from the next wipe on, as far as there is so much, and a least of each.
    pub(super) fn limit(&mut self, room: Footprint) {
        self.limit_stack(room.stack as usize);
        self.0.usable.set((room.heap as usize).clamp(64, self.0.heap.len()));
    }

    /// Most bytes of the stack that were in use since the last wipe, which a load begins with.
    pub fn stack_peak(&mut self) -> usize {
        let limit = self.0.limit.get();
        let touched = |at: &usize| {
            // SAFETY: it is within the stack, which is zeroed, and nobody runs on it: that takes `&mut self`.
            unsafe { self.0.stack.cast::<u8>().add(*at).read() != 0 }
        };
        limit - (0..limit).find(touched).unwrap_or(limit)
    }

    /// Bytes of the heap in use; what the allocator rounds up to is counted too.
    pub fn heap_used(&mut self) -> usize {
        // SAFETY: nobody is in the region: that takes `&mut self`.
        unsafe { (*self.0.free.get()).used() }
    }

    /// Most bytes of the heap that were in use since the last wipe.
    pub fn heap_peak(&mut self) -> usize {
        self.0.peak.get()
    }

    /// How far into the heap anything has reached since the last wipe: as much as the smallest heap that sufficed, what
    /// lay idle between its parts included.
    pub fn heap_extent(&self) -> usize {
        self.0.high.get()
    }

    /// The heap, with the most that was in use since the last wipe.
    pub fn heap(&mut self) -> link::Heap {
        let [used, peak, size] =
            [self.heap_used(), self.heap_peak(), self.0.usable.get()].map(|bytes| bytes as u32);
        link::Heap { used, peak, size }
    }

    /// How large both are.
    pub fn room(&self) -> Footprint {
        Footprint { heap: self.0.usable.get() as u32, stack: self.0.stack().len() as u32 }
    }

    /// Bytes of stack and heap that a wipe has to deal with.
    pub fn touched(&self) -> usize {
        self.0.stack.len() + self.0.high.get()
    }

    /// Makes all as new, with the end of the heap kept apart for a module of so many bytes until that is translated.
    ///
    /// # Errors
    /// [`Abstain::Memory`] when there is not so much.
    pub(super) fn stage(&mut self, module: usize) -> Result<(), Abstain> {
        self.wipe();
        let control = self.0;
        let rest = control.usable.get().checked_sub(module).filter(|rest| *rest >= BESIDE);
        let start = rest.ok_or(Abstain::Memory)? & !15;
        control.module.set((start, module));
        control.is_apart.set(true);
        // SAFETY: as in `wipe`, which was just done.
        unsafe {
            *control.free.get() = Heap::empty();
            (*control.free.get()).init(control.heap.cast(), start);
        }
        control.peak.set(control.usable.get() - start);
        Ok(())
    }

    /// Makes all as new when a module was staged.
    pub(super) fn unstage(&mut self) {
        if self.0.is_apart.get() {
            self.wipe();
        }
    }

    /// The module's bytes, to write them.
    pub(super) fn staged(&mut self) -> &mut [u8] {
        // SAFETY: they are apart from the heap, and nobody else looks at them: that takes `&mut self`.
        unsafe { self.0.module().as_mut() }
    }

    /// As [`Region::run`], in two steps: `first` gets the module that was staged, whose room is then the heap's again.
    pub(super) fn run_staged<M: 'static, R>(
        &mut self,
        first: impl FnOnce(&[u8]) -> M,
        second: impl FnOnce(M) -> R,
    ) -> Result<R, Abstain> {
        let control = self.0;
        self.run(|| {
            // SAFETY: they are apart from the heap until `first` is done, and its result does not borrow them. Nobody
            // writes to them meanwhile: that takes `&mut self`.
            let made = first(unsafe { control.module().as_ref() });
            control.join();
            second(made)
        })
    }

    /// Runs `run` on the region's stack and heap.
    ///
    /// # Errors
    /// Why it was abandoned.
    ///
    /// # Panics
    /// When a compartment is entered already.
    pub(super) fn run<F: FnOnce() -> R, R>(&mut self, run: F) -> Result<R, Abstain> {
        let control = self.0;
        assert!(ENTERED.load(Ordering::Relaxed).is_null());
        let mut job = Job { run: ManuallyDrop::new(run), result: MaybeUninit::uninit() };
        control.refused.set(false);
        ENTERED.store(ptr::from_ref(control).cast_mut(), Ordering::Relaxed);
        let code = {
            let stack = control.stack();
            // SAFETY: the stack is this region's own and nobody runs on it: that takes `&mut self`. `work` gets the job
            // that it takes, which lives until it is back or was left.
            unsafe { arch::enter(work::<F, R>, (&raw mut job).cast(), stack.start, stack.end) }
        };
        ENTERED.store(ptr::null_mut(), Ordering::Relaxed);
        match code {
            // SAFETY: `work` came to its end.
            0 => Ok(unsafe { job.result.assume_init() }),
            code => {
                LEFT.store(LEFT.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
                Err(Abstain::from_code(code as u8).unwrap_or(Abstain::Engine))
            }
        }
    }

    /// Makes stack and heap as new.
    pub(super) fn wipe(&mut self) {
        let Control { stack, heap, usable, module, free, high, .. } = self.0;
        // SAFETY: both are this region's own, and nobody is in it: that takes `&mut self`. What was on the heap is not
        // used any more, as who opened the room has promised.
        unsafe {
            stack.cast::<u8>().write_bytes(0, stack.len());
            heap.cast::<u8>().write_bytes(0, high.replace(0));
            let (start, len) = module.take();
            heap.cast::<u8>().add(start).write_bytes(0, len);
            *free.get() = Heap::empty();
            (*free.get()).init(heap.cast(), usable.get());
        }
        self.0.is_apart.set(false);
        self.0.peak.set(0);
    }
}

struct Job<F, R> {
    run: ManuallyDrop<F>,
    result: MaybeUninit<R>,
}

/// Does the [`Job`] at `job`, once.
unsafe extern "C" fn work<F: FnOnce() -> R, R>(job: *mut ()) {
    // SAFETY: `Region::run` hands over its job, and nobody else looks at it meanwhile.
    let job = unsafe { &mut *job.cast::<Job<F, R>>() };
    // SAFETY: it is taken this once.
    let run = unsafe { ManuallyDrop::take(&mut job.run) };
    job.result.write(run());
}

/// What the allocator and the handlers know of a region.
pub(crate) struct Control {
    stack: *mut [u8],
    heap: *mut [u8],
    /// Bytes of the stack that are used.
    limit: Cell<usize>,
    /// Bytes of the heap that are used from the next wipe on.
    usable: Cell<usize>,
    /// Where a module lay since the last wipe, and how long it is.
    module: Cell<(usize, usize)>,
    /// It lies there still, and the heap ends before it.
    is_apart: Cell<bool>,
    free: UnsafeCell<Heap>,
    /// Most bytes in use, and how far into the heap, since the last wipe.
    peak: Cell<usize>,
    high: Cell<usize>,
    /// The allocator refused something since the region was entered: a panic is then for want of memory. It need not
    /// come at once: some engines only find out later what they did without.
    refused: Cell<bool>,
}

impl Control {
    const EMPTY: Self = Self {
        stack: ptr::slice_from_raw_parts_mut(ptr::null_mut(), 0),
        heap: ptr::slice_from_raw_parts_mut(ptr::null_mut(), 0),
        limit: Cell::new(0),
        usable: Cell::new(0),
        module: Cell::new((0, 0)),
        is_apart: Cell::new(false),
        free: UnsafeCell::new(Heap::empty()),
        peak: Cell::new(0),
        high: Cell::new(0),
        refused: Cell::new(false),
    };

    /// Addresses of what is used of the stack.
    pub(super) fn stack(&self) -> Range<usize> {
        let start = self.stack.addr();
        start..start + self.limit.get()
    }

    /// The staged module's bytes; none when it is apart no more.
    fn module(&self) -> NonNull<[u8]> {
        let (start, len) = if self.is_apart.get() { self.module.get() } else { (0, 0) };
        let place = self.heap.cast::<u8>().wrapping_add(start);
        NonNull::slice_from_raw_parts(NonNull::new(place).unwrap_or(NonNull::dangling()), len)
    }

    /// Makes the module's bytes the heap's again.
    fn join(&self) {
        if self.is_apart.replace(false) {
            let (start, _) = self.module.get();
            // SAFETY: from there on to the end nothing is used, and the heap ended there.
            unsafe { (*self.free.get()).extend(self.usable.get() - start) };
        }
    }

    /// Bytes that the heap lacks for the sake of a module.
    fn apart(&self) -> usize {
        if self.is_apart.get() { self.usable.get() - self.module.get().0 } else { 0 }
    }

    /// Allocates in the region; null when there is no room.
    pub(crate) fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: only what runs in the region gets here, one thing at a time, and interrupts are none of it.
        let free = unsafe { &mut *self.free.get() };
        let Ok(place) = free.allocate_first_fit(layout) else {
            self.refused.set(true);
            return ptr::null_mut();
        };
        let end = place.addr().get() - self.heap.addr() + layout.size();
        // The allocator's own notes stand in what is free, and one may stand behind what was taken last.
        let noted = (end + NOTE).min(self.heap.len());
        self.high.set(self.high.get().max(noted));
        self.peak.set(self.peak.get().max(free.used() + self.apart()));
        place.as_ptr()
    }

    /// Frees what [`Control::alloc`] gave.
    ///
    /// # Safety
    /// `place` came from there with this layout.
    pub(crate) unsafe fn dealloc(&self, place: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's promise; and as above.
        unsafe { (*self.free.get()).deallocate(place, layout) }
    }

    pub(crate) fn contains(&self, place: NonNull<u8>) -> bool {
        place.addr().get().wrapping_sub(self.heap.addr()) < self.heap.len()
    }
}

/// The region that the caller runs in. Interrupts run on the host's stack: they are in none.
pub(crate) fn entered() -> Option<&'static Control> {
    let here = 0_u8;
    let here = black_box(&raw const here).addr();
    current().filter(|control| control.stack().contains(&here))
}

/// Where the caller runs.
#[cfg(any(feature = "hardware", feature = "suite"))]
pub(crate) fn place() -> Place {
    match (entered(), current()) {
        (Some(_), _) => Place::Compartment(LEFT.load(Ordering::Relaxed)),
        (None, Some(_)) => Place::Interrupt,
        (None, None) => Place::Host,
    }
}

/// Where something runs.
#[cfg(any(feature = "hardware", feature = "suite"))]
pub(crate) enum Place {
    /// In the host's own program, or in an interrupt of it.
    Host,
    /// In an interrupt of a compartment.
    Interrupt,
    /// In a compartment, after so many were abandoned.
    Compartment(u32),
}

/// The region that is entered, whoever asks.
pub(super) fn current() -> Option<&'static Control> {
    // SAFETY: a room that was opened is there for ever, and what changes in its control is in cells that only one
    // thread uses.
    unsafe { ENTERED.load(Ordering::Relaxed).as_ref() }
}

/// Abandons the compartment that the caller runs in: the first thing that a panic handler does. It comes back when it is
/// the host that panicked.
pub fn panicked() {
    if let Some(control) = entered() {
        leave(if control.refused.get() { Abstain::Memory } else { Abstain::Panic });
    }
}

/// Abandons the compartment that the caller runs in when its stack has fewer than `bytes` left: ahead of work that must
/// not be cut short, such as a transaction on a bus or whatever locks what the host locks too. The host always has them.
pub fn claim(bytes: usize) {
    let here = 0_u8;
    let here = black_box(&raw const here).addr();
    if entered().is_some_and(|control| here - control.stack().start < bytes) {
        leave(Abstain::Stack);
    }
}

fn leave(reason: Abstain) -> ! {
    // SAFETY: the caller runs in a compartment.
    unsafe { arch::leave(reason.code().into()) }
}

/// Least heap beside a module: the allocator's own notes have room in it.
const BESIDE: usize = 256;

/// Bytes of the allocator's note behind a block, with what it rounds a block up by.
const NOTE: usize = 32;

/// How often one was abandoned.
static LEFT: AtomicU32 = AtomicU32::new(0);

static ENTERED: AtomicPtr<Control> = AtomicPtr::new(ptr::null_mut());
