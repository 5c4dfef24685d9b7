//! Whether a chip would start an image: what its boot ROM and its processor read first.

use std::ops::RangeInclusive;

use anyhow::{Context, Result, bail, ensure};
use object::{LittleEndian, Object, ObjectSegment, read::elf::ElfFile32};

/// Says what is wrong with the image in `elf`, if the board `name` would not start it.
///
/// # Errors
/// Why it would not, or that nobody has said how the board starts.
pub fn check(name: &str, elf: &[u8]) -> Result<()> {
    let boot = BOARDS.iter().find(|(board, _)| *board == name);
    let (_, boot) = boot.with_context(|| format!("xtask/src/image.rs does not say how {name} starts"))?;
    let image = Image(ElfFile32::parse(elf).context("the firmware is no ELF file of 32 bits")?);
    boot.check(&image).with_context(|| format!("{name} would not start"))
}

/// How a chip starts.
enum Boot {
    /// By a table of vectors at an address; the first is the end of the stack, which is in this range.
    Vectors(u32, RangeInclusive<u32>),
    /// At the ELF file's entry, which is this address: an emulator loads it.
    Entry(u32),
    /// By a bootloader in its flash, which looks for a description of the program at this address.
    Described(u32),
    /// By its ROM, which runs the first 256 bytes if their sum is right; then by vectors.
    Second(&'static Boot),
    /// By its ROM, which looks for a block of words in the first 4 KB; then by vectors.
    Block(&'static Boot),
}

const BOARDS: &[(&str, Boot)] = &[
    ("esp32c3", Boot::Described(0x3c00_0020)),
    ("esp32c6", Boot::Described(0x4200_0020)),
    ("mps2-an385", MPS2),
    ("mps2-an386", MPS2),
    ("mps2-an500", Boot::Vectors(0, 0x6000_0000..=0x6100_0000)),
    ("mps2-an505", Boot::Vectors(0x1000_0000, 0x8000_0000..=0x8100_0000)),
    ("nrf52840", Boot::Vectors(0, 0x2000_0000..=0x2004_0000)),
    ("qemu-riscv32", Boot::Entry(0x8000_0000)),
    ("rp2040", Boot::Second(&Boot::Vectors(0x1000_0100, 0x2000_0000..=0x2004_2000))),
    ("rp2350", Boot::Block(&Boot::Vectors(0x1000_0000, 0x2000_0000..=0x2008_2000))),
    ("stm32f405", Boot::Vectors(0x0800_0000, 0x1000_0000..=0x1001_0000)),
    ("stm32l475", Boot::Vectors(0x0800_0000, 0x1000_0000..=0x1000_8000)),
];

const MPS2: Boot = Boot::Vectors(0, 0x2100_0000..=0x2200_0000);

impl Boot {
    fn check(&self, image: &Image<'_>) -> Result<()> {
        match self {
            Self::Vectors(table, stack) => vectors(image, *table, stack),
            Self::Entry(entry) => {
                let is = image.0.entry();
                ensure!(is == u64::from(*entry), "it starts at {is:#x} instead of {entry:#x}");
                image.word(*entry).map(drop)
            }
            Self::Described(address) => {
                let magic = image.word(*address).context("no description of the program")?;
                ensure!(magic == DESCRIPTION, "the program's description begins with {magic:#x}");
                image.word(image.0.entry() as u32).context("it starts nowhere").map(drop)
            }
            Self::Second(then) => {
                let first = image.bytes(0x1000_0000, 256).context("no second stage")?;
                let (code, sum) = first.split_at(252);
                ensure!(crc(code).to_le_bytes() == sum, "the sum of its second stage is wrong");
                then.check(image)
            }
            Self::Block(then) => {
                block(image)?;
                then.check(image)
            }
        }
    }
}

/// By which ESP-IDF's bootloader knows a description.
const DESCRIPTION: u32 = 0xabcd_5432;

fn vectors(image: &Image<'_>, table: u32, stack: &RangeInclusive<u32>) -> Result<()> {
    let top = image.word(table).context("there are no vectors")?;
    ensure!(stack.contains(&top) && top % 8 == 0, "the stack would begin at {top:#x}");
    for vector in 1..=FAULTS {
        let handler = image.word(table + 4 * vector)?;
        ensure!(handler % 2 == 1, "vector {vector} is {handler:#x}, which is no Thumb code");
        let code = image.bytes(handler & !1, 2);
        code.with_context(|| format!("vector {vector} is {handler:#x}, where nothing is"))?;
    }
    Ok(())
}

/// Reset, the interrupt that cannot be masked, and the hard fault: the vectors that every core has.
const FAULTS: u32 = 3;

/// The RP2040's sum: CRC-32 of the highest bit first, without a last complement.
fn crc(bytes: &[u8]) -> u32 {
    bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte) << 24, |crc: u32, _| {
            crc << 1 ^ if crc >> 31 == 1 { 0x04c1_1db7 } else { 0 }
        })
    })
}

