//! Asking the host.

use core::fmt;
use core::ops::Deref;

use crate::HostError;
use crate::sys::{self, Held};

/// Declares host functions: `host_externs!(read_sensor, set_led);`.
///
/// Each becomes a function `fn read_sensor(payload: &[u8]) -> Result<Reply, HostError>` and an import
/// `env.read_sensor` of the guest. A host that does not offer it, or did not grant it, refuses the guest.
///
/// ```
/// use aingle_wasm_guest::prelude::*;
///
/// host_externs!(read_sensor);
///
/// #[entry]
/// fn doubled(_input: &[u8]) -> Result<[u8; 1], HostError> {
///     let reply = read_sensor(b"cellar")?;
///     Ok([reply.first().map_or(0, |degrees| degrees * 2)])
/// }
/// ```
///
/// With their types (feature `typed`), host functions take and give values of serde types: the request is the postcard
/// of the tuple of arguments, the reply that of the result.
///
/// ```
/// # #[cfg(feature = "typed")]
/// aingle_wasm_guest::host_externs!(fn read_sensor(room: &str, samples: u8) -> i32);
/// ```
#[macro_export]
macro_rules! host_externs {
    ($(fn $name:ident($($argument:ident: $ty:ty),* $(,)?) -> $reply:ty);+ $(;)?) => { $(
        $crate::__typed! {
            /// Asks the host.
            ///
            /// # Errors
            ///
            /// When the host refuses, or its reply does not fit or is no such value.
            #[allow(dead_code, non_snake_case, clippy::too_many_arguments)]
            pub(crate) fn $name($($argument: $ty),*) -> ::core::result::Result<$reply, $crate::HostError> {
                mod bytes {
                    $crate::host_externs!($name);
                }
                $crate::__private::ask(bytes::$name, &($($argument,)*))
            }
        }
    )+ };
    ($($name:ident),+ $(,)?) => { $(
        /// Asks the host.
        ///
        /// # Errors
        ///
        /// When the host refuses, or its reply does not fit.
        #[allow(dead_code, non_snake_case)]
        pub(crate) fn $name(payload: &[u8]) -> ::core::result::Result<$crate::Reply, $crate::HostError> {
            const _: () = ::core::assert!(
                !$crate::__private::reserved(::core::stringify!($name)),
                "names that begin with `__aingle_` are reserved",
            );
            #[cfg(target_arch = "wasm32")]
            {
                $crate::__record!(
                    $crate::__private::wants_len(::core::stringify!($name)),
                    $crate::__private::wants(::core::stringify!($name))
                );
                $crate::__import!($name, payload)
            }
            #[cfg(not(target_arch = "wasm32"))]
            $crate::__private::host_call(|_, _| 0, payload)
        }
    )+ };
}

/// What a host function answered: bytes, lent by the guest's one place for such replies.
///
/// While it is held, the next host function is refused with [`HostError::InUse`].
pub struct Reply {
    held: Held,
}

impl Deref for Reply {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.held.bytes()
    }
}

impl AsRef<[u8]> for Reply {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Reply").field(&self.held.bytes()).finish()
    }
}

/// The time since the host started, in microseconds.
///
/// # Errors
///
/// [`HostError::Refused`] by a host without a clock.
pub fn time() -> Result<u64, HostError> {
    let reply = call(|ptr, len| sys::time_import(ptr, len), &[])?;
    match <[u8; 8]>::try_from(&*reply) {
        Ok(bytes) => Ok(u64::from_le_bytes(bytes)),
        Err(_) => Err(HostError::Malformed),
    }
}

/// Calls an imported function.
#[doc(hidden)]
#[inline]
pub fn call(import: impl FnOnce(u32, u32) -> u64, payload: &[u8]) -> Result<Reply, HostError> {
    let (held, error) = Held::ask(import, payload)?;
    let reply = Reply { held };
    if error { Err(refused(reply)) } else { Ok(reply) }
}

/// Sorts a host's error: its words, or that the reply has no room.
fn refused(words: Reply) -> HostError {
    match *words {
        [b'S', b'I', b'Z', b'E', a, b, c, d] => HostError::TooLarge(u32::from_le_bytes([a, b, c, d])),
        _ => HostError::Refused(words),
    }
}

#[cfg(test)]
mod tests {
    use super::{Reply, refused};
    use crate::HostError;
    use crate::sys::Held;

    #[test]
    fn a_reply_without_room_names_the_size() {
        let reply = |bytes| Reply { held: Held(bytes) };
        assert!(matches!(refused(reply(b"SIZE\x00\x02\0\0")), HostError::TooLarge(512)));
        assert!(matches!(refused(reply(b"no")), HostError::Refused(words) if *words == *b"no"));
    }
}
