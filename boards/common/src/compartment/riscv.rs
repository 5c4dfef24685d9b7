//! A RISC-V's way into a compartment and out of it, in machine mode.
//!
//! While the engine runs on its own stack, traps have an entry that changes to the host's before it stores anything.
//! Below the engine's stack is a guard that nobody may touch.

#[cfg_attr(feature = "emulated", path = "riscv/protection.rs")]
#[cfg_attr(not(feature = "emulated"), path = "riscv/trigger.rs")]
mod wall;

use core::{
    arch::{global_asm, naked_asm},
    mem::MaybeUninit,
};

use aingle_wasm_core::error::Abstain;
use riscv::register::{mcause, mscratch, mtval};

use super::region;

/// What lies below a stack.
#[repr(C, align(8192))]
pub struct Guard(MaybeUninit<[u8; LEN]>);

/// More than the largest frame of a function, wasmi's `parse_module` with 4.3 KB: a function may leave most of its own
/// untouched.
const LEN: usize = 8192;

impl Guard {
    pub const NEW: Self = Self(MaybeUninit::uninit());

    /// Forbids it to all, for ever.
    pub fn close(&self) {
        wall::forbid((&raw const *self).addr(), LEN);
    }
}

pub fn prepare() {}

/// Runs `run(job)` on the stack from `low` to `high`; 0 when it came back, or the code by which it was left.
///
/// # Safety
/// The stack is nobody else's and has a guard below.
pub unsafe fn enter(run: unsafe extern "C" fn(*mut ()), job: *mut (), _low: usize, high: usize) -> u32 {
    wall::heed();
    // SAFETY: the caller's promises.
    unsafe { switch(run, job, high) }
}

#[unsafe(naked)]
unsafe extern "C" fn switch(run: unsafe extern "C" fn(*mut ()), job: *mut (), high: usize) -> u32 {
    naked_asm!(
        "addi sp, sp, -64",
        "sw ra, 0(sp)",
        "sw s0, 4(sp)",
        "sw s1, 8(sp)",
        "sw s2, 12(sp)",
        "sw s3, 16(sp)",
        "sw s4, 20(sp)",
        "sw s5, 24(sp)",
        "sw s6, 28(sp)",
        "sw s7, 32(sp)",
        "sw s8, 36(sp)",
        "sw s9, 40(sp)",
        "sw s10, 44(sp)",
        "sw s11, 48(sp)",
        "csrr t0, mstatus",
        "csrr t1, mtvec",
        "sw t0, 52(sp)",
        "sw t1, 56(sp)",
        // A trap from here on finds the host's stack, also while that is still the one in use.
        "csrw mscratch, sp",
        "la t0, {trap}",
        "csrw mtvec, t0",
        "mv sp, a2",
        "mv t0, a0",
        "mv a0, a1",
        "jalr t0",
        "li a0, 0",
        "j {leave}",
        trap = sym trap,
        leave = sym leave,
    )
}

/// Goes back to who called [`enter`], which answers `code`.
///
/// # Safety
/// The caller is on the stack that it entered.
#[unsafe(naked)]
pub unsafe extern "C" fn leave(code: u32) -> ! {
    naked_asm!("csrr sp, mscratch", "j {land}", land = sym land)
}

/// Undoes what [`switch`] did to the host's stack, and the critical section that may be open.
#[unsafe(naked)]
unsafe extern "C" fn land(code: u32) -> ! {
    naked_asm!(
        "lw t0, 56(sp)",
        "lw t1, 52(sp)",
        "csrw mtvec, t0",
        "andi t1, t1, 8",
        "csrci mstatus, 8",
        "csrs mstatus, t1",
        "lw ra, 0(sp)",
        "lw s0, 4(sp)",
        "lw s1, 8(sp)",
        "lw s2, 12(sp)",
        "lw s3, 16(sp)",
        "lw s4, 20(sp)",
        "lw s5, 24(sp)",
        "lw s6, 28(sp)",
        "lw s7, 32(sp)",
        "lw s8, 36(sp)",
        "lw s9, 40(sp)",
        "lw s10, 44(sp)",
        "lw s11, 48(sp)",
        "addi sp, sp, 64",
        "ret",
    )
}

unsafe extern "C" {
    #[link_name = "aingle_compartment_trap"]
    fn trap();
}

// An interrupt goes to the host's own entry for it, on the host's stack, which comes back here with interrupts still off.
// All else that traps is the compartment's and ends in `land`.
global_asm!(
    ".section .text.aingle_compartment_trap, \"ax\"",
    ".balign 4",
    ".global aingle_compartment_trap",
    "aingle_compartment_trap:",
    "csrrw sp, mscratch, sp",
    "addi sp, sp, -32",
    "sw t0, 0(sp)",
    "csrr t0, mcause",
    "bltz t0, 2f",
    "addi sp, sp, 32",
    "call {reason}",
    "j {land}",
    "2:",
    "sw t1, 4(sp)",
    "sw t2, 8(sp)",
    "csrr t1, mepc",
    "sw t1, 12(sp)",
    "csrr t1, mstatus",
    "sw t1, 16(sp)",
    // The host's entry may use it.
    "csrr t1, mscratch",
    "sw t1, 20(sp)",
    "lw t1, 88(sp)",
    "csrw mtvec, t1",
    // One entry for all, or a table of jumps, as the lowest bit says.
    "andi t2, t1, 1",
    "sub t1, t1, t2",
    "beqz t2, 3f",
    "slli t0, t0, 2",
    "add t1, t1, t0",
    "3:",
    "la t0, 4f",
    "csrw mepc, t0",
    "li t0, 0x80",
    "csrc mstatus, t0",
    "jr t1",
    ".balign 4",
    "4:",
    "la t0, aingle_compartment_trap",
    "csrw mtvec, t0",
    "lw t0, 12(sp)",
    "csrw mepc, t0",
    "lw t0, 16(sp)",
    "csrw mstatus, t0",
    "lw t0, 20(sp)",
    "csrw mscratch, t0",
    "lw t0, 0(sp)",
    "lw t1, 4(sp)",
    "lw t2, 8(sp)",
    "addi sp, sp, 32",
    "csrrw sp, mscratch, sp",
    "mret",
    reason = sym reason,
    land = sym land,
);

/// Why there was an exception.
extern "C" fn reason() -> u32 {
    // The entry has put the engine's there.
    let stack = mscratch::read();
    let low = region::current().map_or(0, |control| control.stack().start);
    let access = matches!(mcause::read().code(), BREAKPOINT | LOAD_FAULT | STORE_FAULT);
    let in_guard = access && (low.saturating_sub(LEN)..low).contains(&mtval::read());
    let reason = if in_guard || stack < low { Abstain::Stack } else { Abstain::Engine };
    reason.code().into()
}

// Which a wall may end in.
const BREAKPOINT: usize = 3;
const LOAD_FAULT: usize = 5;
const STORE_FAULT: usize = 7;
