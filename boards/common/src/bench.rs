//! What a board gives its guests to drive.

use aingle_wasm_core::{
    events::{Happened, MAX_QUEUE, MAX_TEXT},
    hal::{Empty, Grants, Owners, Resources},
};

/// The hardware of a board, which its guests share.
pub trait Bench: 'static {
    /// What is given to a guest: all there is, of which a board has fewer than can be granted.
    fn given() -> Grants {
        Self::lend(|resources, _| Grants::of_all(resources, Self::LONGEST_WAIT).unwrap_or_default())
    }

    /// Lends the resources, and who owns them. What is cut short in a compartment must be usable again afterwards.
    fn lend<R>(with: impl FnOnce(&mut dyn Resources, &mut Owners) -> R) -> R;

    /// Microseconds of a wait, at most: nothing else is served meanwhile.
    const LONGEST_WAIT: u32 = 100_000;

    /// Milliseconds between two ticks of a guest, at least.
    const FASTEST_TICK: u32 = 10;

    /// What happened next to resource `number`, an input or a UART, of which guests are told; a line's bytes are in
    /// `room`. Interrupts keep it until it is asked for, and count what they have no room for.
    fn happened<'r>(number: u8, room: &'r mut [u8; MAX_TEXT]) -> Option<Happened<'r>> {
        let (_, _) = (number, room);
        None
    }

    /// Forgets what happened to that resource until now, and what has come of a line: nobody is to be told of it.
    fn forget(number: u8) {
        let mut room = [0; MAX_TEXT];
        // However fast it happens, this ends.
        for _ in 0..MAX_QUEUE {
            if Self::happened(number, &mut room).is_none() {
                break;
            }
        }
    }
}

/// No hardware for guests.
pub enum Nothing {}

impl Bench for Nothing {
    fn lend<R>(with: impl FnOnce(&mut dyn Resources, &mut Owners) -> R) -> R {
        with(&mut Empty, &mut Owners::new())
    }
}
