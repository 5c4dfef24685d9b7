//! What a guest may use: nothing, unless it is granted.

use heapless::{String, Vec};
use serde::{Deserialize, Serialize};

use super::{Kind, Resources, section};

/// The grants of a guest: what it wants, what a host gives, or the [meet](Grants::meet) of both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Grants {
    list: Vec<Grant, MAX_GRANTS>,
    /// Lines that the guest may log in a second; more are dropped and counted. `None` is no limit.
    pub log_lines: Option<u16>,
}

/// A resource that is granted, and how much of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Grant {
    /// The resource's name on its board.
    pub name: Name,
    /// What may be done with it.
    pub right: Right,
}

/// Name of a resource.
pub type Name = String<MAX_NAME>;

/// What may be done with a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Right {
    /// Drive a pin.
    Output,
    /// Read a pin.
    Input,
    /// Talk to devices on a bus that is driven at `hz` at most.
    I2c {
        /// Those that may be talked to.
        addresses: Addresses,
        /// Highest speed that they bear, in Hz.
        hz: u32,
    },
    /// Talk to the device behind a chip select.
    Spi {
        /// Highest speed that it bears, in Hz.
        hz: u32,
    },
    /// Wait.
    Delay {
        /// Longest wait of one call, in microseconds.
        micros: u32,
    },
    /// Read a clock.
    Clock,
    /// Set a duty cycle.
    Pwm,
    /// Measure a voltage.
    Adc,
    /// Send and receive.
    Uart,
}

impl Grants {
    /// No grant at all.
    pub const NONE: Self = Self { list: Vec::new(), log_lines: None };

    /// Adds `grant`; whether there was room and no other of its name and kind.
    pub fn add(&mut self, grant: Grant) -> bool {
        self.position(grant.right.kind(), &grant.name).is_none() && self.list.push(grant).is_ok()
    }

    /// Grants of all `resources`, whatever is done with them, to wait for `longest` microseconds at once.
    ///
    /// # Errors
    /// The number of the first that there is no room for, or whose name is too long or another's of its kind.
    pub fn of_all(resources: &mut dyn Resources, longest: u32) -> Result<Self, u8> {
        let mut grants = Self::NONE;
        for number in 0..=u8::MAX {
            let Some((name, peripheral)) = resources.resource(number) else { break };
            let right = Right::all(peripheral.kind(), longest);
            let granted = Name::try_from(name).is_ok_and(|name| grants.add(Grant { name, right }));
            if !granted {
                return Err(number);
            }
        }
        Ok(grants)
    }

    /// All of them, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Grant> {
        self.list.iter()
    }

    /// Whether there is one of `kind`.
    pub fn has(&self, kind: Kind) -> bool {
        self.iter().any(|grant| grant.right.kind() == kind)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// What both grant: of `self`, as much as `given` has too.
    pub fn meet(&self, given: &Self) -> Self {
        let met = |grant: &Grant| {
            let other = given.named(grant.right.kind(), &grant.name)?;
            Some(Grant { name: grant.name.clone(), right: grant.right.meet(other.right)? })
        };
        let log_lines = match (self.log_lines, given.log_lines) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        Self { list: self.iter().filter_map(met).collect(), log_lines }
    }

    /// The grants of `self` that `given` has not, or not as much of; each with its place.
    pub fn beyond<'g>(&'g self, given: &'g Self) -> impl Iterator<Item = (u8, &'g Grant)> {
        (0..).zip(self.iter()).filter(|(_, grant)| {
            let other = given.named(grant.right.kind(), &grant.name);
            !other.is_some_and(|other| other.right.covers(&grant.right))
        })
    }

    /// Writes them to `room` for a device; `None` when it is too small.
    pub fn encode<'r>(&self, room: &'r mut [u8]) -> Option<&'r [u8]> {
        section::encode(VERSION, self, room)
    }

    /// Reads what [`Grants::encode`] wrote; `None` for anything else.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let grants: Self = section::decode(VERSION, bytes)?;
        let twice = |(at, grant): (usize, &Grant)| {
            grants.position(grant.right.kind(), &grant.name).is_some_and(|first| first < at)
        };
        let sound = !grants.iter().enumerate().any(twice);
        sound.then_some(grants)
    }

    pub(crate) fn position(&self, kind: Kind, name: &str) -> Option<usize> {
        self.iter().position(|grant| grant.right.kind() == kind && grant.name == name)
    }

    pub(super) fn get(&self, at: usize) -> Option<&Grant> {
        self.list.get(at)
    }

    fn named(&self, kind: Kind, name: &str) -> Option<&Grant> {
        self.get(self.position(kind, name)?)
    }
}

