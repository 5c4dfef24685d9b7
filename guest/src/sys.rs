//! The guest's side of the ABI: the record, the inbox, memory, imports, and what the macros export. All
//! `unsafe` code of the SDK is here, and that of hardware below. Its proofs rest on these:
//!
//! 1. A guest has one thread, and a panic ends it.
//! 2. The host runs between calls and in host functions. It writes to the inbox and to the request's block
//!    only between calls, to the area for replies only in a host function that was called with it taken.
//! 3. While an `#[entry]` has its request, and in a host function that an entry by hand calls with its own,
//!    `RUNNING` is set. Then no request is read and no room for one is found: what is lent stays.
//! 4. Entries, imports and allocators by hand take `unsafe` in the guest. Its author vouches that an entry
//!    gives [`host_args`](crate::host_args) the numbers that it was called with, and lets go of the payload
//!    before it returns or asks for another; that an import keeps to 2; that an allocator calls nothing here.

#[cfg(feature = "hal")]
pub mod hal;

use alloc::alloc::{alloc, dealloc};
use core::alloc::Layout;
/// Ends the run in a trap.
pub use core::arch::wasm32::unreachable as abort;
use core::cell::{Cell, OnceCell, UnsafeCell};
use core::slice;

use crate::envelope::HEADER_LEN;
use crate::log::Line;
use crate::packed::unpack;
use crate::{Arena, CALL_DEPTH, Error, HOST_REPLY, HostError, INBOX, section};

#[cfg(target_feature = "atomics")]
compile_error!("a guest has one thread: build it without `atomics`");

/// The version of the ABI that this SDK speaks.
pub const ABI_VERSION: u32 = 1;

/// A request, empty for (0, 0), and the arena, lent to an `#[entry]`.
pub struct Turn<'turn> {
    pub request: &'turn [u8],
}

impl<'turn> Turn<'turn> {
    pub fn arena(&self) -> &'turn Arena {
        // SAFETY: (1), and the only `&mut` to the arena is in `reset`, which (3) keeps out of a turn.
        unsafe { &*ARENA.0.get() }.get_or_init(Arena::new)
    }
}

/// Lends the request at `ptr..ptr + len` to `entry`.
///
/// # Errors
///
/// [`Error::Place`] when the host may not have put a request there, [`Error::InUse`] by (3), and those of
/// `entry`.
pub fn turn<R>(ptr: u32, len: u32, entry: impl FnOnce(&Turn<'_>) -> Result<R, Error>) -> Result<R, Error> {
    idle()?;
    RUNNING.0.set(true);
    // SAFETY: idle until here; `entry` cannot keep what it is lent.
    let result = unsafe { request(ptr, len) }.and_then(|request| entry(&Turn { request }));
    RUNNING.0.set(false);
    result
}

/// The request at `ptr..ptr + len`, for an entry by hand. Fails as [`turn`] does.
pub fn by_hand(ptr: u32, len: u32) -> Result<&'static [u8], Error> {
    idle()?;
    BY_HAND.0.set(true);
    // SAFETY: idle; by (4) the entry lets go of it in time.
    unsafe { request(ptr, len) }
}

/// Whether `bytes` stay as they are until the host has read the answer, if no host function is called.
pub fn outlasts(bytes: &[u8]) -> bool {
    let (at, block) = (bytes.as_ptr() as u32, REQUEST.0.get());
    let within = |start: u32, len: usize| at.wrapping_sub(start) < len as u32;
    within(address(&INBOX_AREA), INBOX + HEADER_LEN)
        || within(block.ptr, block.len as usize)
        || within(address(&REPLY_AREA), HOST_REPLY)
}

/// Copies `bytes` to where they stay until the host has read the answer; `None` when there is no memory.
pub fn copy(bytes: &[u8]) -> Option<u32> {
    Block::free(&ANSWER.0);
    let place = Block::fill(&ANSWER.0, bytes.len() as u32);
    if place == 0 {
        return None;
    }
    // SAFETY: the block is as long as `bytes`, and new, so it overlaps nothing that is lent.
    unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), place as *mut u8, bytes.len()) }
    Some(place)
}

