//! The core WebAssembly test suite on this machine: its steps come from a file of the emulator's machine, `-append "conformance FILE"`,
//! which the desktop's own run of the suite writes.

use core::fmt::Write as _;

use aingle_wasm_backend_wasmi::Engine;
use aingle_wasm_tests::script::{Record, Stage, Surprise};

use super::{Console, Done, records};

/// Runs every step of the file; says so, with the number of steps that went well on the console.
pub fn all() -> Done<&'static str> {
    let mut tally = Tally { stage: Stage::new(Engine::default()), well: 0, abstained: 0, failed: 0 };
    let read = records::each(1, |record| tally.take(record));
    let Tally { well, abstained, failed, .. } = tally;
    read.map_err(|_| "the file cannot be read")?;
    // The emulator's exit code says the same when nobody reads the lines.
    let _ = writeln!(Console, "{well} steps went well\n{abstained} want more memory\n{failed} failed");
    if failed == 0 && well > 0 { Ok("every step that has room") } else { Err("not every step went well") }
}

/// How many steps went well, want more memory than the machine has, and failed.
struct Tally {
    stage: Stage<Engine>,
    well: u32,
    abstained: u32,
    failed: u32,
}

impl Tally {
    fn take(&mut self, record: &[u8]) {
        match postcard::from_bytes(record) {
            Ok(Record::File(name)) => {
                self.stage.clear();
                defmt::info!("{=str}", name);
            }
            Ok(Record::Step(line, step)) => match self.stage.run(&step) {
                Ok(()) => self.well += 1,
                Err(Surprise::Abstained) => self.abstained += 1,
                Err(surprise) => {
                    self.failed += 1;
                    let _ = writeln!(Console, "FAILED: line {line}: {surprise:?}");
                }
            },
            Err(_) => {
                self.failed += 1;
                let _ = writeln!(Console, "FAILED: a step that is none");
            }
        }
    }
}
