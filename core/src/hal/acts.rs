//! What each function of `aingle_hal` does, once there is fuel for it.

use embedded_hal::i2c::I2c;

use super::{
    Code, Hal, Peripheral, Right,
    operations::{Exchange, List, MAX_BYTES},
};
use crate::memory::GuestSlice;

impl Hal<'_> {
    pub(super) fn pin_set(&mut self, handle: u32, level: u32) -> Result<u32, Code> {
        let Some(Peripheral::Output(pin)) = self.peripheral(handle) else { return WRONG_KIND };
        match level {
            0 => pin.set_low()?,
            1 => pin.set_high()?,
            2 => pin.toggle()?,
            _ => return Err(Code::Argument),
        }
        Ok(0)
    }

    pub(super) fn pin_read(&mut self, handle: u32) -> Result<u32, Code> {
        match self.peripheral(handle) {
            Some(Peripheral::Output(pin)) => pin.is_set_high().map(u32::from),
            Some(Peripheral::Input(pin)) => pin.is_high().map(u32::from),
            _ => WRONG_KIND,
        }
    }

    pub(super) fn i2c(
        &mut self,
        memory: &mut [u8],
        handle: u32,
        address: u32,
        list: List,
    ) -> Result<u32, Code> {
        let bus = self.i2c_bus(handle, address)?;
        list.i2c(memory, |operations| bus.transaction(address as u8, operations))?;
        Ok(0)
    }

    pub(super) fn i2c_exchange(
        &mut self,
        memory: &mut [u8],
        handle: u32,
        address: u32,
        exchange: Exchange,
    ) -> Result<u32, Code> {
        let bus = self.i2c_bus(handle, address)?;
        exchange.i2c(memory, |operations| bus.transaction(address as u8, operations))?;
        Ok(0)
    }

    /// The bus behind `handle`, for whoever may talk to `address`.
    fn i2c_bus(&mut self, handle: u32, address: u32) -> Result<&mut dyn I2c<Error = Code>, Code> {
        let Right::I2c { addresses, .. } = self.account.right_to(handle)? else {
            return Err(Code::NoSuchResource);
        };
        if !addresses.contains(address) {
            return Err(Code::NotGranted);
        }
        match self.peripheral(handle) {
            Some(Peripheral::I2c(bus, _)) => Ok(bus),
            _ => Err(Code::NoSuchResource),
        }
    }

    pub(super) fn spi(&mut self, memory: &mut [u8], handle: u32, list: List) -> Result<u32, Code> {
        let Some(Peripheral::Spi(device, _)) = self.peripheral(handle) else { return WRONG_KIND };
        list.spi(memory, |operations| device.transaction(operations))?;
        Ok(0)
    }

    pub(super) fn delay(&mut self, handle: u32, nanos: u64) -> Result<u32, Code> {
        self.account.admit(handle, nanos)?;
        let Some(Peripheral::Delay(delay)) = self.peripheral(handle) else { return WRONG_KIND };
        // A right has at most 32 bits of microseconds.
        delay.delay_us((nanos / 1000) as u32);
        delay.delay_ns((nanos % 1000) as u32);
        Ok(0)
    }

    pub(super) fn clock_read(
        &mut self,
        memory: &mut [u8],
        handle: u32,
        place: GuestSlice,
    ) -> Result<u32, Code> {
        let Some(Peripheral::Clock(clock)) = self.peripheral(handle) else { return WRONG_KIND };
        let place = place.write(memory).ok_or(Code::Range)?;
        place.copy_from_slice(&clock.micros().to_le_bytes());
        Ok(0)
    }

    pub(super) fn pwm_max(&mut self, handle: u32) -> Result<u32, Code> {
        let Some(Peripheral::Pwm(channel)) = self.peripheral(handle) else { return WRONG_KIND };
        Ok(channel.max_duty_cycle().into())
    }

    pub(super) fn pwm_set(&mut self, handle: u32, duty: u32) -> Result<u32, Code> {
        let Some(Peripheral::Pwm(channel)) = self.peripheral(handle) else { return WRONG_KIND };
        match u16::try_from(duty) {
            Ok(duty) if duty <= channel.max_duty_cycle() => channel.set_duty_cycle(duty)?,
            _ => return Err(Code::Argument),
        }
        Ok(0)
    }

    pub(super) fn adc_max(&mut self, handle: u32) -> Result<u32, Code> {
        let Some(Peripheral::Adc(pin)) = self.peripheral(handle) else { return WRONG_KIND };
        Ok(pin.max().into())
    }

    pub(super) fn adc_read(&mut self, handle: u32) -> Result<u32, Code> {
        let Some(Peripheral::Adc(pin)) = self.peripheral(handle) else { return WRONG_KIND };
        pin.read().map(u32::from)
    }

    pub(super) fn uart_read(
        &mut self,
        memory: &mut [u8],
        handle: u32,
        room: GuestSlice,
    ) -> Result<u32, Code> {
        let Some(Peripheral::Uart(port)) = self.peripheral(handle) else { return WRONG_KIND };
        let room = room.write(memory).ok_or(Code::Range)?;
        let len = room.len().min(MAX_BYTES as usize);
        Ok(port.read(&mut room[..len])? as u32)
    }

    pub(super) fn uart_write(
        &mut self,
        memory: &mut [u8],
        handle: u32,
        bytes: GuestSlice,
    ) -> Result<u32, Code> {
        let Some(Peripheral::Uart(port)) = self.peripheral(handle) else { return WRONG_KIND };
        let bytes = bytes.read(memory).ok_or(Code::Range)?;
        Ok(port.write(&bytes[..bytes.len().min(MAX_BYTES as usize)])? as u32)
    }

    pub(super) fn uart_flush(&mut self, handle: u32) -> Result<u32, Code> {
        let Some(Peripheral::Uart(port)) = self.peripheral(handle) else { return WRONG_KIND };
        port.flush()?;
        Ok(0)
    }

    pub(super) fn uart_ready(&mut self, handle: u32) -> Result<u32, Code> {
        let Some(Peripheral::Uart(port)) = self.peripheral(handle) else { return WRONG_KIND };
        port.read_ready().map(u32::from)
    }
}

/// The handle is of something else, or of nothing.
const WRONG_KIND: Result<u32, Code> = Err(Code::NoSuchResource);
