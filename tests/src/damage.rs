//! Damage to a module or a frame, chosen by a number: the same on every machine.

/// What is done to some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// The bit of that number is flipped.
    Flip(usize),
    /// So many bytes are left.
    Cut(usize),
    /// The byte at the first place becomes the second, one that lies at an edge.
    Set(usize, u8),
    /// Up to eight bytes from the first place are copied to the second.
    Copy(usize, usize),
}

impl Damage {
    /// The damage of that number to `len` bytes, which are some: of eight, one cuts, one sets, one copies, and the rest
    /// flip.
    pub fn new(number: u64, len: usize) -> Self {
        let random = mix(number.wrapping_add(1));
        let place = |random: u64, places: usize| (random % places.max(1) as u64) as usize;
        match number % 8 {
            0 => Self::Cut(place(random, len)),
            1 => Self::Set(place(random, len), EDGES[place(mix(random), EDGES.len())]),
            2 => Self::Copy(place(random, len), place(mix(random), len)),
            _ => Self::Flip(place(random, len * 8)),
        }
    }

    /// Does it; says how many of the bytes are left.
    pub fn done_to(self, bytes: &mut [u8]) -> usize {
        match self {
            Self::Flip(bit) => {
                if let Some(byte) = bytes.get_mut(bit / 8) {
                    *byte ^= 1 << (bit % 8);
                }
            }
            Self::Cut(len) => return len.min(bytes.len()),
            Self::Set(at, value) => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = value;
                }
            }
            Self::Copy(from, to) => {
                let len = (bytes.len() - from.max(to).min(bytes.len())).min(8);
                bytes.copy_within(from..from + len, to);
            }
        }
        bytes.len()
    }
}

/// A number that looks random for every number: SplitMix64.
pub fn mix(number: u64) -> u64 {
    let mut number = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// Bytes at which LEB128 numbers, types and lengths change what they mean.
const EDGES: [u8; 8] = [0x00, 0x01, 0x3f, 0x40, 0x7f, 0x80, 0xfe, 0xff];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_done_and_nothing_goes_past_the_end() {
        let mut bytes = *b"0123456789";
        assert_eq!(Damage::Flip(9).done_to(&mut bytes), 10);
        assert_eq!(bytes[1], b'1' ^ 2);
        assert_eq!(Damage::Set(0, 0xff).done_to(&mut bytes), 10);
        assert_eq!(bytes[0], 0xff);
        assert_eq!(Damage::Copy(2, 8).done_to(&mut bytes), 10);
        assert_eq!(bytes[2..], *b"23456723");
        assert_eq!(Damage::Cut(3).done_to(&mut bytes), 3);
        for number in 0..10_000 {
            for len in 1..40 {
                let mut bytes = [7; 40];
                assert!(Damage::new(number, len).done_to(&mut bytes[..len]) <= len);
                assert_eq!(bytes[len..], [7; 40][len..]);
            }
        }
    }

    #[test]
    fn a_number_stands_for_the_same_damage_for_ever() {
        let damages = [0, 1, 2, 3].map(|number| Damage::new(number, 1000));
        assert_eq!(
            damages,
            [Damage::Cut(535), Damage::Set(700, 0x3f), Damage::Copy(679, 690), Damage::Flip(6444)]
        );
    }
}
