//! The firmware that people flash, in the emulator of its chip: guests as on both engines.

use aingle_wasm::board;
use libtest_mimic::Trial;

use crate::{
    Done,
    all::{All, End},
    ensure, guests, trial,
};

pub fn list(trials: &mut Vec<Trial>) {
    for board in board::ALL.iter().filter(|board| !board.semihosting) {
        trials.push(trial(&format!("chips::{}", board.name), || guests_run(board.name)));
    }
}

/// One after the other, so that what one leaves is in the way of the next; the last has the largest request.
fn guests_run(board: &str) -> Done {
    let note = postcard::to_allocvec(&("note", &[7u8; 32][..], 10u64, &b"a note"[..], 11u64))?;
    let readings = "2010/01/01 00:00,39.4\n".repeat(500);
    let mut all = All::open_beside(board)?;
    all.load(KERNELS)?;
    for (export, size) in
        [("fib", 12), ("sieve", 8192), ("matmul", 8), ("crc", 512), ("sort", 64), ("sha", 64)]
    {
        all.invoke(export, size)?;
    }
    let calls: [(_, _, &[u8]); 5] = [
        (guests::GREET.to_vec(), "greet", b"Ada"),
        (guests::example("validate")?, "validate", &note),
        (guests::example("quickstart")?, "my_function", b"what time is it?"),
        (guests::example("sensor")?, "sensor", readings.as_bytes()),
        (guests::example("echo")?, "echo", &[b'x'; 10_000]),
    ];
    for (wasm, entry, request) in calls {
        all.load(&wasm)?;
        // The second call finds what the first one left.
        for _ in 0..2 {
            let seen = all.call(entry, request)?;
            ensure!(matches!(seen.end, End::Reply(_)), "{entry}: {seen:.80?}");
        }
    }
    Ok(())
}

const KERNELS: &[u8] = include_bytes!("../../../fuel/tests/data/kernels-small.wasm");
