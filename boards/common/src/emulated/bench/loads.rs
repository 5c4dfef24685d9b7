//! What a guest's load takes, by its parts.

use core::hint::black_box;

use aingle_wasm_core::link;
use wasmi::Module;

use super::{Counter, Failure, engine, is_taken, say};

/// The most heap that the check of any guest takes; nothing has used the heap before.
pub fn checks(heap: fn() -> link::Heap) -> Result<(), Failure> {
    for (name, wasm) in ALL {
        if !is_taken(wasm) {
            return Err(Failure::Wrong(name));
        }
    }
    say(format_args!("check heap"), heap().peak.into())
}

/// Check, translation and start of each guest.
pub fn all(counter: &Counter) -> Result<(), Failure> {
    for (name, wasm) in ALL {
        let (_, checked) = counter.count(|| is_taken(black_box(wasm)));
        let (module, translated) = counter.count(|| Module::new(&engine::new(true), wasm));
        let module = module?;
        let (started, starting) = counter.count(|| engine::start(&module));
        started?;
        say(format_args!("load {name} check"), checked)?;
        say(format_args!("load {name} translate"), translated)?;
        say(format_args!("load {name} start"), starting)?;
    }
    Ok(())
}

macro_rules! guests {
    ($($constant:ident $name:literal)*) => {
        $(pub const $constant: &[u8] = include_bytes!(concat!(env!("BENCH_GUESTS"), "/", $name, ".wasm"));)*
        const ALL: &[(&str, &[u8])] = &[$(($name, $constant)),*];
    };
}

guests! {
    KERNELS "kernels"
    ECHO "echo"
    ASK "ask"
    SENSOR "sensor"
    PREDECESSOR "predecessor"
}