/// What a host function answered. The area for replies is taken while it lives.
pub struct Held {
    ptr: u32,
    len: u32,
}

impl Held {
    /// Takes the area, calls `import` with `payload`, and tells whether the answer is an error.
    ///
    /// # Errors
    ///
    /// [`HostError::InUse`] when the area is taken, [`HostError::Malformed`] for what is no reply.
    pub fn ask(import: impl FnOnce(u32, u32) -> u64, payload: &[u8]) -> Result<(Self, bool), HostError> {
        if REPLY_HELD.0.replace(true) {
            return Err(HostError::InUse);
        }
        let (ptr, len, error) = unpack(calling(|| import(payload.as_ptr() as u32, payload.len() as u32)));
        let held = Held { ptr: if len == 0 { address(&REPLY_AREA) } else { ptr }, len };
        let offset = held.ptr.wrapping_sub(address(&REPLY_AREA)) as usize;
        let within = offset <= HOST_REPLY && len as usize <= HOST_REPLY - offset;
        if within { Ok((held, error)) } else { Err(HostError::Malformed) }
    }

    pub fn bytes(&self) -> &[u8] {
        // SAFETY: `ask` checked that the range lies in the area for replies, and it is taken while `self`
        // lives: by (2) nobody writes there.
        unsafe { slice::from_raw_parts(self.ptr as *const u8, self.len as usize) }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        REPLY_HELD.0.set(false);
    }
}

/// Sends a line to the host. The area for replies may be taken: such a line has none.
pub fn log(Line(line): Line<'_>) {
    calling(|| __aingle_log(line.as_ptr() as u32, line.len() as u32));
}

// SAFETY: the host takes any numbers. A line with a level that there is has no reply, so (2) holds.
#[link(wasm_import_module = "env")]
unsafe extern "C" {
    safe fn __aingle_log(ptr: u32, len: u32) -> u64;
    /// The import behind [`time`](crate::time).
    #[link_name = "__aingle_time"]
    pub safe fn time_import(ptr: u32, len: u32) -> u64;
}

// SAFETY: the linker's: their addresses are the bounds of the memory behind stack and statics.
unsafe extern "C" {
    static __heap_base: u8;
    static __heap_end: u8;
}

/// What the host reads once, at start; its layout is in `ABI.md`. Nothing follows its pointers.
#[repr(C)]
struct Record {
    magic: [u8; 4],
    version: u32,
    inbox: *const u8,
    inbox_len: u32,
    reply: *const u8,
    reply_len: u32,
    depth: u32,
    memory: *const u8,
}

// SAFETY: the name is reserved for the ABI.
#[used]
#[unsafe(no_mangle)]
static __aingle_abi: Single<Record> = Single(Record {
    magic: *b"AIGL",
    version: ABI_VERSION,
    inbox: (&raw const INBOX_AREA).cast(),
    inbox_len: (INBOX + HEADER_LEN) as u32,
    reply: (&raw const REPLY_AREA).cast(),
    reply_len: HOST_REPLY as u32,
    depth: CALL_DEPTH as u32,
    memory: &raw const __heap_end,
});

/// Ends what the last call allocated, and finds room for a request that is larger than the inbox; gives 0
/// when there is none, or while a call runs.
// SAFETY: the name is reserved for the ABI.
#[unsafe(no_mangle)]
extern "C" fn __aingle_guest_allocate(len: u32) -> u32 {
    if idle().is_err() {
        return 0;
    }
    // SAFETY: idle.
    unsafe { reset() }
    Block::fill(&REQUEST.0, len)
}

/// Exports `$function` under the name `$name`.
#[doc(hidden)]
#[macro_export]
macro_rules! __export {
    ($name:literal, $function:ident) => {
        // SAFETY: two of the same name do not link, and no function that the compiler calls by itself has
        // this type: if its name is taken, such a call traps or does not validate.
        #[unsafe(export_name = $name)]
        extern "C" fn exported(ptr: u32, len: u32) -> u64 {
            $function(ptr, len)
        }
    };
}

