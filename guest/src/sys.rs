//! The guest's side of the ABI: the record, the inbox, memory, imports. All `unsafe` code of the SDK is
//! here. A guest has one thread, and the host touches its memory only while none of its code runs.

use alloc::alloc::{alloc, dealloc};
use core::alloc::Layout;
use core::cell::{Cell, UnsafeCell};
use core::slice;

use crate::envelope::HEADER_LEN;
use crate::packed::unpack;
use crate::{Arena, CALL_DEPTH, Error, HOST_REPLY, HostError, INBOX, Reply, host};

/// The version of the ABI that this SDK speaks.
pub const ABI_VERSION: u32 = 1;

/// The bytes of the request at `ptr..ptr + len`; empty for (0, 0).
///
/// The arena starts anew, except when the request is in a block: then
/// [`__aingle_guest_allocate`] has done that.
///
/// # Errors
///
/// [`Error::Place`] when the host may not have put a request there.
pub fn request(ptr: u32, len: u32) -> Result<&'static [u8], Error> {
    let block = STATE.request.get();
    if len != 0 && ptr == block.ptr {
        return if len <= block.len { Ok(lent(ptr, len)) } else { Err(Error::Place) };
    }
    reset();
    match (ptr, len) {
        (0, 0) => Ok(&[]),
        _ if ptr == INBOX_AREA.address() && len as usize <= INBOX + HEADER_LEN => Ok(lent(ptr, len)),
        _ => Err(Error::Place),
    }
}

/// The arena of the call that runs.
pub fn arena() -> &'static Arena {
    // SAFETY: one thread; the only `&mut` to the arena is in `reset`, which runs between calls.
    let arena = unsafe { &mut *STATE.arena.get() };
    arena.get_or_insert_with(Arena::new)
}

/// Whether `bytes` lie in memory that nobody writes to before the host has read the answer.
pub fn outlasts(bytes: &[u8]) -> bool {
    let (at, block) = (bytes.as_ptr() as u32, STATE.request.get());
    let within = |start: u32, len: usize| at.wrapping_sub(start) < len as u32;
    within(INBOX_AREA.address(), INBOX + HEADER_LEN)
        || within(block.ptr, block.len as usize)
        || within(REPLY_AREA.address(), HOST_REPLY)
}

/// Copies `bytes` to where they last until the host has read the answer; `None` when there is no memory.
pub fn copy(bytes: &[u8]) -> Option<&'static [u8]> {
    STATE.answer.get().free();
    let block = Block::new(bytes.len() as u32);
    STATE.answer.set(block);
    if block.len as usize != bytes.len() {
        return None;
    }
    // SAFETY: the block is new, and `bytes` as long.
    unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), block.ptr as *mut u8, bytes.len()) }
    Some(lent(block.ptr, block.len))
}

/// Whether an `#[entry]` runs.
pub fn in_entry() -> bool {
    STATE.in_entry.get()
}

/// Notes that an `#[entry]` begins or ends.
pub fn set_in_entry(inside: bool) {
    STATE.in_entry.set(inside);
}

/// Notes that the request wants no answer.
pub fn set_one_way(one_way: bool) {
    STATE.one_way.set(one_way);
}

/// Whether the request wants no answer.
pub fn take_one_way() -> bool {
    STATE.one_way.replace(false)
}

/// Takes the area for host replies, until [`release_reply`].
///
/// # Errors
///
/// [`HostError::InUse`] when it is taken.
pub fn hold_reply() -> Result<(), HostError> {
    if STATE.reply_held.replace(true) { Err(HostError::InUse) } else { Ok(()) }
}

/// Reads what a host function returned, and lets go of the area if there is no reply in it.
///
/// # Errors
///
/// What the host answered with, if it is an error or no reply.
pub fn reply(packed: u64) -> Result<Reply, HostError> {
    let (ptr, len, error) = unpack(packed);
    let offset = ptr.wrapping_sub(REPLY_AREA.address()) as usize;
    let bytes: &'static [u8] = match len as usize {
        0 => &[],
        len if offset <= HOST_REPLY && len <= HOST_REPLY - offset => lent(ptr, len as u32),
        _ => {
            release_reply();
            return Err(HostError::Malformed);
        }
    };
    let reply = Reply::new(bytes);
    if error { Err(host::refused(reply)) } else { Ok(reply) }
}

