//! One host function, what it costs, and how it fails.

#[cfg(feature = "std")]
use std::boxed::Box;

use crate::{engine::Limits, envelope::HEADER_LEN};

/// A host function: an entry of the table that a guest is started with.
pub struct Import<T: 'static> {
    pub(crate) name: &'static str,
    pub(super) max_reply: u32,
    pub(super) cost: Cost,
    call: Call<T>,
}

/// Answers a request: state, request, room for the reply; gives the reply's length in bytes. A length beyond the room
/// is cut to it: a reply that has no room is [`HostError::TooSmall`].
pub type Answer<T> = fn(&mut T, &[u8], &mut [u8]) -> Result<usize, HostError>;

enum Call<T> {
    Function(Answer<T>),
    #[cfg(feature = "std")]
    Closure(Box<Closure<T>>),
}

#[cfg(feature = "std")]
type Closure<T> = dyn Fn(&mut T, &[u8], &mut [u8]) -> Result<usize, HostError> + Send + Sync;

impl<T> Import<T> {
    /// The function `name` of the module [`env`](crate::abi::IMPORT_MODULE). A reply is at most `max_reply` bytes
    /// long: a guest of the predecessor is asked for that much room.
    ///
    /// A guest of ours gives the area that it was built with instead, `AINGLE_GUEST_HOST_REPLY`: 256 bytes unless told.
    ///
    /// A plain function suffices for most: state lives in the host's `T`, and the table can be a constant.
    ///
    /// # Panics
    /// When `max_reply` is above 2,147,483,635: more than any guest's memory has room for behind a header.
    pub const fn new(name: &'static str, max_reply: u32, cost: Cost, call: Answer<T>) -> Self {
        assert!(max_reply <= MAX_REPLY, "no guest has room for such a reply");
        Self { name, max_reply, cost, call: Call::Function(call) }
    }

    /// The same with a closure, which all guests that are started with it share.
    ///
    /// # Panics
    /// As [`Import::new`].
    #[cfg(feature = "std")]
    pub fn closure(
        name: &'static str,
        max_reply: u32,
        cost: Cost,
        call: impl Fn(&mut T, &[u8], &mut [u8]) -> Result<usize, HostError> + Send + Sync + 'static,
    ) -> Self {
        assert!(max_reply <= MAX_REPLY, "no guest has room for such a reply");
        Self { name, max_reply, cost, call: Call::Closure(Box::new(call)) }
    }

    /// The name by which guests import it.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn call(&self, state: &mut T, request: &[u8], room: &mut [u8]) -> Result<usize, HostError> {
        match &self.call {
            Call::Function(function) => function(state, request, room),
            #[cfg(feature = "std")]
            Call::Closure(closure) => closure(state, request, room),
        }
    }
}

/// The fuel of a host call, charged before the host does anything for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Cost {
    /// Units for each call, beside what the guest pays for its own `call` operator.
    pub call: u32,
    /// Bytes of the request for one unit more, rounded down; 0 charges nothing for bytes.
    pub bytes_per_unit: u32,
}

impl Cost {
    /// What the work of a short host function comes to, and of one that copies its request.
    pub const STANDARD: Self = Self { call: 20, bytes_per_unit: 16 };

    pub(super) const fn of(self, request_len: u32) -> u64 {
        let bytes = match request_len.checked_div(self.bytes_per_unit) {
            Some(units) => units,
            None => 0,
        };
        self.call as u64 + bytes as u64
    }
}

/// Why a host function has no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum HostError {
    /// The room does not suffice; so many bytes do. The guest learns the number.
    TooSmall(u32),
    /// The guest gets an error; its text is that many bytes at the room's start.
    Failed(usize),
    /// The guest is stopped: it traps.
    Stop,
}

impl HostError {
    /// An error for the guest with as much of `text` as fits in `room`.
    pub fn failed(text: &str, room: &mut [u8]) -> Self {
        let len = text.floor_char_boundary(room.len());
        room[..len].copy_from_slice(&text.as_bytes()[..len]);
        HostError::Failed(len)
    }
}

/// Bytes of the longest reply, behind its header.
const MAX_REPLY: u32 = Limits::MOST_MEMORY - HEADER_LEN as u32;
