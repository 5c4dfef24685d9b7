//! The core WebAssembly test suite on this machine: its steps come from a file of the emulator's machine, `-append FILE`,
//! which the desktop's own run of the suite writes.

extern crate alloc;

use alloc::{ffi::CString, vec::Vec};
use core::fmt::Write as _;

use aingle_wasm_backend_wasmi::Engine;
use aingle_wasm_tests::script::{Record, Stage, Surprise};
use semihosting::{
    fs::File,
    io::{Error, Read as _},
};

use super::{Console, arguments, end, exit};

/// Runs every step of the file and ends the machine, with the number of steps that went well on the console.
pub fn run() -> ! {
    let Some(path) = arguments::word(0).and_then(|path| CString::new(path.as_bytes()).ok()) else {
        let _ = writeln!(Console, "FAILED: the file is missing");
        end(exit::FAILED)
    };
    let ran = File::open(path).and_then(|file| steps(&file));
    // The emulator's exit code says the same when nobody reads the lines.
    let _ = match &ran {
        Ok(Tally { well, abstained, failed }) => {
            writeln!(Console, "{well} steps went well\n{abstained} want more memory\n{failed} failed")
        }
        Err(_) => writeln!(Console, "FAILED: the file cannot be read"),
    };
    end(if matches!(ran, Ok(Tally { well: 1.., failed: 0, .. })) { exit::DONE } else { exit::FAILED })
}

/// How many steps went well, want more memory than the machine has, and failed.
#[derive(Default)]
struct Tally {
    well: u32,
    abstained: u32,
    failed: u32,
}

fn steps(mut file: &File) -> Result<Tally, Error> {
    let mut left = file.metadata()?.len();
    let mut stage = Stage::new(Engine::default());
    let mut tally = Tally::default();
    let mut bytes = Vec::new();
    while left > 0 {
        let mut len = [0; 4];
        file.read_exact(&mut len)?;
        let len = u32::from_le_bytes(len);
        bytes.resize(len as usize, 0);
        file.read_exact(&mut bytes)?;
        left = left.saturating_sub(4 + u64::from(len));
        match postcard::from_bytes(&bytes) {
            Ok(Record::File(name)) => {
                stage.clear();
                defmt::info!("{=str}", name);
            }
            Ok(Record::Step(line, step)) => match stage.run(&step) {
                Ok(()) => tally.well += 1,
                Err(Surprise::Abstained) => tally.abstained += 1,
                Err(surprise) => {
                    tally.failed += 1;
                    let _ = writeln!(Console, "FAILED: line {line}: {surprise:?}");
                }
            },
            Err(_) => {
                tally.failed += 1;
                let _ = writeln!(Console, "FAILED: a step that is none");
            }
        }
    }
    Ok(tally)
}
