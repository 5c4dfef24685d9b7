//! What a board gives its guests to drive.

use aingle_wasm_core::hal::{Empty, Grants, Owners, Resources};

/// The hardware of a board, which its guests share.
pub trait Bench: 'static {
    /// What is given to a guest.
    fn given() -> Grants;

    /// Lends the resources, and who owns them. What is cut short in a compartment must be usable again afterwards.
    fn lend<R>(with: impl FnOnce(&mut dyn Resources, &mut Owners) -> R) -> R;
}

/// No hardware for guests.
pub enum Nothing {}

impl Bench for Nothing {
    fn given() -> Grants {
        Grants::NONE
    }

    fn lend<R>(with: impl FnOnce(&mut dyn Resources, &mut Owners) -> R) -> R {
        with(&mut Empty, &mut Owners::new())
    }
}
