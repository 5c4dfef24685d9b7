//! The imports of `aingle_hal`: the host reads and writes only the ranges that it is handed here, and only in the call.

use core::marker::PhantomData;

/// What no host answers with, its sign turned.
pub const NO_HOST: i32 = i32::MAX;

/// An operation of a transaction, as the host reads it, on bytes that are lent to the bus.
#[repr(C)]
pub struct Operation<'b> {
    kind: u32,
    ptr: u32,
    len: u32,
    bytes: PhantomData<&'b mut [u8]>,
}

impl<'b> Operation<'b> {
    pub fn write(bytes: &'b [u8]) -> Self {
        Self::new(0, bytes.as_ptr() as u32, bytes.len())
    }

    pub fn read(bytes: &'b mut [u8]) -> Self {
        Self::new(1, bytes.as_mut_ptr() as u32, bytes.len())
    }

    /// Sends the bytes, and puts what comes back in their place.
    pub fn transfer(bytes: &'b mut [u8]) -> Self {
        Self::new(2, bytes.as_mut_ptr() as u32, bytes.len())
    }

    pub fn wait(nanos: u32) -> Self {
        Self::new(3, 0, nanos as usize)
    }

    fn new(kind: u32, ptr: u32, len: usize) -> Self {
        Self { kind, ptr, len: len as u32, bytes: PhantomData }
    }
}

pub fn open(kind: u32, name: &str) -> i32 {
    // SAFETY: the host reads the name.
    unsafe { import::open(kind, name.as_ptr() as u32, name.len() as u32) }
}

pub fn i2c_transaction(handle: u32, address: u32, operations: &mut [Operation<'_>]) -> i32 {
    // SAFETY: the host reads the list, and of its operations reads what is lent to be written, and writes what is lent
    // mutably.
    unsafe { import::i2c_transaction(handle, address, operations.as_ptr() as u32, operations.len() as u32) }
}

/// What is read and written lies apart, and of each there are fewer than 65,536 bytes.
pub fn i2c_write_read(handle: u32, address: u32, write: &[u8], read: &mut [u8]) -> i32 {
    let lens = write.len() as u32 | (read.len() as u32) << 16;
    // SAFETY: the host reads the one, and writes the other.
    unsafe {
        import::i2c_write_read(handle | address << 8, write.as_ptr() as u32, read.as_mut_ptr() as u32, lens)
    }
}

pub fn spi_transaction(handle: u32, operations: &mut [Operation<'_>]) -> i32 {
    // SAFETY: as above.
    unsafe { import::spi_transaction(handle, operations.as_ptr() as u32, operations.len() as u32) }
}

pub fn clock_read(handle: u32, place: &mut [u8; 8]) -> i32 {
    // SAFETY: the host writes eight bytes.
    unsafe { import::clock_read(handle, place.as_mut_ptr() as u32) }
}

pub fn uart_read(handle: u32, room: &mut [u8]) -> i32 {
    // SAFETY: the host writes as many bytes at most.
    unsafe { import::uart_read(handle, room.as_mut_ptr() as u32, room.len() as u32) }
}

pub fn uart_write(handle: u32, bytes: &[u8]) -> i32 {
    // SAFETY: the host reads the bytes.
    unsafe { import::uart_write(handle, bytes.as_ptr() as u32, bytes.len() as u32) }
}

pub use import::{adc_max, adc_read, delay, pin_read, pin_set, pwm_max, pwm_set, uart_flush, uart_ready};

mod import {
    // SAFETY: the host takes any numbers; those that it takes for addresses are for the functions above.
    #[link(wasm_import_module = "aingle_hal")]
    unsafe extern "C" {
        pub fn open(kind: u32, name: u32, len: u32) -> i32;
        pub safe fn pin_set(handle: u32, level: u32) -> i32;
        pub safe fn pin_read(handle: u32) -> i32;
        pub fn i2c_transaction(handle: u32, address: u32, list: u32, count: u32) -> i32;
        pub fn i2c_write_read(device: u32, write: u32, read: u32, lens: u32) -> i32;
        pub fn spi_transaction(handle: u32, list: u32, count: u32) -> i32;
        pub safe fn delay(handle: u32, low: u32, high: u32) -> i32;
        pub fn clock_read(handle: u32, place: u32) -> i32;
        pub safe fn pwm_max(handle: u32) -> i32;
        pub safe fn pwm_set(handle: u32, duty: u32) -> i32;
        pub safe fn adc_max(handle: u32) -> i32;
        pub safe fn adc_read(handle: u32) -> i32;
        pub fn uart_read(handle: u32, room: u32, len: u32) -> i32;
        pub fn uart_write(handle: u32, bytes: u32, len: u32) -> i32;
        pub safe fn uart_flush(handle: u32) -> i32;
        pub safe fn uart_ready(handle: u32) -> i32;
    }
}
