#![doc = include_str!("../README.md")]
#![no_std]
#![deny(unsafe_code)]

extern crate alloc;
// The attribute's expansion names this crate; so the tests and docs in it must find it too.
extern crate self as aingle_wasm_guest;

mod call;
mod envelope;
mod error;
mod event;
#[cfg(feature = "hal")]
pub mod hal;
mod host;
mod log;
mod packed;
#[cfg(all(target_arch = "wasm32", feature = "allocator"))]
mod pages;
pub mod prelude;
mod section;
mod settings;
#[cfg(target_arch = "wasm32")]
#[allow(unsafe_code)]
mod sys;
#[cfg(not(target_arch = "wasm32"))]
#[path = "native.rs"]
mod sys;
#[cfg(feature = "typed")]
mod typed;

/// Makes a function an entry: exported under its name, called by the host with a request, answering with
/// what it returns.
///
/// **Over bytes**, when its argument is one `&[u8]`: the request's payload comes in, what is returned goes
/// out. The return type is `Result<T, E>`, or a plain `T` that cannot fail; `T` and `E` are anything that
/// is `AsRef<[u8]>`. A borrowed result (of the request, of the arena, of a static) is lent to the host
/// without copying it. A second argument `&Arena` is memory for the time of the call.
///
/// ```
/// use aingle_wasm_guest::prelude::*;
///
/// #[entry]
/// fn trimmed(input: &[u8]) -> Result<&[u8], &'static str> {
///     if input.is_empty() { Err("nothing to trim") } else { Ok(input.trim_ascii()) }
/// }
///
/// // It stays a function, to be tested like any other.
/// assert_eq!(trimmed(b" x "), Ok(&b"x"[..]));
/// ```
///
/// **Typed**, with any other arguments (feature `typed`): the payload is the postcard of the tuple of the
/// arguments, each of which is `serde::Deserialize`; the reply is the postcard of the result, which is
/// `serde::Serialize`. An error is bytes here too. `#[entry(typed)]` makes one `&[u8]` a typed argument.
///
/// ```
/// # fn main() {}
/// # #[cfg(feature = "typed")]
/// # mod typed {
/// # use aingle_wasm_guest::prelude::*;
/// #[entry]
/// fn largest(values: Vec<i32>) -> Result<i32, &'static str> {
///     values.into_iter().max().ok_or("no values")
/// }
/// # }
/// ```
///
/// **Event**, when its argument is one [`Event`]: a board calls it when something happened that the guest is told of.
/// It returns nothing, or `Result<(), E>`; nobody hears of an error but whoever calls it by hand.
///
/// `#[entry(display)]` writes the error by `Display` instead (feature `fmt`).
///
/// A request that expects no response gets none, whatever the function returns.
///
/// # Errors
///
/// A compile error, where a host could not call the function: methods, `async`, `unsafe` or `extern`
/// functions, type parameters, no return type, names that begin with `__aingle_`.
pub use aingle_wasm_guest_macros::entry;
/// Memory for one call, given to an entry that asks for it: `fn name(input: &[u8], arena: &Arena)`.
///
/// Everything in it is gone when the next request comes; the block behind it is kept and used again.
pub use bumpalo::Bump as Arena;
pub use call::{host_args, return_err, return_ok};
pub use error::{Error, HostError};
pub use event::{Event, What};
pub use host::{Reply, time};
pub use log::Level;
pub use settings::{CALL_DEPTH, HOST_REPLY, INBOX};

/// What the macros expand to; not for use by hand.
#[doc(hidden)]
pub mod __private {
    #[cfg(feature = "fmt")]
    pub use crate::call::Shown;
    pub use crate::call::{Call, run};
    pub use crate::host::call as host_call;
    #[cfg(feature = "fmt")]
    pub use crate::log::format;
    pub use crate::log::{Line, line, text};
    pub use crate::section::{reserved, wants, wants_len};
    #[cfg(feature = "typed")]
    pub use crate::typed::ask;
}

/// Expands to its arguments, if the feature `typed` is on.
#[cfg(feature = "typed")]
#[doc(hidden)]
#[macro_export]
macro_rules! __typed {
    ($($tokens:tt)*) => { $($tokens)* };
}

/// Says that the feature `typed` is off.
#[cfg(not(feature = "typed"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __typed {
    ($($tokens:tt)*) => {
        compile_error!(
            "typed entries and host functions need the feature `typed` of aingle-wasm-guest; \
             an entry over bytes takes `&[u8]`"
        )
    };
}

/// Expands to its arguments, if the feature `fmt` is on.
#[cfg(feature = "fmt")]
#[doc(hidden)]
#[macro_export]
macro_rules! __fmt {
    ($($tokens:tt)*) => { $($tokens)* };
}

/// Says that the feature `fmt` is off.
#[cfg(not(feature = "fmt"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __fmt {
    ($($tokens:tt)*) => {
        compile_error!("`#[entry(display)]` needs the feature `fmt` of aingle-wasm-guest")
    };
}

/// Ends a `no_std` guest's panics in a trap: `aingle_wasm_guest::panic_handler!();`, once in a guest.
///
/// It never looks at the panic's message, so that no formatting code gets into the guest. A guest with
/// `std` has a handler already. Off WebAssembly it expands to nothing.
#[macro_export]
macro_rules! panic_handler {
    () => {
        #[cfg(target_arch = "wasm32")]
        #[panic_handler]
        fn panic(_: &::core::panic::PanicInfo<'_>) -> ! {
            ::core::arch::wasm32::unreachable()
        }
    };
}
