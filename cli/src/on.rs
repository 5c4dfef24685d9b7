//! Where a guest runs: the word behind `--on`.

use std::{fmt, str::FromStr};

use crate::board::Board;

/// A target that a guest can run on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum On {
    /// The server engine, in this process.
    Wasmer,
    /// The engine that runs on chips, in this process.
    Wasmi,
    /// Firmware in an emulator; the board's name.
    Qemu(String),
    /// A board on a serial port; the port's path or name.
    Serial(String),
    /// A link behind a socket; `HOST:PORT`.
    Tcp(String),
}

impl On {
    /// Whether the guest runs in this process, which has no hardware but what is described.
    pub const fn is_here(&self) -> bool {
        matches!(self, On::Wasmer | On::Wasmi)
    }
}

impl FromStr for On {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        if let Some(board) = word.strip_prefix("qemu:") {
            return Board::named(board).map(|board| On::Qemu(board.name.to_owned()));
        }
        if let Some(address) = word.strip_prefix("tcp:") {
            return match address.rsplit_once(':') {
                Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => {
                    Ok(On::Tcp(address.to_owned()))
                }
                _ => Err("after `tcp:` come a host and a port, as in tcp:localhost:7000".to_owned()),
            };
        }
        match word {
            "wasmer" => Ok(On::Wasmer),
            "wasmi" => Ok(On::Wasmi),
            port if is_serial_port(port) => Ok(On::Serial(port.to_owned())),
            _ => Err(format!("expected {FORMS}")),
        }
    }
}

impl fmt::Display for On {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            On::Wasmer => f.write_str("wasmer"),
            On::Wasmi => f.write_str("wasmi"),
            On::Qemu(board) => write!(f, "qemu:{board}"),
            On::Serial(port) => f.write_str(port),
            On::Tcp(address) => write!(f, "tcp:{address}"),
        }
    }
}

/// A path, or a port of Windows.
fn is_serial_port(word: &str) -> bool {
    let number = word.strip_prefix("COM").filter(|number| !number.is_empty());
    word.len() > 1 && word.starts_with('/')
        || number.is_some_and(|number| number.bytes().all(|b| b.is_ascii_digit()))
}

const FORMS: &str = "wasmer, wasmi, qemu:BOARD, a serial port such as /dev/ttyACM0 or COM3, or tcp:HOST:PORT";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_reads_back_as_it_is_shown() {
        for word in [
            "wasmer",
            "wasmi",
            "qemu:mps2-an386",
            "qemu:riscv32",
            "/dev/ttyACM0",
            "COM12",
            "tcp:localhost:7000",
            "tcp:[::1]:1",
        ] {
            assert_eq!(word.parse::<On>().unwrap().to_string(), word);
        }
    }

    #[test]
    fn other_words_are_answered_with_the_forms() {
        for word in ["", "wasmtime", "ttyACM0", "COM", "/"] {
            assert!(word.parse::<On>().unwrap_err().contains("qemu:BOARD"), "{word}");
        }
        assert!("qemu:nope".parse::<On>().unwrap_err().contains("qemu:mps2-an386"));
        for word in ["tcp:", "tcp:host", "tcp::7", "tcp:host:70000"] {
            assert!(word.parse::<On>().unwrap_err().contains("tcp:localhost:7000"), "{word}");
        }
    }
}
