//! A PWM channel of the chip, as guests see it.

use core::convert::Infallible;

use embassy_nrf::{
    Peri,
    gpio::{Level, Pin},
    pwm::{DutyCycle, Instance, SimpleConfig, SimplePwm},
};
use embedded_hal::pwm::{ErrorType, SetDutyCycle};

/// A light that is dimmed, and lit when its pin is low.
pub struct Lamp(SimplePwm<'static>);

impl Lamp {
    /// The one on `pin`, dark.
    pub fn new(pwm: Peri<'static, impl Instance>, pin: Peri<'static, impl Pin>) -> Self {
        let mut config = SimpleConfig::default();
        // Until there is a duty.
        config.ch0_idle_level = Level::High;
        Self(SimplePwm::new_1ch(pwm, pin, &config))
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
        // Low for so many steps, and then high.
        self.0.set_duty(0, DutyCycle::normal(duty));
        Ok(())
    }
}
