//! One call: from the request's place in memory to the reply's.

use core::mem;
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};

use crate::envelope::Request;
use crate::packed::{ERROR, pack};
use crate::sys::{self, Turn};
use crate::{Arena, Error, Event};

/// Reads the request at `ptr..ptr + len` and gives its payload, without copying it.
///
/// For entries that are written by hand; [`#[entry]`](crate::entry) does it by itself. Who exports one,
/// with `unsafe(no_mangle)`, vouches for two things: that `ptr` and `len` are what the entry was called
/// with, and that nothing of the payload is used after the entry has returned or read another request.
/// Its memory holds the next request then: what is kept for longer is copied.
///
/// # Errors
///
/// When the host's bytes are not an envelope that a guest understands, or lie elsewhere than a request may;
/// [`Error::InUse`] in an `#[entry]`.
pub fn host_args(ptr: u32, len: u32) -> Result<&'static [u8], Error> {
    let request = open(sys::by_hand(ptr, len)?)?;
    ONE_WAY.store(!request.expects_response, Relaxed);
    Ok(request.payload)
}

/// Answers with `reply`: the value that an entry written by hand returns.
///
/// Bytes of the request and of a [`Reply`](crate::Reply) are lent as they lie; others are copied, because
/// `reply` may end with the entry. So no host function is called after it. Traps when there is no memory.
pub fn return_ok(reply: &(impl AsRef<[u8]> + ?Sized)) -> u64 {
    answer(reply.as_ref(), false)
}

/// Answers with an error, in the words of `words`; see [`return_ok`].
pub fn return_err(words: &(impl AsRef<[u8]> + ?Sized)) -> u64 {
    answer(words.as_ref(), true)
}

/// Runs `entry` with the request at `ptr..ptr + len`, and gives what goes back to the host.
#[doc(hidden)]
#[inline]
pub fn run(ptr: u32, len: u32, entry: impl FnOnce(&Call<'_>) -> u64) -> u64 {
    let answer = sys::turn(ptr, len, |turn| {
        let request = open(turn.request)?;
        Ok(entry(&Call { request, turn }))
    });
    match answer {
        Ok(answer) => answer,
        Err(error) => place(error.as_ref(), true),
    }
}

/// A call of an `#[entry]`.
pub struct Call<'a> {
    request: Request<'a>,
    turn: &'a Turn<'a>,
}

impl<'a> Call<'a> {
    /// The request's payload.
    #[inline]
    pub fn input(&self) -> &'a [u8] {
        self.request.payload
    }

    /// Memory that lasts as long as the call.
    #[inline]
    pub fn arena(&self) -> &'a Arena {
        self.turn.arena()
    }

    /// The event that the request tells of.
    ///
    /// # Errors
    ///
    /// The answer that refuses what is no event.
    #[inline]
    pub fn event(&self) -> Result<Event<'a>, u64> {
        Event::parse(self.input()).ok_or_else(|| self.finish::<&[u8], _>(Err("the request is no event")))
    }

    /// The answer for what the entry returned.
    #[inline]
    pub fn finish<T: AsRef<[u8]>, E: AsRef<[u8]>>(&self, result: Result<T, E>) -> u64 {
        if !self.request.expects_response {
            return 0;
        }
        match result {
            Ok(reply) => lend(&reply, false),
            Err(words) => lend(&words, true),
        }
    }
}

/// The words of an error that can be displayed.
#[cfg(feature = "fmt")]
#[derive(Debug)]
pub struct Shown(alloc::string::String);

#[cfg(feature = "fmt")]
impl Shown {
    /// Writes `error` down.
    pub fn new(error: impl core::fmt::Display) -> Self {
        Shown(alloc::format!("{error}"))
    }
}

#[cfg(feature = "fmt")]
impl AsRef<[u8]> for Shown {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

fn open(request: &[u8]) -> Result<Request<'_>, Error> {
    if request.is_empty() { Ok(Request::EMPTY) } else { Request::parse(request) }
}

fn answer(bytes: &[u8], error: bool) -> u64 {
    if ONE_WAY.swap(false, Relaxed) {
        return 0;
    }
    keep(bytes, error)
}

/// Lends the bytes of `value`, which ends with this call, without copying them where that is safe.
///
/// A value that nothing is dropped with has its bytes elsewhere (in the request, the arena or a static),
/// unless they lie in the value itself.
#[inline]
fn lend<T: AsRef<[u8]>>(value: &T, error: bool) -> u64 {
    let bytes = value.as_ref();
    if mem::needs_drop::<T>() {
        keep(bytes, error)
    } else if within(value, bytes) {
        copied(bytes, error)
    } else {
        place(bytes, error)
    }
}

/// Copies `bytes`, unless they lie where they last until the host has read them.
fn keep(bytes: &[u8], error: bool) -> u64 {
    if bytes.is_empty() || sys::outlasts(bytes) { place(bytes, error) } else { copied(bytes, error) }
}

fn copied(bytes: &[u8], error: bool) -> u64 {
    match sys::copy(bytes) {
        Some(copy) => pack(copy, bytes.len() as u32, error),
        None => sys::abort(),
    }
}

fn place(bytes: &[u8], error: bool) -> u64 {
    // Addresses of a guest have 31 bits; elsewhere nobody reads them.
    let packed = pack(bytes.as_ptr() as usize as u32, bytes.len() as u32, error);
    debug_assert!(packed & ERROR == 0 || error, "an address of 2 GiB or more");
    packed
}

fn within<T>(value: &T, bytes: &[u8]) -> bool {
    let start = (&raw const *value).addr();
    let at = bytes.as_ptr().addr();
    start <= at && at < start + size_of::<T>() && !bytes.is_empty()
}

/// The request of the entry by hand wants no answer.
static ONE_WAY: AtomicBool = AtomicBool::new(false);

#[cfg(test)]
mod tests {
    use super::within;

    #[test]
    fn bytes_inside_a_value_are_told_from_bytes_elsewhere() {
        let array = [1u8, 2, 3];
        let slice = &array[..];
        assert!(within(&array, array.as_ref()));
        assert!(!within(&slice, slice));
    }
}
