//! A PWM channel of the chip, as guests see it.

use core::convert::Infallible;

use embassy_nrf::{
    Peri,
    gpio::Pin,
    pwm::{DutyCycle, Instance, SimpleConfig, SimplePwm},
};
use embedded_hal::pwm::{ErrorType, SetDutyCycle};

/// A light that is dimmed.
pub struct Lamp(SimplePwm<'static>);

impl Lamp {
    /// The one on `pin`, dark.
    pub fn new(pwm: Peri<'static, impl Instance>, pin: Peri<'static, impl Pin>) -> Self {
        Self(SimplePwm::new_1ch(pwm, pin, &SimpleConfig::default()))
    }
}

impl ErrorType for Lamp {
    type Error = Infallible;
}

impl SetDutyCycle for Lamp {
    fn max_duty_cycle(&self) -> u16 {
        self.0.max_duty()
    }

    fn set_duty_cycle(&mut self, duty: u16) -> Result<(), Infallible> {
        self.0.set_duty(0, DutyCycle::normal(duty));
        Ok(())
    }
}
