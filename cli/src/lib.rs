//! Opens any target that a guest can run on, loads it there and calls it: what the command `aingle-wasm` does,
//! for programs that do it themselves.
//!
//! ```text
//!               ┌ wasmer, wasmi   the link's service in this process
//! Target ─ link ┼ qemu:BOARD      firmware in an emulator, over its UART
//!               ├ /dev/ttyACM0    a board on a serial port
//!               └ tcp:HOST:PORT   a link behind a socket
//! ```
//!
//! ```
//! use aingle_wasm::{On, Options, Target};
//! use aingle_wasm_core::engine::Value;
//!
//! let wasm = wat::parse_str(
//!     r#"(module (func (export "add") (param i32 i32) (result i32)
//!         (i32.add (local.get 0) (local.get 1))))"#,
//! )?;
//! let on: On = "wasmi".parse()?;
//! let mut target = Target::open(&on, &Options::default())?;
//! target.load(&wasm, |_| ())?;
//! let (results, run) = target.invoke("add", &[Value::I32(1), Value::I32(2)], 1_000)?;
//! assert_eq!(results[0], Value::I32(3));
//! assert!(run.fuel_used > 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

pub mod board;
pub mod checkout;
pub mod chip;
pub mod hardware;
mod job;
mod machine;
mod on;
pub mod outcome;
pub mod target;
mod termination;
pub mod wire;

pub use chip::Chip;
pub use machine::Machine;
pub use on::On;
pub use outcome::Outcome;
pub use target::{Error, Options, Reply, Target};
