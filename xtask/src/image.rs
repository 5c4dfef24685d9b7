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
    /// By its ROM, which looks for a block of words in the first 4 KB; then by vectors.
    Block(&'static Boot),
}

const BOARDS: &[(&str, Boot)] = &[
    ("mps2-an385", MPS2),
    ("mps2-an386", MPS2),
    ("mps2-an500", Boot::Vectors(0, 0x6000_0000..=0x6100_0000)),
    ("mps2-an505", Boot::Vectors(0x1000_0000, 0x8000_0000..=0x8100_0000)),
    ("nrf52840", Boot::Vectors(0, 0x2000_0000..=0x2004_0000)),
    ("qemu-riscv32", Boot::Entry(0x8000_0000)),
    ("rp2350", Boot::Block(&Boot::Vectors(0x1000_0000, 0x2000_0000..=0x2008_2000))),
    ("stm32f405", Boot::Vectors(0x0800_0000, 0x1000_0000..=0x1001_0000)),
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
            Self::Block(then) => {
                block(image)?;
                then.check(image)
            }
        }
    }
}

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
