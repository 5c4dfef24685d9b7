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
        joined(operations, |messages| self.0.transaction(address, messages)).map_err(|error| failed(&error))
    }
}

/// Hands the operations on with neighbours of one direction as one: they are one transfer, and the kernel begins each that
/// it is handed with a START.
fn joined<E>(
    operations: &mut [Operation<'_>],
    transact: impl FnOnce(&mut [Operation<'_>]) -> Result<(), E>,
) -> Result<(), E> {
    let mut transfers: Vec<_> = operations.chunk_by(is_one_way).map(Transfer::of).collect();
    transact(&mut transfers.iter_mut().map(Transfer::operation).collect::<Vec<_>>())?;
    for (run, transfer) in operations.chunk_by_mut(is_one_way).zip(&transfers) {
        let mut came = &transfer.bytes[..];
        for operation in run {
            if let Operation::Read(room) = operation {
                let (bytes, rest) = came.split_at(room.len());
                room.copy_from_slice(bytes);
                came = rest;
            }
        }
    }
    Ok(())
}

/// Neighbours of one direction.
struct Transfer {
    reads: bool,
    bytes: Vec<u8>,
}

impl Transfer {
    fn of(run: &[Operation<'_>]) -> Self {
        let bytes = run.iter().flat_map(|operation| match operation {
            Operation::Read(room) => &**room,
            Operation::Write(bytes) => *bytes,
        });
        Self { reads: run.iter().any(is_read), bytes: bytes.copied().collect() }
    }

    fn operation(&mut self) -> Operation<'_> {
        if self.reads { Operation::Read(&mut self.bytes) } else { Operation::Write(&self.bytes) }
    }
}

fn is_one_way(one: &Operation<'_>, next: &Operation<'_>) -> bool {
    is_read(one) == is_read(next)
}

fn is_read(operation: &Operation<'_>) -> bool {
    matches!(operation, Operation::Read(_))
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
    fn neighbours_of_one_direction_are_one_transfer() {
        let (mut first, mut second, mut last) = ([0; 2], [0; 3], [0; 1]);
        let mut operations = [
            Operation::Write(&[1]),
            Operation::Write(&[]),
            Operation::Write(&[2, 3]),
            Operation::Read(&mut first),
            Operation::Read(&mut second),
            Operation::Write(&[4]),
            Operation::Read(&mut last),
        ];
        let done = joined::<Code>(&mut operations, |messages| {
            let shown: Vec<_> = messages.iter().map(|message| format!("{message:?}")).collect();
            assert_eq!(shown, ["Write([1, 2, 3])", "Read([0, 0, 0, 0, 0])", "Write([4])", "Read([0])"]);
            for (message, at) in messages.iter_mut().zip(1..) {
                if let Operation::Read(room) = message {
                    room.iter_mut().zip(0..).for_each(|(place, byte)| *place = 16 * at + byte);
                }
            }
            Ok(())
        });
        assert_eq!(done, Ok(()));
        assert_eq!((first, second, last), ([0x20, 0x21], [0x22, 0x23, 0x24], [0x40]));
        let mut room = [7];
        let failed = joined(&mut [Operation::Read(&mut room)], |_| Err(Code::I2cBus));
        assert_eq!((failed, room), (Err(Code::I2cBus), [7]));
    }

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
