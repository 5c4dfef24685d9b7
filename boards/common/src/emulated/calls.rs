//! What is asked of guests that share a machine, without a link.

use core::fmt::Write as _;

use aingle_wasm_core::{
    guest::{Delivery, Job},
    link::{
        Failure, Guests,
        guests::{Body, Part, Standing},
    },
};

use super::{Console, Done};

/// Sends a body in parts, as a link does.
pub fn send(guests: &mut impl Guests, guest: u8, body: Body, bytes: &[u8]) -> Result<(), Failure> {
    let total = bytes.len() as u32;
    (0..)
        .step_by(PART)
        .zip(bytes.chunks(PART))
        .try_for_each(|(offset, bytes)| guests.store(guest, Part { body, total, offset, bytes }))
}

/// Begins to call `entry`.
pub fn begin(guests: &mut impl Guests, guest: u8, entry: &str, request: &[u8], fuel: u64) -> Done {
    let job = Job::Call { entry, request, delivery: Delivery::Call };
    guests.begin(guest, job, false, fuel).map_err(|failure| {
        let _ = writeln!(Console, "{entry}: {failure}");
        "a job does not begin"
    })
}

/// Takes turns until the guest's job is done.
pub fn finish(guests: &mut impl Guests, guest: u8) {
    while let Standing::Underway(_) = guests.standing(guest) {
        guests.turn();
    }
}

/// What the guest answered, of that many bytes.
pub fn answer<const N: usize>(guests: &mut impl Guests, guest: u8) -> Done<[u8; N]> {
    let mut answer = None;
    let lent = guests.lend(guest, 0, &mut |bytes| answer = bytes.try_into().ok());
    answer.filter(|_| lent.is_ok()).ok_or("there is no answer, or one of another length")
}

/// Bytes that fit a link's frame.
const PART: usize = 180;
