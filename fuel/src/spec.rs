//! What guests may use and what it costs: one table, written in `spec/v1.txt` and read from there when this
//! crate is compiled.
//!
//! Every engine charges by it, and every report of fuel names its [hash](Spec::hash).
//!
//! ```
//! use aingle_wasm_fuel::spec::Spec;
//!
//! const I32_ADD: u16 = 0x6a;
//! assert_eq!(Spec::V1.cost(I32_ADD), 1);
//! ```
//!
//! The table:
//!
//! ```text
#![doc = include_str!("../spec/v1.txt")]
//! ```

mod operators;
mod text;

use crc::{CRC_32_ISO_HDLC, Crc, NoTable};

/// What guests may use and what it costs.
///
/// An operator is named by its opcode: its byte, or `0xfc00` and the second byte where there are two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Spec {
    /// Weights of the operators of one byte.
    plain: [u8; 256],
    /// Weights of the operators that begin with the byte `0xfc`.
    prefixed: [u8; PREFIXED],
    bytes_per_unit: u32,
    depth: u32,
    charge: u32,
    memory_growth: u32,
    host_call: u32,
    host_bytes_per_unit: u32,
}

impl Spec {
    /// The first version, frozen.
    pub const V1: Self = text::parse(include_bytes!("../spec/v1.txt"));

    /// What an operator weighs, in fuel; 0 for what is not allowed.
    pub const fn cost(&self, opcode: u16) -> u8 {
        match opcode.to_be_bytes() {
            [0, byte] => self.plain[byte as usize],
            [PREFIX, byte] if (byte as usize) < PREFIXED => self.prefixed[byte as usize],
            _ => 0,
        }
    }

    /// Bytes of `memory.copy`, `memory.fill` and `memory.grow` that cost one unit of fuel.
    pub const fn bytes_per_unit(&self) -> u32 {
        self.bytes_per_unit
    }

    /// How many guest functions may be open at once, in frames.
    pub const fn depth(&self) -> u32 {
        self.depth
    }

    /// What a charge point costs beside the operators that it pays for, in fuel.
    pub const fn charge(&self) -> u32 {
        self.charge
    }

    /// Bytes beyond which no memory grows, whatever its module declares.
    pub const fn memory_growth(&self) -> u32 {
        self.memory_growth
    }

    /// What a call of a standard host function costs beside its operator, in fuel.
    pub const fn host_call(&self) -> u32 {
        self.host_call
    }

    /// Bytes of the request of a host call that cost one unit of fuel more.
    pub const fn host_bytes_per_unit(&self) -> u32 {
        self.host_bytes_per_unit
    }

    /// Names the values: equal tables have equal hashes.
    ///
    /// It is the CRC-32/ISO-HDLC of the weights of the opcodes `0x00` to `0xff` and `0xfc00` to `0xfc0f`, a
    /// byte each and 0 for what is not allowed, then of bytes per unit, depth, price of a charge point,
    /// memory growth, and the two prices of host calls, each a little-endian `u32`.
    pub const fn hash(&self) -> u32 {
        const CRC: Crc<u32, NoTable> = Crc::<u32, NoTable>::new(&CRC_32_ISO_HDLC);
        let mut digest = CRC.digest();
        digest.update(&self.plain);
        digest.update(&self.prefixed);
        digest.update(&self.bytes_per_unit.to_le_bytes());
        digest.update(&self.depth.to_le_bytes());
        digest.update(&self.charge.to_le_bytes());
        digest.update(&self.memory_growth.to_le_bytes());
        digest.update(&self.host_call.to_le_bytes());
        digest.update(&self.host_bytes_per_unit.to_le_bytes());
        digest.finalize()
    }

    /// The same table with another weight for one operator.
    ///
    /// # Panics
    ///
    /// When no operator of the table's range has this opcode.
    #[must_use]
    pub const fn with_cost(mut self, opcode: u16, cost: u8) -> Self {
        match opcode.to_be_bytes() {
            [0, byte] => self.plain[byte as usize] = cost,
            [PREFIX, byte] if (byte as usize) < PREFIXED => self.prefixed[byte as usize] = cost,
            _ => panic!("an opcode out of range"),
        }
        self
    }
}

/// First byte of an operator of two bytes.
const PREFIX: u8 = 0xfc;

/// Room for operators of two bytes.
const PREFIXED: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    const CONST: u16 = 0x41;
    const FILL: u16 = 0xfc0b;

    #[test]
    fn another_weight_is_another_hash() {
        let odd = Spec::V1.with_cost(CONST, 11).with_cost(FILL, 13);
        assert_eq!((odd.cost(CONST), odd.cost(FILL)), (11, 13));
        assert_ne!(odd.hash(), Spec::V1.hash());
        assert_ne!(Spec { depth: 7, ..Spec::V1 }.hash(), Spec::V1.hash());
        assert_eq!(odd.with_cost(CONST, Spec::V1.cost(CONST)).with_cost(FILL, Spec::V1.cost(FILL)), Spec::V1);
    }

    #[test]
    fn the_hash_is_the_crc_of_the_values_in_order() {
        let bytes: [u8; 296] = core::array::from_fn(|at| match at {
            0..256 => at as u8,
            256..272 => 0xa0 | (at - 256) as u8,
            272 => 16,
            277 => 1,
            280 => 1,
            286 => 1,
            288 => 20,
            292 => 16,
            _ => 0,
        });
        let mut spec = Spec {
            bytes_per_unit: 16,
            depth: 256,
            charge: 1,
            memory_growth: 1 << 16,
            host_call: 20,
            host_bytes_per_unit: 16,
            ..Spec::V1
        };
        for opcode in (0..=0xff).chain(0xfc00..=0xfc0f) {
            let cost = if opcode < 0xfc00 { opcode as u8 } else { 0xa0 | opcode as u8 };
            spec = spec.with_cost(opcode, cost);
        }
        assert_eq!(spec.hash(), Crc::<u32>::new(&CRC_32_ISO_HDLC).checksum(&bytes));
    }

    #[test]
    fn an_unknown_opcode_costs_nothing() {
        assert_eq!(Spec::V1.cost(0xfd00), 0);
        assert_eq!(Spec::V1.cost(0xfcff), 0);
    }

    #[test]
    #[should_panic = "out of range"]
    fn an_unknown_opcode_takes_no_weight() {
        let _ = Spec::V1.with_cost(0xfc10, 1);
    }
}
