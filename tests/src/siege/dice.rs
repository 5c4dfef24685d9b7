//! Chance, the same on every machine.

use heapless::Vec;

use super::words::EDGES;
use crate::{Damage, damage::mix};

/// Numbers that look random, of one that does not.
pub struct Dice(pub u64);

impl Dice {
    /// A number below `sides`, of which there are some.
    pub fn roll(&mut self, sides: usize) -> usize {
        (self.any() % sides as u64) as usize
    }

    pub fn any(&mut self) -> u64 {
        self.0 = mix(self.0);
        self.0 >> 16
    }

    /// One of them.
    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())]
    }

    /// A number at which lengths and places change what they mean, or any.
    pub fn number(&mut self) -> u32 {
        match self.roll(4) {
            0 => self.any() as u32,
            _ => self.pick(EDGES),
        }
    }
}

/// Does some damage.
pub fn damage<const N: usize>(dice: &mut Dice, bytes: &mut Vec<u8, N>) {
    let left = Damage::new(dice.any(), bytes.len().max(1)).done_to(bytes);
    bytes.truncate(left);
}
