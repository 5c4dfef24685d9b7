//! The guests that the cases run.

use libtest_mimic::Failed;

pub use crate::examples::example;

/// A guest as the predecessor's SDK built it.
pub const PREDECESSOR: &[u8] = include_bytes!("../../data/predecessor.wasm");

/// The example in C.
pub const GREET: &[u8] = include_bytes!("../../../guest/examples/c/greet.wasm");

/// The suite's guest of ours.
pub fn ours() -> Result<Vec<u8>, Failed> {
    Ok(wat::parse_str(on_standard(include_str!("../../guests/ours.wat")))?)
}

/// The suite's guest of ours, built for an ABI of tomorrow.
pub fn newer() -> Result<Vec<u8>, Failed> {
    let text = on_standard(include_str!("../../guests/ours.wat"));
    let newer = text.replace(r"AIGL\01", r"AIGL\02");
    match newer == text {
        true => Err("the guest has no record to change".into()),
        false => Ok(wat::parse_str(newer)?),
    }
}

/// The suite's guest of the predecessor.
pub fn predecessor() -> Result<Vec<u8>, Failed> {
    Ok(wat::parse_str(on_standard(include_str!("../../guests/predecessor.wat")))?)
}

/// The suite has host functions of its own; a target offers this one.
pub fn on_standard(text: &str) -> String {
    ["echo", "fail", "large", "stop"].iter().fold(text.to_owned(), |text, name| {
        text.replace(&format!(r#"(import "env" "{name}""#), r#"(import "env" "__my_host_fn""#)
    })
}
