//! Makes of an ESP32's firmware the image that its flash holds: `esp-image CHIP ELF FILE`.
//!
//! The image begins at address 0 of a flash of 4 MB, with ESP-IDF's bootloader and a table of partitions, so any
//! program that writes such a flash can write it.

mod read_back;

use std::{env, fs};

use anyhow::{Context, Error, Result, anyhow};
use espflash::{
    flasher::{FlashData, FlashSettings, FlashSize},
    image_format::idf::IdfBootloaderFormat,
    target::Chip,
};

fn main() -> Result<()> {
    let words: Vec<_> = env::args().skip(1).collect();
    let [name, elf, file] = words.as_slice() else {
        return Err(anyhow!("usage: esp-image CHIP ELF FILE"));
    };
    let chip: Chip = name.parse().map_err(|_| anyhow!("{name} is no chip that espflash knows"))?;
    let program = fs::read(elf).with_context(|| format!("reading {elf}"))?;
    let image = image(chip, &program).with_context(|| format!("{elf} makes no image for an {name}"))?;
    read_back::check(&image, chip.id()).context("the image that was made is no such image")?;
    fs::write(file, &image).with_context(|| format!("writing {file}"))
}

fn image(chip: Chip, program: &[u8]) -> Result<Vec<u8>> {
    let flash = FlashSettings::new(None, Some(FlashSize::_4Mb), None);
    let flash = FlashData::new(flash, 0, None, chip, chip.default_xtal_frequency());
    let format = IdfBootloaderFormat::new(program, &flash, None, None, None, None).map_err(Error::msg)?;
    let mut image = Vec::new();
    for part in format.flash_segments() {
        // As flash is where nothing was written.
        image.resize(part.addr as usize, 0xff);
        image.extend_from_slice(part.data());
    }
    Ok(image)
}
