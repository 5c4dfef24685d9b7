//! What went wrong, in a sentence that says what to do.

use std::time::Duration;

use aingle_wasm::{Error, On, hardware, outcome};
use aingle_wasm_core::{
    abi,
    error::{self, CallError, Fault, ModuleError, Trap},
    hal::{Function, Grants},
    link::client,
};
use aingle_wasm_fuel::{Profile, canonicalise, check};

use super::Session;
use crate::{exports, fit, terminal};

impl Session {
    /// Says what went wrong and what to do.
    pub fn explain(&self, error: &Error, name: &str, fuel: u64) -> String {
        let said = error.to_string();
        match (error, outcome::guest_error(error)) {
            (_, Some(error::Error::Import(index))) => self.import(index),
            (_, Some(error::Error::Grant(place))) => {
                let wants = Grants::of_module(&self.wasm);
                let wanted = wants.iter().nth(place.into()).map_or_else(|| said.clone(), hardware::shown);
                let wanted = terminal::line(&wanted);
                format!(
                    "the module was refused: its guest wants {wanted}, which {} does not give; its NAME.grants.toml may \
                     ask for less, or --firmware name other firmware",
                    self.on
                )
            }
            (_, Some(error::Error::Call(CallError::NoEntry | CallError::EntryType))) => {
                format!("{said}: {name}; {}", self.entries())
            }
            (_, Some(error::Error::Call(CallError::Arguments))) => match self.signature(name) {
                Some(signature) => format!("{said}: {name} is {signature}"),
                None => format!("{said}: {name}"),
            },
            (_, Some(error::Error::Trap(Trap::OutOfFuel))) => {
                format!(
                    "trap: {said} under a limit of {fuel} units; allow more with --fuel, or look for an endless loop"
                )
            }
            (_, Some(error::Error::Trap(Trap::Host(Fault::NoRoom))))
                if let Some(why) = self.summary.as_ref().and_then(exports::without_room) =>
            {
                format!("trap: {said}: {why}")
            }
            (_, Some(error::Error::Trap(_))) => format!("trap: {said}"),
            (_, Some(error::Error::Rule(_) | error::Error::Module(_)))
                if let Some(why) = not_wasm(&self.wasm) =>
            {
                format!("the module was refused: {why}")
            }
            (_, Some(error::Error::Rule(_))) => match check(&self.wasm, &Profile::DEVICE) {
                Err(refusal) => format!("the module was refused: {refusal}"),
                // The target checks by other rules than this command.
                Ok(()) => format!("the module was refused: {said}"),
            },
            (_, Some(error::Error::Module(ModuleError::Invalid))) => match canonicalise(&self.wasm) {
                Err(why) => format!("the module was refused: {said} ({})", brief(&why)),
                // It is valid.
                Ok(_) => {
                    "the module was refused: its data or its elements do not fit its memory or its table"
                        .to_owned()
                }
            },
            (_, Some(error::Error::Module(_))) => format!("the module was refused: {said}"),
            (_, Some(error::Error::Codec(_))) if self.options.key.is_some() => format!(
                "the link to {} failed: {said}; are --key-hex and --key-id those of its key?",
                self.on
            ),
            (Error::Unfinished(used), _) => format!(
                "the guest on {} was ended after {} s, with {used} of its {fuel} units of fuel: allow it more time with \
                 --timeout, or less fuel with --fuel",
                self.on,
                self.options.timeout.as_secs_f64()
            ),
            (Error::Silent | Error::Link(client::Error::TimedOut), _) => {
                silent(error, &self.on, self.options.timeout)
            }
            (Error::Unreachable(_), _) => said,
            (Error::Link(client::Error::Wire(_) | client::Error::Link(_) | client::Error::Abi(_)), _) => {
                format!("the link to {} failed: {said}", self.on)
            }
            _ => said,
        }
    }

    /// The exported functions that are entries.
    pub fn entries(&self) -> String {
        exports::listed_entries(self.summary.iter().flat_map(exports::entries))
    }

    fn import(&self, index: u16) -> String {
        let Some(import) = self.summary.as_ref().and_then(|summary| summary.import(index)) else {
            return format!("the module was refused: {} does not offer its import {index}", self.on);
        };
        let of_hardware = import.module == abi::REGISTER_MODULE;
        let why = match of_hardware.then(|| Function::named(&import.name)).flatten() {
            Some(function) => fit::ungranted(function, &self.wants.grants, &self.on),
            None => format!(
                "which {} does not offer, or not with that type; `aingle-wasm inspect` lists what it imports",
                self.on
            ),
        };
        let name = terminal::line(&format!("{}.{}", import.module, import.name));
        format!("the module was refused: it imports {name}, {why}")
    }
}

/// What to say of a target that did not answer.
pub fn silent(error: &Error, on: &On, timeout: Duration) -> String {
    let what = match (error, on) {
        (Error::Silent, On::Serial(_)) => {
            "is the board running the firmware, is this its port, and is no other program using it?"
        }
        (Error::Silent, On::Tcp(_)) => "is it a link to a board, and is no other program using it?",
        (Error::Silent, On::Qemu(_)) => "is its firmware for this board, with the link on its UART?",
        (Error::Silent, On::Wasmer | On::Wasmi) => "a slow machine needs a larger --timeout",
        _ => {
            "it answered before: its guest may still be running; allow it more time with --timeout, or less fuel, unless \
             the link was lost"
        }
    };
    format!("{on} did not answer in {} s: {what}", timeout.as_secs_f64())
}

/// What bytes are that are no module at all, and what to do.
pub fn not_wasm(wasm: &[u8]) -> Option<&'static str> {
    match wasm.trim_ascii_start() {
        _ if wasm.starts_with(b"\0asm") => None,
        [b'(', b'm' | b';', ..] | [b';', b';', ..] => Some(
            "it is the text of a module, which must be assembled first: `wat2wasm FILE`, or `wasm-tools parse FILE -o \
             FILE.wasm`",
        ),
        _ => Some("it is not WebAssembly, whose files begin with the bytes 00 61 73 6d"),
    }
}

/// An error without what is for the developers of parsers.
pub fn brief(error: &aingle_wasm_fuel::Error) -> String {
    terminal::line(error.to_string().split(" - expected").next().unwrap_or_default())
}
