//! `build`: compiles a guest's crate with what a small memory needs.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use aingle_wasm::{
    Outcome, checkout,
    hardware::{self, Wants},
};
use aingle_wasm_fuel::{Profile, Summary, canonicalise, check, fence, globals, spec::Spec};

use crate::{
    args::{Build, MAX_MEMORY},
    exports,
    fail::{Done, Fail},
    input, terminal,
};

pub fn run(arguments: &Build) -> Done {
    let folder = &arguments.path;
    if !folder.join("Cargo.toml").is_file() {
        return Err(Fail::usage(format!(
            "no Cargo.toml in {}: name a guest's folder, or make one with `aingle-wasm new NAME`",
            folder.display()
        )));
    }
    let stack = stack(arguments);
    if let Some(memory) = arguments.memory.filter(|memory| *memory <= stack) {
        return Err(Fail::usage(format!(
            "a memory of {memory} bytes has no room for a stack of {stack}: give more with --memory, or less with --stack"
        )));
    }
    has_target(folder)?;
    let built = checkout::artifacts(&mut cargo(arguments))
        .map_err(|words| Fail::usage(format!("{} does not build: {words}", folder.display())))?;
    let files = built.iter().rev().flat_map(|artifact| artifact["filenames"].as_array()).flatten();
    let mut modules = files.filter_map(|file| file.as_str()).filter(|file| file.ends_with(".wasm"));
    let module = modules.next().map(PathBuf::from).ok_or_else(|| {
        Fail::usage("the crate builds no module: its Cargo.toml needs [lib] crate-type = [\"cdylib\"]")
    })?;
    has_addresses(&module)?;
    if !arguments.server {
        finish(&module)?;
    }
    say_wants(&module, &folder.join(GRANTS))?;
    report(&module)
}

/// Checks that there is an address for each byte of the guest's memory.
fn has_addresses(module: &Path) -> Done {
    let summary = Summary::read(&input::file(module)?).map_err(|error| unreadable(module, &error))?;
    match summary.memory.is_some_and(|memory| memory.minimum > MAX_MEMORY.into()) {
        false => Ok(()),
        true => Err(Fail::usage(
            "no machine gives a guest 2 GiB of memory: ask for less with --memory, --heap or --stack",
        )),
    }
}

/// Has the module say what its guest wants of its host, as the crate does.
fn say_wants(module: &Path, file: &Path) -> Done {
    let mut wasm = input::file(module)?;
    // A module that was built before may say what its crate does not say any more.
    let wants = match file.is_file() {
        true => hardware::wants_of(module, &wasm, Some(file)).map_err(Fail::usage)?,
        false => Wants::NONE,
    };
    let summary = Summary::read(&wasm).map_err(|error| unreadable(module, &error))?;
    exports::are_entries(&wants.events, &summary)
        .map_err(|sentence| Fail::usage(format!("{}: {sentence}", file.display())))?;
    wants.put_into(&mut wasm);
    fs::write(module, &wasm)
        .map_err(|error| Fail::usage(format!("cannot write {}: {error}", module.display())))
}

/// Gives skipped code its own charges, exports what a reset puts back, and puts the module into the form that every
/// machine takes.
fn finish(module: &Path) -> Done {
    let wasm = input::file(module)?;
    let refused = |error: aingle_wasm_fuel::Error| Fail {
        outcome: Outcome::Refused,
        sentence: format!("{} was built, but no device takes it: {error}", near(module).display()),
    };
    let canonical = canonicalise(&wasm).map_err(refused)?;
    let fenced = fence(&canonical, &Spec::V1).map_err(refused)?;
    let is_accepted = |wasm: &[u8]| check(wasm, &Profile::DEVICE);
    is_accepted(&canonical).map_err(|refusal| refused(refusal.into()))?;
    let fenced = match is_accepted(&fenced) {
        Ok(()) => fenced,
        // A function of many skipped parts may have no room for a fence around each.
        Err(refusal) => {
            terminal::say(&format!(
                "note: skipped code has no charges of its own, since with them {refusal}"
            ));
            canonical
        }
    };
    // A guest of very many exports may have no room for those of its globals, and is then started anew for a reset.
    let named = globals::export(&fenced).map_err(refused)?;
    let named = if is_accepted(&named).is_ok() { named } else { fenced.clone() };
    let unwritable = |error| Fail::usage(format!("cannot write {}: {error}", module.display()));
    fs::write(module, &named).map_err(unwritable)
}

