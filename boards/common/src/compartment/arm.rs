//! A Cortex-M's way into a compartment and out of it.
//!
//! The host runs on the main stack, the engine on the process stack; interrupts and faults use the main one. The
//! processor itself says that the engine's stack has ended: by its limit register where it has one, else by a guard that
//! nobody may touch. The handler of that fault builds the frame by which it returns to the host instead.

use core::{arch::naked_asm, mem::MaybeUninit};

use aingle_wasm_core::error::Abstain;
use cortex_m::peripheral::SCB;
#[cfg(not(armv8m))]
use cortex_m::{asm, peripheral::MPU};

use super::region;

/// What lies below a stack.
#[cfg_attr(armv8m, repr(C, align(16)))]
#[cfg_attr(not(armv8m), repr(C, align(8192)))]
pub struct Guard(MaybeUninit<[u8; LEN]>);

/// More than the largest frame of a function, wasmi's `parse_module` with 4.3 KB: a function may leave most of its own
/// untouched. The limit register needs no room.
const LEN: usize = if cfg!(armv8m) { 0 } else { 8192 };

impl Guard {
    pub const NEW: Self = Self(MaybeUninit::uninit());

    /// Nothing yet: it is forbidden when its compartment is entered.
    pub fn close(&self) {}
}

/// Lets the processor tell one fault from another.
pub fn prepare() {
    // SAFETY: only the bits of three faults are set, whose handlers are below; nothing else runs yet that would change
    // others.
    unsafe { (*SCB::PTR).shcsr.modify(|enabled| enabled | MEMORY_FAULT | BUS_FAULT | USAGE_FAULT) };
}

/// Runs `run(job)` on the stack from `low` to `high`; 0 when it came back, or the code by which it was left.
///
/// # Safety
/// The stack is nobody else's and has a guard below. The caller is on the main stack.
pub unsafe fn enter(run: unsafe extern "C" fn(*mut ()), job: *mut (), low: usize, high: usize) -> u32 {
    guard(low);
    // SAFETY: the caller's promises.
    unsafe { switch(run, job, low, high) }
}

/// Forbids the last region of the memory protection to all: what is just below `low`.
#[cfg(not(armv8m))]
fn guard(low: usize) {
    // SAFETY: the region is that of the compartments. What it covers is a `Guard`, which nobody uses, or no memory.
    unsafe {
        let mpu = &*MPU::PTR;
        mpu.rbar.write((low - LEN) as u32 | VALID | REGION);
        mpu.rasr.write(NO_EXECUTION | (LEN.ilog2() - 1) << 1 | ENABLE);
        mpu.ctrl.write(ELSE_AS_WITHOUT | ENABLE);
    }
    asm::dsb();
    asm::isb();
}

#[cfg(armv8m)]
fn guard(_low: usize) {}

#[unsafe(naked)]
unsafe extern "C" fn switch(
    run: unsafe extern "C" fn(*mut ()),
    job: *mut (),
    low: usize,
    high: usize,
) -> u32 {
    naked_asm!(
        "mrs r12, primask",
        "push {{r4-r12, lr}}",
        #[cfg(target_abi = "eabihf")]
        ".fpu fpv4-sp-d16",
        #[cfg(target_abi = "eabihf")]
        "vpush {{d8-d15}}",
        #[cfg(armv8m)]
        "msr psplim, r2",
        "msr psp, r3",
        "mrs r2, control",
        "orr r2, #2",
        "msr control, r2",
        "isb",
        "mov r2, r0",
        "mov r0, r1",
        "blx r2",
        "movs r0, #0",
        "b {leave}",
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
        "bic r1, #2",
        "msr control, r1",
        "isb",
        "b {land}",
        land = sym land,
    )
}