/// Lets go of the area for host replies.
pub fn release_reply() {
    STATE.reply_held.set(false);
}

/// Sends a line that begins with its level to the host.
pub fn log(line: &[u8]) {
    // The reply is empty, whatever else is in the area.
    __aingle_log(line.as_ptr() as u32, line.len() as u32);
}

/// The import behind [`time`](crate::time).
pub fn time_import(ptr: u32, len: u32) -> u64 {
    __aingle_time(ptr, len)
}

/// Ends the run in a trap.
pub fn abort() -> ! {
    core::arch::wasm32::unreachable()
}

#[link(wasm_import_module = "env")]
unsafe extern "C" {
    safe fn __aingle_log(ptr: u32, len: u32) -> u64;
    safe fn __aingle_time(ptr: u32, len: u32) -> u64;
}

unsafe extern "C" {
    /// The linker's: its address is the end of the memory that the guest starts with.
    static __heap_end: u8;
}

/// What the host reads once, at start; its layout is in `ABI.md`.
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

// SAFETY: never written, and its pointers are addresses for the host, never followed here.
unsafe impl Sync for Record {}

#[used]
#[unsafe(no_mangle)]
static __aingle_abi: Record = Record {
    magic: *b"AIGL",
    version: ABI_VERSION,
    inbox: (&raw const INBOX_AREA).cast(),
    inbox_len: (INBOX + HEADER_LEN) as u32,
    reply: (&raw const REPLY_AREA).cast(),
    reply_len: HOST_REPLY as u32,
    depth: CALL_DEPTH as u32,
    memory: &raw const __heap_end,
};

/// Finds room for a request that is larger than the inbox; 0 when there is none.
///
/// Ends what the last call allocated.
#[unsafe(no_mangle)]
extern "C" fn __aingle_guest_allocate(len: u32) -> u32 {
    reset();
    STATE.request.set(Block::new(len));
    STATE.request.get().ptr
}

/// Ends the memory of the last call: its arena, request and answer. Nothing of it is borrowed between calls.
fn reset() {
    // SAFETY: one thread, and no call runs that could hold the arena.
    if let Some(arena) = unsafe { &mut *STATE.arena.get() } {
        arena.reset();
    }
    STATE.request.replace(Block::NONE).free();
    STATE.answer.replace(Block::NONE).free();
}

fn lent(ptr: u32, len: u32) -> &'static [u8] {
    // SAFETY: callers checked that the range lies in the inbox, a block or the reply area, which live on;
    // it is written to again only between calls, or when no `Reply` is held.
    unsafe { slice::from_raw_parts(ptr as *const u8, len as usize) }
}

/// Memory that the host writes to.
#[repr(C, align(8))]
struct Area<const LEN: usize>(UnsafeCell<[u8; LEN]>);

impl<const LEN: usize> Area<LEN> {
    fn address(&self) -> u32 {
        self.0.get() as u32
    }
}

// SAFETY: one thread.
unsafe impl<const LEN: usize> Sync for Area<LEN> {}

/// A request's or an answer's place on the heap: exactly as large as it must be, which the arena's is not.
#[derive(Clone, Copy)]
struct Block {
    ptr: u32,
    len: u32,
}

impl Block {
    const NONE: Self = Block { ptr: 0, len: 0 };

    /// A block of `len` bytes, or none when that is 0 or there is no memory.
    fn new(len: u32) -> Self {
        let Some(layout) = Self::layout(len) else {
            return Self::NONE;
        };
        // SAFETY: the layout's size is not 0.
        let ptr = unsafe { alloc(layout) } as u32;
        if ptr == 0 { Self::NONE } else { Block { ptr, len } }
    }