/// Says what was built.
fn report(module: &Path) -> Done {
    let wasm = input::file(module)?;
    let summary = Summary::read(&wasm).map_err(|error| unreadable(module, &error))?;
    let memory = match summary.memory {
        Some(memory) if memory.maximum == Some(memory.minimum) => {
            format!("{} bytes, fixed", memory.minimum)
        }
        Some(memory) => format!("{} bytes, can grow", memory.minimum),
        None => "none".to_owned(),
    };
    let text = format!("{}\nsize    {} bytes\nmemory  {memory}\n", near(module).display(), wasm.len());
    input::print(text.as_bytes())
}

fn unreadable(module: &Path, error: &aingle_wasm_fuel::Error) -> Fail {
    Fail::usage(format!("{} cannot be read back: {error}", module.display()))
}

fn cargo(arguments: &Build) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "--lib", "--target", TARGET]).current_dir(&arguments.path);
    for setting in PROFILE {
        cargo.args(["--config", &format!("profile.release.{setting}")]);
    }
    let flags = toml(&[linker(arguments), inherited()].concat());
    cargo.args(["--config", &format!("target.{TARGET}.rustflags = {flags}")]);
    // These would replace the flags above; they are among them.
    cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    if !arguments.server {
        cargo.env("AINGLE_GUEST_FIXED", "1");
    }
    if let Some(bytes) = arguments.inbox {
        cargo.env("AINGLE_GUEST_INBOX", bytes.to_string());
    }
    cargo
}

/// What the linker must be told of the guest's memory.
fn linker(arguments: &Build) -> Vec<String> {
    let Build { server, memory, heap, .. } = *arguments;
    let page = if server { PAGE } else { 1 };
    let mut flags = vec![format!("-zstack-size={}", stack(arguments))];
    if !server {
        flags.extend(["--page-size=1", "--no-growable-memory"].map(str::to_owned));
    }
    // What is not told the linker finds out: the memory, from all that is in it, and a heap that can grow, 0.
    let heap = heap.or((!server && memory.is_none()).then_some(HEAP));
    flags.extend(memory.map(|bytes| format!("--initial-memory={}", u64::from(bytes).next_multiple_of(page))));
    flags.extend(heap.map(|bytes| format!("--initial-heap={}", u64::from(bytes).next_multiple_of(page))));
    flags.into_iter().map(|flag| format!("-Clink-arg={flag}")).collect()
}

/// Bytes of the guest's stack.
fn stack(arguments: &Build) -> u32 {
    arguments.stack.unwrap_or(if arguments.server { SERVER_STACK } else { STACK })
}

/// The flags of whoever called this.
fn inherited() -> Vec<String> {
    let words = |text: String, between: char| -> Vec<String> {
        text.split(between).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    match env::var("CARGO_ENCODED_RUSTFLAGS") {
        Ok(flags) => words(flags, '\x1f'),
        Err(_) => env::var("RUSTFLAGS").map(|flags| words(flags, ' ')).unwrap_or_default(),
    }
}

/// A list of strings, as TOML has it.
fn toml(words: &[String]) -> String {
    serde_json::to_string(words).unwrap_or_default()
}

fn has_target(folder: &Path) -> Done {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "target-libdir", "--target", TARGET]).current_dir(folder);
    let output = rustc
        .output()
        .map_err(|error| Fail::usage(format!("rustc does not start: {error}; install Rust with rustup")))?;
    let libraries = String::from_utf8_lossy(&output.stdout);
    match output.status.success() && Path::new(libraries.trim()).is_dir() {
        true => Ok(()),
        false => Err(Fail::usage(format!(
            "the compiler lacks the target {TARGET}: run `rustup target add {TARGET}` in {}",
            folder.display()
        ))),
    }
}

/// The path as seen from the working directory, when it lies below.
fn near(path: &Path) -> PathBuf {
    let here = env::current_dir().and_then(fs::canonicalize);
    here.ok().and_then(|here| path.strip_prefix(here).ok()).unwrap_or(path).to_owned()
}

/// In a guest's crate: what it wants of its host.
const GRANTS: &str = "grants.toml";

const TARGET: &str = "wasm32-unknown-unknown";

/// So that a guest's Cargo.toml needs no profile.
const PROFILE: [&str; 5] =
    ["opt-level = \"s\"", "lto = true", "codegen-units = 1", "panic = \"abort\"", "strip = \"symbols\""];

/// Bytes of a page for servers.
const PAGE: u64 = 64 << 10;

/// Bytes of a guest's heap, unless told.
const HEAP: u32 = 8 << 10;

/// Bytes of a guest's stack, unless told.
const STACK: u32 = 4 << 10;

/// The same where memory is plenty.
const SERVER_STACK: u32 = 1 << 20;