/// Undoes what [`switch`] did to the main stack, and the critical section that may be open.
#[unsafe(naked)]
unsafe extern "C" fn land(code: u32) -> ! {
    naked_asm!(
        #[cfg(target_abi = "eabihf")]
        ".fpu fpv4-sp-d16",
        #[cfg(target_abi = "eabihf")]
        "vpop {{d8-d15}}",
        "pop {{r4-r12, lr}}",
        "msr primask, r12",
        "bx lr",
    )
}

/// A fault on the process stack is the compartment's, and ends in [`land`]; any other is the board's.
#[unsafe(naked)]
unsafe extern "C" fn fault() {
    naked_asm!(
        "tst lr, #4",
        "bne 2f",
        "b {other}",
        "2:",
        "mrs r0, psp",
        "bl {reason}",
        // Eight words: what it returns with, whither, and the Thumb bit.
        "sub sp, #32",
        "str r0, [sp]",
        "movw r1, #:lower16:{land}",
        "movt r1, #:upper16:{land}",
        "bic r1, #1",
        "str r1, [sp, #24]",
        "mov r1, #0x01000000",
        "str r1, [sp, #28]",
        // To a thread on the main stack, with a frame without floats.
        "mvn lr, #6",
        "bx lr",
        other = sym DefaultHandler,
        reason = sym reason,
        land = sym land,
    )
}

unsafe extern "C" {
    fn DefaultHandler();
}

macro_rules! handlers {
    ($($name:literal $handler:ident)*) => {$(
        // SAFETY: the runtime's name for the handler, which takes what the processor left in the link register.
        #[unsafe(naked)]
        #[unsafe(export_name = $name)]
        unsafe extern "C" fn $handler() {
            naked_asm!("b {fault}", fault = sym fault)
        }
    )*};
}

handlers! {
    "MemoryManagement" memory_management
    "BusFault" bus_fault
    "UsageFault" usage_fault
    "HardFault" hard_fault
}

/// Why there was a fault with the process stack at `stack`; afterwards the processor knows of none.
extern "C" fn reason(stack: usize) -> u32 {
    // SAFETY: nothing else uses these registers, and this is the handler of what they tell of.
    let (status, address) = unsafe {
        let scb = &*SCB::PTR;
        let status = scb.cfsr.read();
        let address = scb.mmfar.read() as usize;
        scb.cfsr.write(status);
        scb.hfsr.write(scb.hfsr.read());
        scb.shcsr.modify(|state| state & !PENDING);
        // Else the host's next operation on floats would store the engine's, to where there is no room.
        #[cfg(target_abi = "eabihf")]
        (*cortex_m::peripheral::FPU::PTR).fpccr.modify(|state| state & !LAZY);
        (status, address)
    };
    let low = region::current().map_or(0, |control| control.stack().start);
    let in_guard = status & ADDRESS_VALID != 0 && (low.saturating_sub(LEN)..low).contains(&address);
    let ended = status & STACK_LIMIT != 0 || in_guard || stack < low;
    let reason = if ended { Abstain::Stack } else { Abstain::Engine };
    reason.code().into()
}

// Which faults are told apart, and which wait.
const MEMORY_FAULT: u32 = 1 << 16;
const BUS_FAULT: u32 = 1 << 17;
const USAGE_FAULT: u32 = 1 << 18;
const PENDING: u32 = 1 << 12 | 1 << 13 | 1 << 14;

// Why there was a fault.
const ADDRESS_VALID: u32 = 1 << 7;
const STACK_LIMIT: u32 = 1 << 20;

/// Floats are yet to be stored to an exception's frame.
#[cfg(target_abi = "eabihf")]
const LAZY: u32 = 1;

// The memory protection: which region, what it forbids, and what holds elsewhere.
#[cfg(not(armv8m))]
const REGION: u32 = 7;
#[cfg(not(armv8m))]
const VALID: u32 = 1 << 4;
#[cfg(not(armv8m))]
const NO_EXECUTION: u32 = 1 << 28;
#[cfg(not(armv8m))]
const ENABLE: u32 = 1;
#[cfg(not(armv8m))]
const ELSE_AS_WITHOUT: u32 = 1 << 2;