/// Calls the import `$name` with `$payload`.
#[doc(hidden)]
#[macro_export]
macro_rules! __import {
    ($name:ident, $payload:ident) => {{
        // SAFETY: the host takes any numbers, and no function that the compiler calls by itself has this
        // type. Only `host_call` can call it, with the area for replies taken.
        #[link(wasm_import_module = "env")]
        unsafe extern "C" {
            safe fn $name(ptr: u32, len: u32) -> u64;
        }
        $crate::__private::host_call(|ptr, len| $name(ptr, len), $payload)
    }};
}

/// Puts a record of `$len` bytes into the custom section.
#[doc(hidden)]
#[macro_export]
macro_rules! __record {
    ($len:expr, $record:expr) => {
        // SAFETY: a section of that name is for readers of the file, and never in memory.
        #[used]
        #[unsafe(link_section = "aingle.guest")]
        static RECORD: [u8; $len] = $record;
    };
}

__record!(section::SDK_LEN, section::SDK);

/// The bytes of the request at `ptr..ptr + len`. The arena starts anew, except when they are in a block:
/// then [`__aingle_guest_allocate`] has done that.
///
/// # Safety
///
/// It is [`idle`], or was when this call of the guest began; `'turn` ends before the call returns, and
/// before another request is read.
unsafe fn request<'turn>(ptr: u32, len: u32) -> Result<&'turn [u8], Error> {
    let block = REQUEST.0.get();
    let room = if ptr != 0 && ptr == block.ptr {
        block.len
    } else {
        // SAFETY: the caller's word.
        unsafe { reset() }
        match (ptr, len) {
            (0, 0) => return Ok(&[]),
            _ if ptr == address(&INBOX_AREA) => (INBOX + HEADER_LEN) as u32,
            _ => return Err(Error::Place),
        }
    };
    if len > room {
        return Err(Error::Place);
    }
    // SAFETY: the range lies in the inbox, or in the request's block, which the host has filled and `reset`
    // alone frees. By (2), (3) and the caller's word nothing of it changes in `'turn`.
    Ok(unsafe { slice::from_raw_parts(ptr as *const u8, len as usize) })
}

/// Ends the memory of the last call: its arena, request and answer.
///
/// # Safety
///
/// It is [`idle`], or was when this call of the guest began.
unsafe fn reset() {
    // SAFETY: (1), and only a `Turn` lends the arena: there is none, by the caller's word.
    if let Some(arena) = unsafe { &mut *ARENA.0.get() }.get_mut() {
        arena.reset();
    }
    Block::free(&REQUEST.0);
    Block::free(&ANSWER.0);
}

/// Refuses with [`Error::InUse`] what (3) keeps out.
fn idle() -> Result<(), Error> {
    if RUNNING.0.get() { Err(Error::InUse) } else { Ok(()) }
}

/// Calls a host function.
fn calling<R>(import: impl FnOnce() -> R) -> R {
    // In an `#[entry]` it is set already; a guest without one by hand is spared the code.
    let by_hand = BY_HAND.0.get();
    let before = by_hand && RUNNING.0.replace(true);
    let answer = import();
    if by_hand {
        RUNNING.0.set(before);
    }
    answer
}

/// What the one thread has.
#[repr(transparent)]
struct Single<T>(T);

// SAFETY: (1).
unsafe impl<T> Sync for Single<T> {}

/// Memory that the host writes to.
type Area<const WORDS: usize> = Single<UnsafeCell<[u64; WORDS]>>;

fn address<const WORDS: usize>(area: &Area<WORDS>) -> u32 {
    area.0.get() as u32
}

/// A request's or an answer's place on the heap: exactly as large as it must be, which the arena's is not.
#[derive(Clone, Copy)]
struct Block {
    ptr: u32,
    len: u32,
}

impl Block {
    const ALIGN: usize = 8;
    const NONE: Self = Block { ptr: 0, len: 0 };

