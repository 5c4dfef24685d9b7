//! The boards that QEMU emulates, in one table for the command, for `xtask`, and for the runner in `boards`.
//!
//! A board that is added here is known to all three.

use std::{path::Path, process::Command};

/// An emulated board.
#[derive(Debug)]
pub struct Board {
    /// Its name, as behind `qemu:`.
    pub name: &'static str,
    /// The folder in `boards` with its firmware, and that program's name.
    pub folder: &'static str,
    /// Its processor.
    pub core: &'static str,
    /// The compiler's target for its firmware.
    pub target: &'static str,
    /// The program that emulates it.
    pub program: &'static str,
    /// The package that has the program, on most systems.
    pub package: &'static str,
    /// Whether its firmware logs, and ends the emulator, by semihosting. That of boards which people flash does
    /// neither: without a debugger a chip would stop there.
    pub semihosting: bool,
    arguments: &'static [&'static str],
}

/// Every emulated board.
pub const ALL: &[Board] = &[
    Board {
        name: "mps2-an385",
        folder: "mps2-an385",
        core: "Cortex-M3",
        target: "thumbv7m-none-eabi",
        program: "qemu-system-arm",
        package: "qemu-system-arm",
        semihosting: true,
        arguments: &["-machine", "mps2-an385"],
    },
    Board {
        name: "mps2-an386",
        folder: "mps2-an386",
        core: "Cortex-M4F",
        target: "thumbv7em-none-eabihf",
        program: "qemu-system-arm",
        package: "qemu-system-arm",
        semihosting: true,
        arguments: &["-machine", "mps2-an386"],
    },
    Board {
        name: "mps2-an500",
        folder: "mps2-an500",
        core: "Cortex-M7",
        target: "thumbv7em-none-eabihf",
        program: "qemu-system-arm",
        package: "qemu-system-arm",
        semihosting: true,
        arguments: &["-machine", "mps2-an500"],
    },
    Board {
        name: "mps2-an505",
        folder: "mps2-an505",
        core: "Cortex-M33",
        target: "thumbv8m.main-none-eabihf",
        program: "qemu-system-arm",
        package: "qemu-system-arm",
        semihosting: true,
        arguments: &["-machine", "mps2-an505"],
    },
    Board {
        name: "riscv32",
        folder: "qemu-riscv32",
        core: "RV32IMAC",
        target: "riscv32imac-unknown-none-elf",
        program: "qemu-system-riscv32",
        package: "qemu-system-riscv",
        semihosting: true,
        arguments: &["-machine", "virt", "-cpu", "rv32", "-bios", "none"],
    },
    Board {
        name: "stm32f405",
        folder: "stm32f405",
        core: "Cortex-M4F",
        target: "thumbv7em-none-eabihf",
        program: "qemu-system-arm",
        package: "qemu-system-arm",
        semihosting: false,
        // The link is on its second UART.
        arguments: &["-machine", "olimex-stm32-h405", "-serial", "null"],
    },
    Board {
        name: "stm32l475",
        folder: "stm32l475",
        core: "Cortex-M4F",
        target: "thumbv7em-none-eabihf",
        program: "qemu-system-arm",
        package: "qemu-system-arm",
        semihosting: false,
        arguments: &["-machine", "b-l475e-iot01a"],
    },
];

impl Board {
    /// The board of that name.
    ///
    /// # Errors
    /// A sentence with the names that there are.
    pub fn named(name: &str) -> Result<&'static Self, String> {
        ALL.iter().find(|board| board.name == name).ok_or_else(|| {
            let names: Vec<_> = ALL.iter().map(|board| format!("qemu:{}", board.name)).collect();
            format!("no such emulated board; there is {}", names.join(", "))
        })
    }

    /// The emulator's command line. The firmware's link is on the `socket`, in QEMU's words; a log that goes out by
    /// semihosting is on standard output.
    pub fn emulator(&self, firmware: &Path, socket: &str, count_instructions: bool) -> Command {
        let mut command = Command::new(self.program);
        // A reset ends the emulator, so that it is seen.
        command.args(self.arguments).args(["-no-reboot", "-display", "none", "-monitor", "none"]);
        if self.semihosting {
            command.args(["-semihosting-config", "enable=on,target=native"]);
        }
        command.args(["-chardev", &format!("socket,id=uart,host=127.0.0.1,nodelay=on,{socket}")]);
        command.args(["-serial", "chardev:uart"]);
        if count_instructions {
            command.args(["-icount", &format!("shift={ICOUNT_SHIFT},sleep=off,align=off")]);
        }
        command.arg("-kernel").arg(firmware);
        command
    }
}

/// An instruction takes two to this power nanoseconds of the board's clock when they are counted.
const ICOUNT_SHIFT: u32 = 6;

/// The instructions in `nanos` of the board's clock, when they are counted.
pub fn instructions(nanos: u64) -> u64 {
    nanos >> ICOUNT_SHIFT
}
