//! A RISC-V's way into a compartment and out of it, in machine mode.
//!
//! While the engine runs on its own stack, traps have an entry that changes to the host's before it stores anything.
//! Below the engine's stack is a guard that a locked entry of the memory protection forbids: machine mode heeds no
//! other, and none can be taken back.

use core::{
    arch::{global_asm, naked_asm},
    mem::MaybeUninit,
    sync::atomic::{AtomicUsize, Ordering},
};

use aingle_wasm_core::error::Abstain;
use riscv::register::{
    Permission, Range, mcause, mscratch, mtval, pmpaddr0, pmpaddr1, pmpaddr2, pmpaddr3, pmpaddr4, pmpaddr5,
    pmpaddr6, pmpaddr7, pmpcfg0, pmpcfg1,
};

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
        let entry = CLOSED.load(Ordering::Relaxed);
        CLOSED.store(entry + 1, Ordering::Relaxed);
        // The bits below say how large it is.
        let covered = (&raw const *self).addr() >> 2 | ((LEN >> 3) - 1);
        // SAFETY: the entries are those of the compartments. What one covers is a `Guard`, which nobody uses.
        unsafe {
            match entry {
                0 => pmpaddr0::write(covered),
                1 => pmpaddr1::write(covered),
                2 => pmpaddr2::write(covered),
                3 => pmpaddr3::write(covered),
                4 => pmpaddr4::write(covered),
                5 => pmpaddr5::write(covered),
                6 => pmpaddr6::write(covered),
                7 => pmpaddr7::write(covered),
                _ => panic!("no guard is left"),
            }
            match entry {
                0..4 => pmpcfg0::set_pmp(entry, Range::NAPOT, Permission::NONE, true),
                _ => pmpcfg1::set_pmp(entry - 4, Range::NAPOT, Permission::NONE, true),
            }
        }
    }
}

/// Guards that are closed.
static CLOSED: AtomicUsize = AtomicUsize::new(0);

/// Runs `run(job)` on the stack from `low` to `high`; 0 when it came back, or the code by which it was left.
///
/// # Safety
/// The stack is nobody else's and has a guard below.
pub unsafe fn enter(run: unsafe extern "C" fn(*mut ()), job: *mut (), _low: usize, high: usize) -> u32 {
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

// An interrupt goes to the runtime, with the host's own entry for what goes wrong there. All else that traps is the
// compartment's and ends in `land`, with interrupts still off.
global_asm!(
    ".section .text.aingle_compartment_trap, \"ax\"",
    ".balign 4",
    ".global aingle_compartment_trap",
    "aingle_compartment_trap:",
    "csrrw sp, mscratch, sp",
    "addi sp, sp, -64",
    "sw t0, 4(sp)",
    "csrr t0, mcause",
    "bltz t0, 2f",
    "addi sp, sp, 64",
    "call {reason}",
    "j {land}",
    // As the runtime's `TrapFrame`.
    "2:",
    "sw ra, 0(sp)",
    "sw t1, 8(sp)",
    "sw t2, 12(sp)",
    "sw t3, 16(sp)",
    "sw t4, 20(sp)",
    "sw t5, 24(sp)",
    "sw t6, 28(sp)",
    "sw a0, 32(sp)",
    "sw a1, 36(sp)",
    "sw a2, 40(sp)",
    "sw a3, 44(sp)",
    "sw a4, 48(sp)",
    "sw a5, 52(sp)",
    "sw a6, 56(sp)",
    "sw a7, 60(sp)",
    "lw t0, 120(sp)",
    "csrw mtvec, t0",
    "mv a0, sp",
    "call _start_trap_rust",
    "la t0, aingle_compartment_trap",
    "csrw mtvec, t0",
    "lw ra, 0(sp)",
    "lw t0, 4(sp)",
    "lw t1, 8(sp)",
    "lw t2, 12(sp)",
    "lw t3, 16(sp)",
    "lw t4, 20(sp)",
    "lw t5, 24(sp)",
    "lw t6, 28(sp)",
    "lw a0, 32(sp)",
    "lw a1, 36(sp)",
    "lw a2, 40(sp)",
    "lw a3, 44(sp)",
    "lw a4, 48(sp)",
    "lw a5, 52(sp)",
    "lw a6, 56(sp)",
    "lw a7, 60(sp)",
    "addi sp, sp, 64",
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
    let access = matches!(mcause::read().code(), LOAD_FAULT | STORE_FAULT);
    let in_guard = access && (low.saturating_sub(LEN)..low).contains(&mtval::read());
    let reason = if in_guard || stack < low { Abstain::Stack } else { Abstain::Engine };
    reason.code().into()
}

const LOAD_FAULT: usize = 5;
const STORE_FAULT: usize = 7;
