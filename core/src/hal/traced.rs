//! What a guest does to hardware and what comes of it, as lines of its log, of which a mock can be made.
//!
//! ```text
//! @i2c.sensors 68 w00 r07301201010326     address, then each operation with its bytes
//! @spi.flash w9f rc84015 t00:ff           of a transfer, what was sent and what was received
//! @output.led 1                           a level
//! @input.button r0                        a level that was read
//! @pwm.lamp fa/3e8                        a duty cycle that was set, and the largest
//! @adc.light 7f3/fff                      what was measured, and the largest
//! @clock.clock 1e8480                     microseconds
//! @uart.gps r2447, @uart.gps w0d0a
//! @i2c.sensors 68 w00 !12                 it failed, with that Code
//! ```
//!
//! Numbers are hexadecimal. What does not fit in a line ends with `~`.

mod part;

use heapless::String;

use self::part::Part;
use super::{Kind, Peripheral, Resources, section};
use crate::log::{Log, MAX_LINE};

/// Resources whose use is written to a log, at [`Level::Trace`](crate::log::Level::Trace).
pub struct Traced<'r>(Part<'r>);

impl<'r> Traced<'r> {
    /// Writes to `log` what is done to `resources`.
    pub fn new(resources: &'r mut dyn Resources, log: &'r mut Log) -> Self {
        Self(Part { resources, log, number: 0, max: 0 })
    }

    /// Whether who loads `wasm` wants that: the module has a section [`TRACE`].
    pub fn is_wanted(wasm: &[u8]) -> bool {
        section::last(wasm, TRACE).is_some()
    }
}

impl Resources for Traced<'_> {
    fn name(&self, number: u8) -> Option<&str> {
        self.0.resources.name(number)
    }

    fn peripheral(&mut self, number: u8) -> Option<Peripheral<'_>> {
        let part = &mut self.0;
        let peripheral = part.resources.peripheral(number)?;
        let (kind, hz) = (peripheral.kind(), peripheral.hz());
        let max = match peripheral {
            Peripheral::Pwm(channel) => channel.max_duty_cycle(),
            Peripheral::Adc(pin) => pin.max(),
            _ => 0,
        };
        (part.number, part.max) = (number, max);
        Some(match kind {
            Kind::Output => Peripheral::Output(part),
            Kind::Input => Peripheral::Input(part),
            Kind::I2c => Peripheral::I2c(part, hz),
            Kind::Spi => Peripheral::Spi(part, hz),
            Kind::Delay => Peripheral::Delay(part),
            Kind::Clock => Peripheral::Clock(part),
            Kind::Pwm => Peripheral::Pwm(part),
            Kind::Adc => Peripheral::Adc(part),
            Kind::Uart => Peripheral::Uart(part),
        })
    }
}

/// A line that is being written.
struct Line {
    text: String<MAX_LINE>,
    whole: bool,
}

impl Line {
    const fn new() -> Self {
        Self { text: String::new(), whole: true }
    }

    fn push(&mut self, word: &str) {
        self.whole =
            self.whole && self.text.len() + word.len() < MAX_LINE && self.text.push_str(word).is_ok();
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let digits = [byte >> 4, byte & 15].map(|digit| DIGITS[usize::from(digit)]);
            self.push(str::from_utf8(&digits).unwrap_or_default());
        }
    }

    /// Without zeros in front.
    fn number(&mut self, number: u64) {
        let nibbles = (u64::BITS - number.leading_zeros()).div_ceil(4).max(1);
        for nibble in (0..nibbles).rev() {
            let digit = [DIGITS[(number >> (4 * nibble) & 15) as usize]];
            self.push(str::from_utf8(&digit).unwrap_or_default());
        }
    }
}

/// Name of the section of a module by which whoever loads it asks for the trace.
pub const TRACE: &str = "aingle.trace";

const DIGITS: &[u8; 16] = b"0123456789abcdef";

#[cfg(test)]
mod tests {
    use std::{string::String as Text, vec, vec::Vec};

    use embedded_hal::{
        digital::{ErrorType, InputPin},
        i2c::{self, I2c},
    };

    use super::*;
    use crate::{hal::Code, log::Level};

    /// A bus whose device answers 7, 48 and so on; a pin that is high.
    struct Desk;

    impl Resources for Desk {
        fn name(&self, number: u8) -> Option<&str> {
            ["sensors", "key"].get(usize::from(number)).copied()
        }

        fn peripheral(&mut self, number: u8) -> Option<Peripheral<'_>> {
            match number {
                0 => Some(Peripheral::I2c(self, 9)),
                1 => Some(Peripheral::Input(self)),
                _ => None,
            }
        }
    }

    impl ErrorType for Desk {
        type Error = Code;
    }

    impl InputPin for Desk {
        fn is_high(&mut self) -> Result<bool, Code> {
            Ok(true)
        }

        fn is_low(&mut self) -> Result<bool, Code> {
            Ok(false)
        }
    }

    impl i2c::ErrorType for Desk {
        type Error = Code;
    }

    impl I2c for Desk {
        fn transaction(&mut self, address: u8, operations: &mut [i2c::Operation<'_>]) -> Result<(), Code> {
            for operation in operations {
                if let i2c::Operation::Read(room) = operation {
                    room.iter_mut().zip(0..).for_each(|(place, at)| *place = 41 * at + 7);
                }
            }
            if address == 0x68 { Ok(()) } else { Err(Code::I2cNoAddress) }
        }
    }

    fn lines(log: &mut Log) -> Vec<Text> {
        let mut room = [0; MAX_LINE];
        let mut lines = vec![];
        while let Some((Level::Trace, line)) = log.pop(&mut room) {
            lines.push(line.into());
        }
        lines
    }

    #[test]
    fn what_is_done_stands_in_the_log() {
        let mut log = Log::new();
        let mut desk = Desk;
        let mut traced = Traced::new(&mut desk, &mut log);
        let Some(Peripheral::I2c(bus, 9)) = traced.peripheral(0) else { panic!("a bus") };
        let mut room = [0; 3];
        assert_eq!(bus.write_read(0x68, &[0], &mut room), Ok(()));
        assert_eq!(bus.write(0x48, &[1, 0xfe]), Err(Code::I2cNoAddress));
        assert_eq!(bus.write(0x68, &[0; 100]), Ok(()));
        let Some(Peripheral::Input(pin)) = traced.peripheral(1) else { panic!("a pin") };
        assert_eq!(pin.is_high(), Ok(true));
        assert!(traced.peripheral(2).is_none());
        let mut lines = lines(&mut log);
        let long = lines.remove(2);
        assert_eq!(lines, ["@i2c.sensors 68 w00 r073059", "@i2c.sensors 48 w01fe !12", "@input.key r1"]);
        assert!(long.len() == MAX_LINE && long.ends_with("00~"), "{long}");
    }

    #[test]
    fn who_loads_a_module_asks_for_it() {
        assert!(Traced::is_wanted(b"\0asm\x01\0\0\0\0\x0d\x0caingle.trace"));
        assert!(!Traced::is_wanted(b"\0asm\x01\0\0\0"));
    }
}
