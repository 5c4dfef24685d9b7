//! A Cortex-M0's way into a compartment and out of it.
//!
//! As on larger ones, the host runs on the main stack and the engine on the process stack. Nothing says here that the
//! engine's stack has ended: a fault while the processor saves what it was doing locks it up. So the stack must be
//! large enough for all that a guest can make the engine do.

use core::arch::naked_asm;

use aingle_wasm_core::error::Abstain;

/// What lies below a stack: nothing.
pub struct Guard(());

impl Guard {
    pub const NEW: Self = Self(());

    pub fn close(&self) {}
}

pub fn prepare() {}

/// Runs `run(job)` on the stack that ends at `high`; 0 when it came back, or the code by which it was left.
///
/// # Safety
/// The stack is nobody else's, and large enough. The caller is on the main stack.
pub unsafe fn enter(run: unsafe extern "C" fn(*mut ()), job: *mut (), _low: usize, high: usize) -> u32 {
    // SAFETY: the caller's promises.
    unsafe { switch(run, job, high) }
}

#[unsafe(naked)]
unsafe extern "C" fn switch(run: unsafe extern "C" fn(*mut ()), job: *mut (), high: usize) -> u32 {
    naked_asm!(
        "push {{r4-r7, lr}}",
        "mov r4, r8",
        "mov r5, r9",
        "mov r6, r10",
        "mov r7, r11",
        "push {{r4-r7}}",
        "mrs r4, primask",
        "push {{r4}}",
        "msr psp, r2",
        "mrs r2, control",
        "movs r3, #2",
        "orrs r2, r3",
        "msr control, r2",
        "isb",
        "mov r2, r0",
        "mov r0, r1",
        "blx r2",
        "movs r0, #0",
        "bl {leave}",
        leave = sym leave,
    )
}

/// Goes back to who called [`enter`], which answers `code`.
///
/// # Safety
/// The caller is on the stack that it entered.
#[unsafe(naked)]
pub unsafe extern "C" fn leave(code: u32) -> ! {
    naked_asm!(
        "mrs r1, control",
        "movs r2, #2",
        "bics r1, r2",
        "msr control, r1",
        "isb",
        "bl {land}",
        land = sym land,
    )
}

/// Undoes what [`switch`] did to the main stack, and the critical section that may be open.
#[unsafe(naked)]
unsafe extern "C" fn land(code: u32) -> ! {
    naked_asm!(
        "pop {{r1}}",
        "pop {{r4-r7}}",
        "mov r8, r4",
        "mov r9, r5",
        "mov r10, r6",
        "mov r11, r7",
        "msr primask, r1",
        "pop {{r4-r7, pc}}",
    )
}

/// A fault on the process stack is the compartment's, and ends in [`land`]; any other is the board's.
// SAFETY: the runtime's name for the handler, which takes what the processor left in the link register.
#[unsafe(naked)]
#[unsafe(export_name = "HardFault")]
unsafe extern "C" fn fault() {
    naked_asm!(
        "mov r0, lr",
        "movs r1, #4",
        "tst r0, r1",
        "bne 2f",
        "bl {other}",
        // Eight words: what it returns with, whither, and the Thumb bit.
        "2:",
        "sub sp, #32",
        "movs r0, #{reason}",
        "str r0, [sp]",
        "ldr r1, 3f",
        "movs r2, #1",
        "bics r1, r2",
        "str r1, [sp, #24]",
        "lsls r2, r2, #24",
        "str r2, [sp, #28]",
        // To a thread on the main stack.
        "movs r0, #6",
        "mvns r0, r0",
        "bx r0",
        ".balign 4",
        "3: .word {land}",
        other = sym DefaultHandler,
        reason = const Abstain::Engine.code(),
        land = sym land,
    )
}

unsafe extern "C" {
    fn DefaultHandler();
}
