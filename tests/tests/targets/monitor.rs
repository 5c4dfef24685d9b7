//! The emulator's monitor: what turns a device's knobs, and looks at registers, while a guest runs.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
};

use serde_json::{Value, json};

pub struct Monitor {
    stream: BufReader<TcpStream>,
}

/// Waits for an emulator.
pub struct Listening(TcpListener);

impl Monitor {
    /// Listens for an emulator, and says what its argument `-qmp` must be.
    pub fn listen() -> Result<(Listening, String), String> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|error| error.to_string())?;
        let port = listener.local_addr().map_err(|error| error.to_string())?.port();
        Ok((Listening(listener), format!("tcp:127.0.0.1:{port}")))
    }

    /// Sets a number of a device.
    pub fn set(&mut self, path: &str, property: &str, value: i32) -> Result<(), String> {
        self.ask("qom-set", json!({ "path": path, "property": property, "value": value })).map(drop)
    }

    /// The word at a physical address.
    pub fn word(&mut self, address: u32) -> Result<u32, String> {
        let line = json!({ "command-line": format!("xp /1wx {address:#x}") });
        let said = self.ask("human-monitor-command", line)?;
        let digits = said.as_str().and_then(|text| text.trim().rsplit_once("0x")).map(|(_, digits)| digits);
        let word = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        word.ok_or_else(|| format!("the monitor says {said}"))
    }

    fn ask(&mut self, command: &str, arguments: Value) -> Result<Value, String> {
        let question = json!({ "execute": command, "arguments": arguments });
        writeln!(self.stream.get_mut(), "{question}").map_err(|error| error.to_string())?;
        loop {
            let answer = self.line()?;
            match (answer.get("return"), answer.get("error")) {
                (Some(answer), _) => return Ok(answer.clone()),
                (None, Some(error)) => return Err(format!("{command}: {error}")),
                // An event.
                (None, None) => {}
            }
        }
    }

    fn line(&mut self) -> Result<Value, String> {
        let mut line = String::new();
        self.stream.read_line(&mut line).map_err(|error| error.to_string())?;
        serde_json::from_str(&line).map_err(|error| format!("{line}: {error}"))
    }
}

impl Listening {
    /// The monitor of the emulator that has started meanwhile.
    pub fn accept(self) -> Result<Monitor, String> {
        let (stream, _) = self.0.accept().map_err(|error| error.to_string())?;
        let mut monitor = Monitor { stream: BufReader::new(stream) };
        // Its greeting.
        monitor.line()?;
        monitor.ask("qmp_capabilities", json!({}))?;
        Ok(monitor)
    }
}