impl Right {
    /// What it is a right to.
    pub const fn kind(&self) -> Kind {
        match self {
            Right::Output => Kind::Output,
            Right::Input => Kind::Input,
            Right::I2c { .. } => Kind::I2c,
            Right::Spi { .. } => Kind::Spi,
            Right::Delay { .. } => Kind::Delay,
            Right::Clock => Kind::Clock,
            Right::Pwm => Kind::Pwm,
            Right::Adc => Kind::Adc,
            Right::Uart => Kind::Uart,
        }
    }

    /// All that there is to a resource of that kind, to wait for `longest` microseconds at once.
    const fn all(kind: Kind, longest: u32) -> Self {
        match kind {
            Kind::Output => Right::Output,
            Kind::Input => Right::Input,
            Kind::I2c => Right::I2c { addresses: Addresses::ALL, hz: u32::MAX },
            Kind::Spi => Right::Spi { hz: u32::MAX },
            Kind::Delay => Right::Delay { micros: longest },
            Kind::Clock => Right::Clock,
            Kind::Pwm => Right::Pwm,
            Kind::Adc => Right::Adc,
            Kind::Uart => Right::Uart,
        }
    }

    /// As much as both allow; `None` when they are rights to different things.
    pub fn meet(self, other: Self) -> Option<Self> {
        Some(match (self, other) {
            (Right::I2c { addresses, hz }, Right::I2c { addresses: theirs, hz: at_most }) => {
                Right::I2c { addresses: addresses.meet(theirs), hz: hz.min(at_most) }
            }
            (Right::Spi { hz }, Right::Spi { hz: at_most }) => Right::Spi { hz: hz.min(at_most) },
            (Right::Delay { micros }, Right::Delay { micros: at_most }) => {
                Right::Delay { micros: micros.min(at_most) }
            }
            (one, other) if one.kind() == other.kind() => one,
            _ => return None,
        })
    }

    /// Whether it is as much as `wanted`. A speed is a bound of what is wanted, so that any will do.
    fn covers(&self, wanted: &Self) -> bool {
        match (self, wanted) {
            (Right::I2c { addresses, .. }, Right::I2c { addresses: wanted, .. }) => {
                wanted.meet(*addresses) == *wanted
            }
            (Right::Delay { micros }, Right::Delay { micros: wanted }) => micros >= wanted,
            (one, other) => one.kind() == other.kind(),
        }
    }

    /// Whether a bus of that speed is too fast.
    pub(super) const fn is_slower_than(&self, speed: u32) -> bool {
        match self {
            Right::I2c { hz, .. } | Right::Spi { hz } => *hz < speed,
            _ => false,
        }
    }
}

/// A set of 7-bit I2C addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Addresses(u128);

impl Addresses {
    /// All there are.
    pub const ALL: Self = Self(u128::MAX);

    /// The set with `address` too; addresses above 127 are not there.
    pub const fn with(self, address: u8) -> Self {
        if address < 128 { Self(self.0 | 1 << address) } else { self }
    }

    /// Whether `address` is one of them.
    pub const fn contains(self, address: u32) -> bool {
        // By bytes, since a chip shifts 128 bits by a hundred instructions.
        address < 128 && self.0.to_le_bytes()[(address / 8) as usize] >> (address % 8) & 1 == 1
    }

