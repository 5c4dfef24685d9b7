//! A bit flipped or an end cut off, chosen by a number.

/// What is done to a module.
#[derive(Clone, Copy, Debug)]
pub enum Damage {
    /// The bit of that number is flipped.
    Flip(usize),
    /// So many bytes are left.
    Cut(usize),
}

impl Damage {
    /// The damage of that number to a module of `len` bytes: one in eight cuts.
    pub fn new(number: usize, len: usize) -> Self {
        let random = mix(number as u64 + 1) as usize;
        match number % 8 {
            0 => Self::Cut(random % len),
            _ => Self::Flip(random % (len * 8)),
        }
    }

    pub fn done_to(self, wasm: &[u8]) -> Vec<u8> {
        let mut wasm = wasm.to_vec();
        match self {
            Self::Flip(bit) => wasm[bit / 8] ^= 1 << (bit % 8),
            Self::Cut(len) => wasm.truncate(len),
        }
        wasm
    }
}

/// SplitMix64.
fn mix(number: u64) -> u64 {
    let mut number = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
