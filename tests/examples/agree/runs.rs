//! What is run everywhere.

use std::{error::Error, fmt, fs, path::Path};

use aingle_wasm_core::engine::Value;

/// A guest, and what is asked of it.
pub struct Guest {
    pub name: &'static str,
    pub wasm: Vec<u8>,
    pub acts: Vec<Act>,
}

/// Something to ask of a guest.
pub enum Act {
    /// A numeric export and its arguments.
    Invoke(&'static str, Vec<Value>),
    /// An entry and its request.
    Call(&'static str, Vec<u8>),
}

impl Guest {
    /// A line's name for each act.
    pub fn names(&self) -> impl Iterator<Item = String> {
        self.acts.iter().map(|act| format!("{}: {act}", self.name))
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Act::Invoke(export, arguments) => {
                let numbers = arguments.iter().map(|value| match value {
                    Value::I32(bits) | Value::F32(bits) => bits.to_string(),
                    Value::I64(bits) | Value::F64(bits) => bits.to_string(),
                });
                write!(f, "{export}({})", numbers.collect::<Vec<_>>().join(", "))
            }
            Act::Call(entry, request) => write!(f, "{entry}, {} bytes", request.len()),
        }
    }
}

/// The guests; those of Rust are in `folder`.
///
/// # Errors
/// One is not there.
pub fn guests(folder: &Path) -> Result<Vec<Guest>, Box<dyn Error>> {
    let example = |name: &'static str, acts: Vec<Act>| -> Result<Guest, String> {
        let file = folder.join(name).with_extension("wasm");
        let wasm = fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        Ok(Guest { name, wasm, acts })
    };
    let call = |entry, request: &[u8]| Act::Call(entry, request.to_vec());
    let note = ("note", &[7u8; 32][..], 10u64, &b"a note"[..], 11u64);
    let song = ("song", &[7u8; 32][..], 10u64, &b"a song"[..], 11u64);
    let entries = [postcard::to_allocvec(&note)?, postcard::to_allocvec(&song)?];
    Ok(vec![
        Guest { name: "kernels", wasm: KERNELS.to_vec(), acts: kernels() },
        example("sensor", vec![call("sensor", month().as_bytes()), call("sensor", b"no reading")])?,
        example("echo", vec![call("echo", &[b'x'; 10_000])])?,
        example("validate", entries.map(|entry| Act::Call("validate", entry)).into())?,
        example("ask", vec![call("ask", b"a question")])?,
        example("quickstart", vec![call("my_function", b"what time is it?")])?,
        Guest { name: "greet, in C", wasm: GREET.to_vec(), acts: vec![call("greet", b"you")] },
        Guest {
            name: "predecessor",
            wasm: PREDECESSOR.to_vec(),
            acts: vec![call("my_function", b"a request"), call("ask", b"a question")],
        },
    ])
}

fn kernels() -> Vec<Act> {
    let sizes = [("fib", 20), ("sieve", 8192), ("matmul", 16), ("crc", 4096), ("sort", 512), ("sha", 2048)];
    sizes.map(|(name, size)| Act::Invoke(name, vec![Value::I32(size)])).into()
}

/// A month of hourly readings.
fn month() -> String {
    CSV.split_inclusive('\n').filter(|row| row.starts_with("2010/01")).collect()
}

const KERNELS: &[u8] = include_bytes!("../../../fuel/tests/data/kernels-small.wasm");

const CSV: &str = include_str!("../../../guest/examples/sensor/data/seattle-temps.csv");

/// The example in C.
const GREET: &[u8] = include_bytes!("../../../guest/examples/c/greet.wasm");

/// A guest as the predecessor's SDK built it.
const PREDECESSOR: &[u8] = include_bytes!("../../data/predecessor.wasm");