    fn free(self) {
        if let Some(layout) = Self::layout(self.len) {
            // SAFETY: it came from `alloc` with this layout, and its only holder has given it up.
            unsafe { dealloc(self.ptr as *mut u8, layout) }
        }
    }

    fn layout(len: u32) -> Option<Layout> {
        if len == 0 { None } else { Layout::from_size_align(len as usize, 8).ok() }
    }
}

struct State {
    arena: UnsafeCell<Option<Arena>>,
    request: Cell<Block>,
    answer: Cell<Block>,
    in_entry: Cell<bool>,
    one_way: Cell<bool>,
    reply_held: Cell<bool>,
}

// SAFETY: one thread.
unsafe impl Sync for State {}

static INBOX_AREA: Area<{ INBOX + HEADER_LEN }> = Area(UnsafeCell::new([0; INBOX + HEADER_LEN]));
static REPLY_AREA: Area<HOST_REPLY> = Area(UnsafeCell::new([0; HOST_REPLY]));
static STATE: State = State {
    arena: UnsafeCell::new(None),
    request: Cell::new(Block::NONE),
    answer: Cell::new(Block::NONE),
    in_entry: Cell::new(false),
    one_way: Cell::new(false),
    reply_held: Cell::new(false),
};

/// The global allocator: `talc` over the memory that the linker left, and more where memory can grow.
#[cfg(feature = "allocator")]
mod heap {
    use core::alloc::Layout;
    use core::arch::wasm32::{memory_grow, memory_size};
    use core::ptr::NonNull;

    use talc::base::Talc;
    use talc::base::binning::Binning;
    use talc::cell::TalcSyncCell;
    use talc::source::Source;
    use talc::wasm::WasmBinning;

    #[global_allocator]
    static ALLOCATOR: TalcSyncCell<Memory, WasmBinning> = TalcSyncCell::new_wasm(Memory { end: None });

    unsafe extern "C" {
        /// The linker's: its address is where the memory behind stack and statics begins.
        static __heap_base: u8;
    }

    /// Where the allocator's memory comes from.
    #[derive(Debug)]
    struct Memory {
        end: Option<NonNull<u8>>,
    }

    // SAFETY: it allocates nothing, and reaches the allocator only through `talc`.
    unsafe impl Source for Memory {
        fn acquire<B: Binning>(talc: &mut Talc<Self, B>, layout: Layout) -> Result<(), ()> {
            let base = (&raw const __heap_base).cast_mut();
            if talc.source.end.is_none() {
                let len = (&raw const super::__heap_end).addr() - base.addr();
                // SAFETY: the linker puts nothing there, and nothing else in a guest takes it.
                talc.source.end = unsafe { talc.claim(base, len) };
                if talc.source.end.is_some() {
                    return Ok(());
                }
            }
            if crate::settings::FIXED {
                return Err(());
            }
            let end = grow(layout.size() + layout.align() + OVERHEAD).ok_or(())?;
            talc.source.end = match talc.source.end {
                // SAFETY: the memory that grew follows the heap, which was the memory's end.
                Some(heap_end) => Some(unsafe { talc.extend(heap_end, end as *mut u8) }),
                // SAFETY: as above; what the linker left was too little to begin with.
                None => unsafe { talc.claim(base, end - base.addr()) },
            };
            if talc.source.end.is_some() { Ok(()) } else { Err(()) }
        }
    }

    /// Grows memory by at least `bytes`, and gives its end.
    fn grow(bytes: usize) -> Option<usize> {
        // Pages have 64 KiB or 1 byte. In bytes, memory has never less than it began with; a count of
        // pages of 64 KiB is always less, as the memory that a guest begins with has at least one.
        let begun = (&raw const super::__heap_end).addr();
        let shift = if memory_size::<0>() < begun { 16 } else { 0 };
        let pages = (bytes >> shift) + 1;
        match memory_grow::<0>(pages) {
            usize::MAX => None,
            before => (before + pages).checked_mul(1 << shift),
        }
    }

    /// More than the allocator's own needs: its table of gaps, and the tags around a block.
    const OVERHEAD: usize = 512;
}
