//! An I2C bus of the kernel's.

use std::{io, path::Path};

use aingle_wasm_core::hal::Code;
use embedded_hal::i2c::{Error, ErrorType, I2c, Operation};
use linux_embedded_hal::{I2CError, I2cdev, i2cdev::linux::LinuxI2CError};

use super::unopened;

/// The bus. embedded-hal has no word for a time-out, so that it is told apart here.
pub struct Bus(I2cdev);

impl Bus {
    pub fn open(device: &Path) -> Result<Self, String> {
        I2cdev::new(device).map(Self).map_err(|error| unopened(device, error))
    }
}

impl ErrorType for Bus {
    type Error = Code;
}

impl I2c for Bus {
    fn transaction(&mut self, address: u8, operations: &mut [Operation<'_>]) -> Result<(), Code> {
        self.0.transaction(address, operations).map_err(|error| failed(&error))
    }
}

fn failed(error: &I2CError) -> Code {
    let kind = match error.inner() {
        LinuxI2CError::Errno(number) => io::Error::from_raw_os_error(*number).kind(),
        LinuxI2CError::Io(error) => error.kind(),
    };
    match kind {
        io::ErrorKind::TimedOut => Code::TimedOut,
        _ => error.kind().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_kernel_are_told_apart() {
        // As Linux numbers them.
        let (remote, timed_out, agreed) = (121, 110, 6);
        for (number, code) in
            [(timed_out, Code::TimedOut), (agreed, Code::I2cNoAddress), (remote, Code::I2cOther)]
        {
            assert_eq!(failed(&LinuxI2CError::Errno(number).into()), code);
            let error = io::Error::from_raw_os_error(number);
            assert_eq!(failed(&LinuxI2CError::Io(error).into()), code);
        }
    }
}
