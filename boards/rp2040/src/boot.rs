//! What the boot ROM runs before the firmware, and all that is unsafe about it.

/// Sets the flash up so that code runs from it.
// SAFETY: the memory map keeps the section where the boot ROM looks, apart from code and variables.
#[allow(unsafe_code)]
#[unsafe(link_section = ".boot2")]
#[used]
static BOOT2: [u8; 256] = rp2040_boot2::BOOT_LOADER_GENERIC_03H;
