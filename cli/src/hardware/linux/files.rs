//! What the kernel offers as files: PWM channels and measured voltages.

use std::{fs, io::Read, path::PathBuf};

use aingle_wasm_core::hal::{self, Code};
use embedded_hal::pwm::{ErrorType, SetDutyCycle};
use serde::Deserialize;

use super::unopened;

/// A PWM channel's folder, as `/sys/class/pwm/pwmchip0/pwm0`, whose period is set already.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Folder {
    folder: PathBuf,
}

/// A PWM channel.
pub struct Pwm {
    duty: PathBuf,
    /// Nanoseconds.
    period: u64,
}

impl Pwm {
    pub fn open(Folder { folder }: Folder) -> Result<Self, String> {
        let path = folder.join("period");
        let period = number(&path)?;
        let (duty, enable) = (folder.join("duty_cycle"), folder.join("enable"));
        // Who had it last may have left it bright.
        for (path, value) in [(&duty, "0"), (&enable, "1")] {
            fs::write(path, value).map_err(|error| unopened(path, error))?;
        }
        Ok(Self { duty, period })
    }
}

impl ErrorType for Pwm {
    type Error = Code;
}

impl SetDutyCycle for Pwm {
    fn max_duty_cycle(&self) -> u16 {
        u16::MAX
    }

    fn set_duty_cycle(&mut self, duty: u16) -> Result<(), Code> {
        let nanos = u128::from(self.period) * u128::from(duty) / u128::from(u16::MAX);
        fs::write(&self.duty, nanos.to_string()).map_err(|_| Code::Pwm)
    }
}

/// A file with a number, as `/sys/bus/iio/devices/iio:device0/in_voltage0_raw`, and the largest that it can have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    file: PathBuf,
    max: u16,
}

/// A voltage that is measured.
pub struct Adc(File);

impl Adc {
    pub fn open(file: File) -> Result<Self, String> {
        number(&file.file)?;
        Ok(Self(file))
    }
}

impl hal::Adc for Adc {
    fn read(&mut self) -> Result<u16, Code> {
        let value = number(&self.0.file).map_err(|_| Code::Adc)?;
        Ok(u16::try_from(value).unwrap_or(u16::MAX).min(self.0.max))
    }

    fn max(&self) -> u16 {
        self.0.max
    }
}

fn number(path: &PathBuf) -> Result<u64, String> {
    let mut text = String::new();
    // What is no file of the kernel's may have no end.
    let read = fs::File::open(path).and_then(|file| file.take(LONGEST).read_to_string(&mut text));
    read.map_err(|error| unopened(path, error))?;
    text.trim().parse().map_err(|_| format!("{} has no number", path.display()))
}

/// Bytes of a number and the space around it, at most.
const LONGEST: u64 = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_end_has_no_number() {
        assert!(number(&PathBuf::from("/dev/zero")).unwrap_err().ends_with("has no number"));
    }

    #[test]
    fn a_channel_is_dark_before_it_is_switched_on() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("period"), "1000\n").unwrap();
        fs::write(at("duty_cycle"), "900\n").unwrap();
        // It cannot be.
        fs::create_dir(at("enable")).unwrap();
        assert!(Pwm::open(Folder { folder: folder.path().to_owned() }).is_err());
        assert_eq!(fs::read_to_string(at("duty_cycle")).unwrap(), "0");
    }
}