    /// The addresses, in their order.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        (0..128).filter(move |&address| self.contains(address.into()))
    }

    const fn meet(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

/// Most grants of one guest.
pub const MAX_GRANTS: usize = 16;

/// Longest name of a resource, in bytes.
pub const MAX_NAME: usize = 15;

/// Version of the encoding.
const VERSION: u8 = 1;

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    fn grants(list: &[(&str, Right)]) -> Grants {
        let mut grants = Grants::NONE;
        for &(name, right) in list {
            assert!(grants.add(Grant { name: name.try_into().unwrap(), right }));
        }
        grants
    }

    fn bus(addresses: &[u8], hz: u32) -> Right {
        let addresses = addresses.iter().fold(Addresses::default(), |set, &address| set.with(address));
        Right::I2c { addresses, hz }
    }

    #[test]
    fn golden_bytes() {
        let mut grants = grants(&[("led", Right::Output), ("bus", bus(&[0, 7], 300))]);
        grants.log_lines = Some(5);
        let mut room = [0; 64];
        let bytes = grants.encode(&mut room).unwrap();
        assert_eq!(bytes, b"\x01\x02\x03led\x00\x03bus\x02\x81\x01\xac\x02\x01\x05");
        assert_eq!(Grants::decode(bytes), Some(grants));
    }

    /// The bytes of every right, in the order of their kinds.
    #[test]
    fn golden_rights() {
        let rights: [(Right, &[u8]); 9] = [
            (Right::Output, &[0]),
            (Right::Input, &[1]),
            (bus(&[0, 7], 300), &[2, 0x81, 1, 0xac, 2]),
            (Right::Spi { hz: 1_000_000 }, &[3, 0xc0, 0x84, 0x3d]),
            (Right::Delay { micros: 100 }, &[4, 100]),
            (Right::Clock, &[5]),
            (Right::Pwm, &[6]),
            (Right::Adc, &[7]),
            (Right::Uart, &[8]),
        ];
        assert_eq!(rights.map(|(right, _)| right.kind()), Kind::ALL);
        for (right, bytes) in rights {
            let mut room = [0; 64];
            let grants = grants(&[("a", right)]);
            let encoded = grants.encode(&mut room).unwrap();
            assert_eq!(encoded, [b"\x01\x01\x01a", bytes, b"\0"].concat());
            assert_eq!(Grants::decode(encoded), Some(grants));
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for bytes in
            [&b""[..], b"\x02\0\0", b"\x01\0\0\0", b"\x01\x01\x03led\x09\0", b"\x01\x02\x01a\0\x01a\0\0"]
        {
            assert_eq!(Grants::decode(bytes), None, "{bytes:?}");
        }
        assert_eq!(Grants::decode(b"\x01\0\0"), Some(Grants::NONE));
        assert!(Grants::NONE.encode(&mut [0; 2]).is_none());
    }

    #[test]
    fn the_meet_is_what_both_grant() {
        let wants =
            grants(&[("led", Right::Output), ("bus", bus(&[0x48, 0x49], 400_000)), ("x", Right::Clock)]);
        let given =
            grants(&[("bus", bus(&[0x49, 0x50], 100_000)), ("led", Right::Output), ("x", Right::Adc)]);
        let met = grants(&[("led", Right::Output), ("bus", bus(&[0x49], 100_000))]);
        assert_eq!(wants.meet(&given), met);
        let beyond = |wants: &Grants, given: &Grants| -> std::vec::Vec<_> {
            wants.beyond(given).map(|(place, grant)| (place, grant.name.to_string())).collect()
        };
        assert_eq!(beyond(&wants, &given), [(1, "bus".to_string()), (2, "x".to_string())]);
        assert_eq!(beyond(&met, &wants), []);
        assert!(!met.has(Kind::Clock) && met.has(Kind::I2c));
    }

    #[test]
    fn a_slow_bus_is_no_less() {
        let wants = grants(&[("bus", bus(&[1], 400_000)), ("flash", Right::Spi { hz: 8_000_000 })]);
        let slow = grants(&[("bus", bus(&[1, 2], 100_000)), ("flash", Right::Spi { hz: 1 })]);
        assert_eq!((wants.beyond(&slow).count(), slow.beyond(&wants).count()), (0, 1));
        let [short, long] = [99, 100].map(|micros| grants(&[("delay", Right::Delay { micros })]));
        assert_eq!((short.beyond(&long).count(), long.beyond(&short).count()), (0, 1));
    }

    #[test]
    fn an_address_has_seven_bits() {
        assert!(Addresses::ALL.contains(127) && !Addresses::ALL.contains(128));
        assert_eq!(Addresses::default().with(200), Addresses::default());
        assert_eq!(Addresses::default().with(3).with(127).iter().collect::<std::vec::Vec<_>>(), [3, 127]);
    }
}
