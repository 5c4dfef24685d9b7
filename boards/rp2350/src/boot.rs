//! What the boot ROM reads before it starts the firmware, and all that is unsafe about it.

use rp235x_hal::block::ImageDef;

/// Says that this is a program for the Arm cores.
// SAFETY: the memory map keeps the section in flash, apart from code and variables.
#[allow(unsafe_code)]
#[unsafe(link_section = ".start_block")]
#[used]
static IMAGE: ImageDef = ImageDef::secure_exe();
