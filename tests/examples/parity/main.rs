//! Random programs on both engines of this machine: same results, traps, fuel, host calls and memory.
//!
//! `cargo xtask parity` builds and runs this. A program that differs is made smaller and saved.

#![forbid(unsafe_code)]

mod differ;
mod host;
mod program;
mod tally;
mod trace;

use std::{
    fs,
    path::PathBuf,
    process::ExitCode,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use aingle_wasm_backend_wasmer::{Compiler, EngineConfig};
use aingle_wasm_core::engine::Limits;
use aingle_wasm_fuel::{Profile, canonicalise, check, spec::Spec};
use clap::{Parser, ValueEnum};

use differ::differ;
use program::{Program, Seed};
use tally::Tally;
use trace::Trace;

#[derive(Parser)]
struct Arguments {
    /// How many programs
    #[arg(long, default_value_t = 2000)]
    programs: u64,
    /// Number of the first one
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What is compared
    #[arg(long, value_enum, default_value_t = Mode::Exact)]
    mode: Mode,
    /// What wasmer compiles with: cranelift, or llvm in a build that has it
    #[arg(long, default_value_t, value_parser = compiler)]
    compiler: Compiler,
    /// Folder for programs that differ
    #[arg(long, default_value = "target/parity")]
    save: PathBuf,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Mode {
    /// The frozen table: there must be no difference
    Exact,
    /// A table with odd prices: there must be no difference
    Odd,
    /// Without the rules of canonical control flow: a difference must be found
    Unchecked,
    /// One operator dearer on one side: a difference must be found
    Uneven,
}

/// What a side charges by and takes.
type Side = (&'static Spec, &'static Profile);

impl Mode {
    /// For wasmi and for wasmer.
    fn sides(self) -> (Side, Side) {
        const I32_ADD: u16 = 0x6a;
        const END: u16 = 0x0b;
        const LOOP: u16 = 0x03;
        const CONSTS: [u16; 4] = [0x41, 0x42, 0x43, 0x44];
        static ODD: Spec = {
            let mut spec = Spec::V1.with_cost(END, 13).with_cost(LOOP, 11);
            let mut at = 0;
            while at < CONSTS.len() {
                spec = spec.with_cost(CONSTS[at], 0);
                at += 1;
            }
            spec
        };
        static UNEVEN: Spec = Spec::V1.with_cost(I32_ADD, Spec::V1.cost(I32_ADD) + 1);
        static UNCHECKED: Profile = Profile::DEVICE.with_any_control_flow();
        match self {
            Mode::Exact => ((&Spec::V1, &Profile::DEVICE), (&Spec::V1, &Profile::DEVICE)),
            Mode::Odd => ((&ODD, &Profile::DEVICE), (&ODD, &Profile::DEVICE)),
            Mode::Unchecked => ((&Spec::V1, &UNCHECKED), (&Spec::V1, &UNCHECKED)),
            Mode::Uneven => ((&Spec::V1, &Profile::DEVICE), (&UNEVEN, &Profile::DEVICE)),
        }
    }

    /// What the program did on wasmi and on wasmer.
    fn traces(self, compiler: Compiler, program: &Program) -> (Trace, Trace) {
        let (wasmi, (spec, profile)) = self.sides();
        let config = EngineConfig { compiler, spec, profile, ..EngineConfig::default() };
        let wasmer = aingle_wasm_backend_wasmer::Engine::new(config).expect("its compiler is there");
        let wasmi = aingle_wasm_backend_wasmi::Engine::new(wasmi.0, wasmi.1);
        (Trace::of(wasmi, LIMITS, program), Trace::of(wasmer, LIMITS, program))
    }

    fn must_differ(self) -> bool {
        matches!(self, Mode::Unchecked | Mode::Uneven)
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let next = AtomicU64::new(0);
    let total = Mutex::new(Tally::default());
    let work = || {
        let mut tally = Tally::default();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= arguments.programs || arguments.mode.must_differ() && tally.differ > 0 {
                break;
            }
            if number > 0 && number.is_multiple_of(OFTEN) {
                eprintln!("{number} of {} programs", arguments.programs);
            }
            one(&arguments, Seed::new(arguments.seed.wrapping_add(number)), &mut tally);
        }
        if let Ok(mut total) = total.lock() {
            total.add(&tally);
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let tally = total.into_inner().unwrap_or_default();
    print!("{tally}");
    if tally.differ == 0 && tally.ran() < arguments.programs / 2 {
        println!("too few of the programs ran to say something");
        return ExitCode::FAILURE;
    }
    match (arguments.mode.must_differ(), tally.differ) {
        (false, 0) => ExitCode::SUCCESS,
        (true, 1..) => {
            println!("a difference was found, as it must be");
            ExitCode::SUCCESS
        }
        (true, 0) => {
            println!("no difference was found: this search would find none");
            ExitCode::FAILURE
        }
        (false, _) => ExitCode::FAILURE,
    }
}

/// How many programs there are between two words on how far it is.
const OFTEN: u64 = 5000;

fn one(arguments: &Arguments, seed: Seed, tally: &mut Tally) {
    let Some(program) = seed.program() else { return tally.empty += 1 };
    match compare(arguments, program) {
        Compared::Same(trace, canonicalised) => tally.same(&trace, canonicalised),
        Compared::Abstained => tally.abstained += 1,
        Compared::Differ => {
            tally.differ += 1;
            if !arguments.mode.must_differ() {
                report(arguments, smallest(arguments, seed));
            }
        }
    }
}

enum Compared {
    Same(Trace, bool),
    Abstained,
    Differ,
}

/// Runs the program on both engines, in its canonical form as the command does.
fn compare(arguments: &Arguments, mut program: Program) -> Compared {
    let mode = arguments.mode;
    let mut canonicalised = false;
    if check(&program.wasm, mode.sides().0.1).is_err_and(|refusal| refusal.rule.is_repairable())
        && let Ok(repaired) = canonicalise(&program.wasm)
    {
        program.wasm = repaired.into_owned();
        canonicalised = true;
    }
    let (left, right) = mode.traces(arguments.compiler, &program);
    match left {
        left if differ(&left, &right) => Compared::Differ,
        left if left.abstained() || right.abstained() => Compared::Abstained,
        left => Compared::Same(left, canonicalised),
    }
}

/// The shortest source of bytes whose program still differs.
fn smallest(arguments: &Arguments, seed: Seed) -> Seed {
    let differs = |seed: Seed| {
        seed.program().is_some_and(|program| matches!(compare(arguments, program), Compared::Differ))
    };
    let (mut smallest, mut step) = (seed, seed.bytes / 2);
    while step > 0 {
        let less = Seed { bytes: smallest.bytes.saturating_sub(step), ..smallest };
        if less.bytes < smallest.bytes && differs(less) {
            smallest = less;
        } else {
            step /= 2;
        }
    }
    smallest
}

/// Saves the program and says how to look at it.
fn report(arguments: &Arguments, seed: Seed) {
    let Some(program) = seed.program() else { return };
    let file = arguments.save.join(format!("{}-{}.wasm", seed.number, seed.bytes));
    let saved = fs::create_dir_all(&arguments.save).and_then(|()| fs::write(&file, &program.wasm));
    println!("program {} differs; {} bytes of it suffice", seed.number, seed.bytes);
    match saved {
        Ok(()) => println!("  saved as {}", file.display()),
        Err(error) => println!("  not saved as {}: {error}", file.display()),
    }
    let (left, right) = arguments.mode.traces(arguments.compiler, &program);
    let (Trace::Ran(left), Trace::Ran(right)) = (&left, &right) else {
        return println!("  wasmi   {left:?}\n  wasmer  {right:?}");
    };
    for (call, (left, right)) in program.calls.iter().zip(left.iter().zip(right)) {
        if left != right {
            println!("  {}{:?} under {} units", call.export, call.arguments, call.fuel);
            println!("    wasmi   {left:?}\n    wasmer  {right:?}");
            break;
        }
    }
}

/// A compiler of this build.
fn compiler(name: &str) -> Result<Compiler, String> {
    let there: Vec<_> = Compiler::there().map(Compiler::name).collect();
    let found = Compiler::there().find(|compiler| compiler.name() == name);
    found.ok_or_else(|| format!("this build has {}", there.join(" and ")))
}

/// What the programs may take.
const LIMITS: Limits = Limits::SERVER;
