//! The driver library's pins and its PWM channel, which are of embedded-hal 0.2, for 1.0.

use core::convert::Infallible;

use embedded_hal::{digital, pwm};
use stm32l4xx_hal::{
    hal::{
        PwmPin,
        digital::v2::{InputPin, OutputPin, StatefulOutputPin},
    },
    pac::TIM2,
    pwm::{C1, Pwm},
};

/// A pin.
pub struct Wired<P>(pub P);

impl<P> digital::ErrorType for Wired<P> {
    type Error = Infallible;
}

impl<P: OutputPin<Error = Infallible>> digital::OutputPin for Wired<P> {
    fn set_low(&mut self) -> Result<(), Infallible> {
        self.0.set_low()
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        self.0.set_high()
    }
}

impl<P: StatefulOutputPin<Error = Infallible>> digital::StatefulOutputPin for Wired<P> {
    fn is_set_high(&mut self) -> Result<bool, Infallible> {
        self.0.is_set_high()
    }

    fn is_set_low(&mut self) -> Result<bool, Infallible> {
        self.0.is_set_low()
    }
}

impl<P: InputPin<Error = Infallible>> digital::InputPin for Wired<P> {
    fn is_high(&mut self) -> Result<bool, Infallible> {
        self.0.is_high()
    }

    fn is_low(&mut self) -> Result<bool, Infallible> {
        self.0.is_low()
    }
}

/// A light that is dimmed.
pub struct Lamp(Pwm<TIM2, C1>);

impl Lamp {
    /// How often it flickers a second, as the library reckons: that counts one step more than the clock's eighty million
    /// hertz have room for.
    pub const HZ: u32 = 80_000_000 / (Self::STEPS as u32 - 1);

    const STEPS: u16 = 1000;

    /// The one on that channel, dark.
    pub fn new(mut channel: Pwm<TIM2, C1>) -> Self {
        channel.set_duty(0);
        channel.enable();
        Self(channel)
    }
}

impl pwm::ErrorType for Lamp {
    type Error = Infallible;
}

impl pwm::SetDutyCycle for Lamp {
    fn max_duty_cycle(&self) -> u16 {
        Self::STEPS
    }

    fn set_duty_cycle(&mut self, duty: u16) -> Result<(), Infallible> {
        self.0.set_duty(duty.into());
        Ok(())
    }
}
