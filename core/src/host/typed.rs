//! Host functions whose requests and replies are values, as postcard.

use core::fmt::{self, Write};

use serde::{Deserialize, Serialize};

use super::HostError;

/// Answers a request that is the postcard of a `Q` with the postcard of an `R`; the guest gets the words of an error.
///
/// ```
/// use aingle_wasm_core::host::{self, Cost, Import};
///
/// fn divide((a, b): (u32, u32)) -> Result<u32, &'static str> {
///     a.checked_div(b).ok_or("division by zero")
/// }
///
/// const IMPORTS: &[Import<()>] = &[Import::new("divide", 5, Cost::STANDARD, |_, request, room| {
///     host::typed(request, room, divide)
/// })];
/// # assert_eq!(IMPORTS[0].name(), "divide");
/// ```
///
/// # Errors
/// [`HostError::Failed`] when the request is not the postcard of a `Q`, and when `answer` fails, with its words;
/// [`HostError::TooSmall`] when the reply does not fit.
pub fn typed<'q, Q, R, E>(
    request: &'q [u8],
    room: &mut [u8],
    answer: impl FnOnce(Q) -> Result<R, E>,
) -> Result<usize, HostError>
where
    Q: Deserialize<'q>,
    R: Serialize,
    E: fmt::Display,
{
    let Ok((request, [])) = postcard::take_from_bytes(request) else {
        return Err(HostError::failed("the request cannot be read", room));
    };
    let reply = match answer(request) {
        Ok(reply) => reply,
        Err(error) => {
            let mut words = Words { room, len: 0 };
            // What does not fit is cut.
            _ = write!(words, "{error}");
            return Err(HostError::Failed(words.len));
        }
    };
    let needed = postcard::experimental::serialized_size(&reply);
    match (postcard::to_slice(&reply, room), needed) {
        (Ok(written), _) => Ok(written.len()),
        (Err(_), Ok(needed)) => Err(HostError::TooSmall(u32::try_from(needed).unwrap_or(u32::MAX))),
        (Err(_), Err(_)) => Err(HostError::failed("the reply cannot be written", room)),
    }
}

/// Text at the start of a room.
struct Words<'r> {
    room: &'r mut [u8],
    len: usize,
}

impl Write for Words<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let rest = &mut self.room[self.len..];
        let fitting = text.floor_char_boundary(rest.len());
        rest[..fitting].copy_from_slice(&text.as_bytes()[..fitting]);
        self.len += fitting;
        if fitting < text.len() { Err(fmt::Error) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn halve(request: &[u8], room: &mut [u8]) -> Result<usize, HostError> {
        typed(request, room, |number: u32| match number % 2 {
            0 => Ok((number / 2, "half")),
            _ => Err("größer als die Hälfte"),
        })
    }

    #[test]
    fn a_value_is_answered_by_a_value() {
        let mut room = [0; 16];
        let len = halve(&[10], &mut room).unwrap();
        assert_eq!(room[..len], [5, 4, b'h', b'a', b'l', b'f']);
    }

    #[test]
    fn an_error_leaves_its_words_as_far_as_they_fit() {
        let mut room = [0; 64];
        assert_eq!(halve(&[3], &mut room), Err(HostError::Failed(24)));
        assert_eq!(str::from_utf8(&room[..24]), Ok("größer als die Hälfte"));
        assert_eq!(halve(&[3], &mut room[..3]), Err(HostError::Failed(2)), "not half a letter");
        assert_eq!(halve(&[3], &mut []), Err(HostError::Failed(0)));
    }

    #[test]
    fn what_does_not_fit_is_told() {
        assert_eq!(halve(&[10], &mut [0; 5]), Err(HostError::TooSmall(6)));
        let mut room = [0; 64];
        for request in [&[][..], &[10, 0], &[0x80]] {
            let Err(HostError::Failed(len)) = halve(request, &mut room) else { panic!("{request:?}") };
            assert_eq!(&room[..len], b"the request cannot be read");
        }
    }
}
