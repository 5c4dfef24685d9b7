//! What a Cortex-M does that cannot go on.

use cortex_m::{
    asm,
    peripheral::{DCB, SCB},
};
use cortex_m_rt::exception;

/// Looking at what the panic says would link the formatting of every message: a quarter of the image.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    super::panicked();
    stop()
}

/// A fault, or an interrupt that nobody asked for.
#[exception]
unsafe fn DefaultHandler(number: i16) {
    defmt::error!("the processor faulted: exception {}", number);
    stop()
}

/// Halts for a debugger to look; without one, or when it says so, the chip starts anew.
fn stop() -> ! {
    if DCB::is_debugger_attached() {
        asm::bkpt();
    }
    SCB::sys_reset()
}
