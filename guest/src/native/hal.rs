//! What stands in for the host's hardware where there is no host.

use core::marker::PhantomData;

/// What is answered to everything, its sign turned.
pub const NO_HOST: i32 = i32::MAX;

/// An operation that nobody does.
pub struct Operation<'b>(PhantomData<&'b mut [u8]>);

impl<'b> Operation<'b> {
    pub fn write(_bytes: &'b [u8]) -> Self {
        Self(PhantomData)
    }

    pub fn read(_bytes: &'b mut [u8]) -> Self {
        Self(PhantomData)
    }

    pub fn transfer(_bytes: &'b mut [u8]) -> Self {
        Self(PhantomData)
    }

    pub fn wait(_nanos: u32) -> Self {
        Self(PhantomData)
    }
}

/// Declares functions that all answer that there is no host.
macro_rules! no_host {
    ($($name:ident($($argument:ty),*);)+) => { $(
        pub fn $name($(_: $argument),*) -> i32 {
            -NO_HOST
        }
    )+ };
}

no_host! {
    open(u32, &str);
    pin_set(u32, u32);
    pin_read(u32);
    i2c_transaction(u32, u32, &mut [Operation<'_>]);
    i2c_write_read(u32, u32, &[u8], &mut [u8]);
    spi_transaction(u32, &mut [Operation<'_>]);
    delay(u32, u32, u32);
    clock_read(u32, &mut [u8; 8]);
    pwm_max(u32);
    pwm_set(u32, u32);
    adc_max(u32);
    adc_read(u32);
    uart_read(u32, &mut [u8]);
    uart_write(u32, &[u8]);
    uart_flush(u32);
    uart_ready(u32);
}