    /// Puts a block of `len` bytes into `holder`, which has none, and gives its address; 0 when `len` is, or
    /// there is no memory.
    fn fill(holder: &Cell<Self>, len: u32) -> u32 {
        let (1.., Ok(layout)) = (len, Layout::from_size_align(len as usize, Self::ALIGN)) else {
            return 0;
        };
        // SAFETY: the layout's size is not 0.
        let ptr = unsafe { alloc(layout) } as u32;
        holder.set(if ptr == 0 { Self::NONE } else { Block { ptr, len } });
        ptr
    }

    /// Frees the block in `holder`, which then holds none.
    fn free(holder: &Cell<Self>) {
        let block = holder.replace(Self::NONE);
        if block.ptr != 0 {
            let (ptr, len) = (block.ptr as *mut u8, block.len as usize);
            // SAFETY: `fill` got it from `alloc` with this layout, and it is freed only through its one
            // holder. Nobody uses it any more: a request's by (3) and (4), an answer's is never lent in here.
            unsafe { dealloc(ptr, Layout::from_size_align_unchecked(len, Self::ALIGN)) }
        }
    }
}

static INBOX_AREA: Area<{ (INBOX + HEADER_LEN).div_ceil(8) }> = Single(UnsafeCell::new([0; _]));
static REPLY_AREA: Area<{ HOST_REPLY.div_ceil(8) }> = Single(UnsafeCell::new([0; _]));
static ARENA: Single<UnsafeCell<OnceCell<Arena>>> = Single(UnsafeCell::new(OnceCell::new()));
static REQUEST: Single<Cell<Block>> = Single(Cell::new(Block::NONE));
static ANSWER: Single<Cell<Block>> = Single(Cell::new(Block::NONE));
static RUNNING: Single<Cell<bool>> = Single(Cell::new(false));
static BY_HAND: Single<Cell<bool>> = Single(Cell::new(false));
static REPLY_HELD: Single<Cell<bool>> = Single(Cell::new(false));

/// The global allocator: `talc` over the memory that the linker left, and more where memory can grow.
#[cfg(feature = "allocator")]
mod heap {
    use core::alloc::Layout;
    use core::ptr::NonNull;

    use talc::base::Talc;
    use talc::base::binning::Binning;
    use talc::cell::TalcSyncCell;
    use talc::source::Source;
    use talc::wasm::WasmBinning;

    use crate::{pages, settings};

    #[global_allocator]
    static ALLOCATOR: TalcSyncCell<Memory, WasmBinning> =
        TalcSyncCell::new_wasm(Memory { end: None, top: 0 });

    /// Where the allocator's memory comes from.
    #[derive(Debug)]
    struct Memory {
        /// The last heap's end, as `talc` gave it.
        end: Option<NonNull<u8>>,
        /// The end of what that heap was given.
        top: usize,
    }

    // SAFETY: it allocates nothing, and reaches the allocator only through `talc`.
    unsafe impl Source for Memory {
        fn acquire<B: Binning>(talc: &mut Talc<Self, B>, layout: Layout) -> Result<(), ()> {
            let begun = (&raw const super::__heap_end).addr();
            if talc.source.end.is_none() {
                let base = (&raw const super::__heap_base).cast_mut();
                // SAFETY: the linker puts nothing there, and nothing else in a guest takes it.
                talc.source.end = unsafe { talc.claim(base, begun - base.addr()) };
                talc.source.top = begun;
                if talc.source.end.is_some() {
                    return Ok(());
                }
            }
            if settings::FIXED {
                return Err(());
            }
            let (start, end) = pages::grow(begun, layout.size() + layout.align() + OVERHEAD).ok_or(())?;
            let heap_end = match talc.source.end {
                // SAFETY: what grew is whose call grew it, and it follows the heap without a gap.
                Some(last) if start == talc.source.top => unsafe { talc.extend(last, end as *mut u8) },
                // SAFETY: what grew is whose call grew it, also behind what others grew.
                _ => unsafe { talc.claim(start as *mut u8, end - start) }.ok_or(())?,
            };
            talc.source.end = Some(heap_end);
            talc.source.top = end;
            Ok(())
        }
    }

    /// More than the allocator's own needs: its table of gaps, and the tags around a block.
    const OVERHEAD: usize = 512;
}
