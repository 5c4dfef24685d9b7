//! An image, as the chip's ROM and its bootloader read it.

use anyhow::{Context, Result, ensure};

/// Checks bootloader, table of partitions and program of an image for the chip with this number.
///
/// # Errors
/// What would not be accepted.
pub fn check(image: &[u8], chip: u16) -> Result<()> {
    program(image, chip).context("the bootloader")?;
    let partitions = image.get(PARTITIONS..PARTITIONS + 2);
    ensure!(partitions == Some(&[0xaa, 0x50]), "there is no table of partitions");
    program(image.get(PROGRAM..).unwrap_or_default(), chip).context("the program")
}

/// Where the table of partitions is, and the program in the first of them.
const PARTITIONS: usize = 0x8000;
const PROGRAM: usize = 0x1_0000;

/// Checks a header, the parts behind it, and their sum.
fn program(image: &[u8], chip: u16) -> Result<()> {
    let byte = |at: usize| image.get(at).copied().context("it is cut off");
    ensure!(byte(0)? == 0xe9, "it does not begin with its magic byte");
    let is = u16::from_le_bytes([byte(12)?, byte(13)?]);
    ensure!(is == chip, "it is for chip {is}, not {chip}");
    let (mut at, mut sum) = (24, 0xef);
    for _ in 0..byte(1)? {
        let len = image.get(at + 4..at + 8).context("a part is cut off")?;
        let len = u32::from_le_bytes(len.try_into()?) as usize;
        let part = image.get(at + 8..at + 8 + len).context("a part is cut off")?;
        sum = part.iter().fold(sum, |sum, byte| sum ^ byte);
        at += 8 + len;
    }
    // It ends a block of 16 bytes.
    ensure!(byte(at | 15)? == sum, "its sum is wrong");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program of one part for chip 13.
    fn small() -> Vec<u8> {
        let mut image = vec![0; 24];
        (image[0], image[1], image[12]) = (0xe9, 1, 13);
        image.extend([0, 0, 0, 0x42, 4, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        image.push(0xef ^ 1 ^ 2 ^ 3 ^ 4);
        image
    }

    #[test]
    fn each_damage_is_seen() {
        program(&small(), 13).unwrap();
        for (at, why) in [(0, "magic"), (12, "for chip 12"), (33, "sum"), (47, "sum")] {
            let mut image = small();
            image[at] ^= 1;
            let said = format!("{:#}", program(&image, 13).unwrap_err());
            assert!(said.contains(why), "{at}: {said}");
        }
        assert!(program(&small()[..40], 13).is_err());
    }

    #[test]
    fn an_image_has_three_parts() {
        let mut image = small();
        image.resize(PARTITIONS, 0xff);
        image.extend([0xaa, 0x50]);
        image.resize(PROGRAM, 0xff);
        assert!(check(&image, 13).is_err());
        image.extend(small());
        check(&image, 13).unwrap();
        image[PARTITIONS] = 0xff;
        assert!(check(&image, 13).is_err());
    }
}