/// The RP2350's block that says: a program for the Arm cores of this chip, secure, and the only block there is.
fn block(image: &Image<'_>) -> Result<()> {
    let start = image.0.segments().map(|segment| segment.address() as u32).min().unwrap_or_default();
    let words: Vec<u32> = (0..1024).map_while(|at| image.word(start + 4 * at).ok()).collect();
    let Some(at) = words.iter().position(|word| *word == BLOCK[0]) else {
        bail!("no block begins in its first 4 KB")
    };
    let is = words.get(at..at + BLOCK.len()).context("its block is cut off")?;
    ensure!(is == BLOCK, "its block is {is:#010x?}");
    Ok(())
}

const BLOCK: [u32; 5] = [0xffff_ded3, 0x1021_0142, 0x0000_01ff, 0, 0xab12_3579];

/// What is burnt.
struct Image<'e>(ElfFile32<'e, LittleEndian>);

impl Image<'_> {
    fn word(&self, address: u32) -> Result<u32> {
        let bytes = self.bytes(address, 4)?;
        Ok(u32::from_le_bytes(bytes.try_into()?))
    }

    fn bytes(&self, address: u32, len: u32) -> Result<&[u8]> {
        let (address, len) = (u64::from(address), u64::from(len));
        let mut parts = self.0.segments().filter_map(|segment| segment.data_range(address, len).ok()?);
        parts.next().with_context(|| format!("the image has nothing at {address:#x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An ELF file of one segment with `words` at `address`.
    fn elf(address: u32, words: &[u32]) -> Vec<u8> {
        let size = 4 * words.len() as u32;
        let header = [0x464c_457f, 0x0001_0101, 0, 0, 0x0028_0002, 1, address, 52, 0, 0, 0x0020_0034, 1, 0];
        let segment = [1, 84, address, address, size, size, 5, 4];
        let all = header.iter().chain(&segment).chain(words);
        all.flat_map(|word| word.to_le_bytes()).collect()
    }

    #[test]
    fn an_image_starts_only_with_a_stack_and_vectors() {
        let good = [0x1001_0000, 0x0800_0011, 0x0800_0011, 0x0800_0013, 0xbf00_bf00];
        check("stm32f405", &elf(0x0800_0000, &good)).unwrap();
        let why = |at, word| {
            let mut words = good;
            words[at] = word;
            format!("{:#}", check("stm32f405", &elf(0x0800_0000, &words)).unwrap_err())
        };
        assert!(why(0, 0x2002_0000).contains("the stack would begin at 0x20020000"));
        assert!(why(1, 0x0800_0010).contains("no Thumb code"));
        assert!(why(3, 0x0800_0101).contains("where nothing is"));
        assert!(check("stm32f405", &elf(0x0800_4000, &good)).is_err());
    }

    #[test]
    fn an_esp32_wants_a_description() {
        check("esp32c6", &elf(0x4200_0020, &[DESCRIPTION])).unwrap();
        let why = |elf: &[u8]| format!("{:#}", check("esp32c6", elf).unwrap_err());
        assert!(why(&elf(0x4200_0020, &[0xabcd_5433])).contains("begins with 0xabcd5433"));
        assert!(why(&elf(0x4200_0000, &[DESCRIPTION])).contains("no description"));
    }

    #[test]
    fn an_rp2040_wants_a_second_stage_with_its_sum() {
        // The check value of CRC-32/MPEG-2.
        assert_eq!(crc(b"123456789"), 0x0376_e6e7);
        let mut image = vec![0; 63];
        image.push(crc(&[0; 252]));
        image.extend([0x2004_2000, 0x1000_0111, 0x1000_0111, 0x1000_0111, 0xbf00_bf00]);
        check("rp2040", &elf(0x1000_0000, &image)).unwrap();
        image[7] = 1;
        let why = format!("{:#}", check("rp2040", &elf(0x1000_0000, &image)).unwrap_err());
        assert!(why.contains("sum of its second stage"));
    }

    #[test]
    fn an_rp2350_wants_its_block() {
        let vectors = [0x2008_0000, 0x1000_0001, 0x1000_0001, 0x1000_0001];
        let good = [&vectors[..], &BLOCK].concat();
        check("rp2350", &elf(0x1000_0000, &good)).unwrap();
        assert!(check("rp2350", &elf(0x1000_0000, &vectors)).is_err());
        let mut other = good;
        other[5] = 0x1101_0142;
        assert!(
            format!("{:#}", check("rp2350", &elf(0x1000_0000, &other)).unwrap_err()).contains("its block is")
        );
    }
}
