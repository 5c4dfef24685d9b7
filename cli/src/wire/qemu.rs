//! A board's firmware in an emulator, over its UART.
//!
//! The command listens first and the emulator connects, so no byte can be lost to a start in the wrong order.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, ChildStderr, Command, Stdio},
    sync::{Arc, Mutex, Once, PoisonError},
    thread,
    time::{Duration, Instant},
};

use aingle_wasm_core::link;

use super::{Error, TICK, tcp::Tcp};
pub use crate::board::instructions;
use crate::{board::Board, termination};

/// A running emulator, ended when this is dropped.
pub struct Qemu {
    uart: Tcp,
    emulator: Emulator,
}

impl Qemu {
    /// Starts `board` with `firmware`, its emulator with more `arguments`.
    ///
    /// # Errors
    /// A sentence: the firmware is none, the emulator is missing, ended at once, or does not connect in time.
    pub fn start(
        board: &str,
        firmware: &Path,
        count_instructions: bool,
        arguments: &[String],
        timeout: Duration,
    ) -> Result<Self, String> {
        let board = Board::named(board)?;
        is_firmware(board, firmware)?;
        let listen = || {
            let listener = TcpListener::bind(("127.0.0.1", 0))?;
            listener.set_nonblocking(true)?;
            Ok::<_, io::Error>((listener.local_addr()?.port(), listener))
        };
        let (port, listener) = listen().map_err(|error| format!("cannot listen on this machine: {error}"))?;
        let mut command = board.emulator(firmware, &format!("port={port}"), count_instructions);
        command.args(arguments);
        let mut emulator = Emulator::start(&mut command).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => missing(board),
            _ => format!("{} does not start: {error}", board.program),
        })?;
        let connection = emulator.connection(&listener, timeout)?;
        let uart = Tcp::new(connection, timeout).map_err(|error| format!("the emulator's UART: {error}"))?;
        Ok(Self { uart, emulator })
    }
}

impl link::Wire for Qemu {
    type Error = Error;

    fn send(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.uart.send(bytes).map_err(|error| self.emulator.explain(error))
    }

    fn receive(&mut self, room: &mut [u8]) -> Result<usize, Error> {
        self.uart.receive(room).map_err(|error| self.emulator.explain(error))
    }
}

struct Emulator {
    child: Arc<Mutex<Child>>,
    /// What it wrote to its standard error.
    words: Arc<Mutex<String>>,
}

impl Emulator {
    fn start(command: &mut Command) -> io::Result<Self> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        let words = Arc::default();
        if let Some(stderr) = child.stderr.take() {
            let words = Arc::clone(&words);
            thread::spawn(move || keep(stderr, &words));
        }
        let child = Arc::new(Mutex::new(child));
        end_with_us(&child);
        Ok(Self { child, words })
    }

    fn connection(&mut self, listener: &TcpListener, timeout: Duration) -> Result<TcpStream, String> {
        let started = Instant::now();
        loop {
            match listener.accept() {
                Ok((stream, _)) => {
                    stream.set_nonblocking(false).map_err(|error| error.to_string())?;
                    return Ok(stream);
                }
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => {
                    return Err(error.to_string());
                }
                Err(_) if self.ended() => return Err(self.last_words()),
                Err(_) if started.elapsed() > timeout => {
                    return Err("the emulator started but does not connect its UART".to_owned());
                }
                Err(_) => thread::sleep(TICK / 5),
            }
        }
    }

    fn ended(&self) -> bool {
        !matches!(locked(&self.child).try_wait(), Ok(None))
    }

    /// Says of a stream that closed what the emulator said when it ended.
    fn explain(&self, error: Error) -> Error {
        match error {
            Error::Closed(_) => {
                // It closes its sockets a little before it ends.
                let started = Instant::now();
                while !self.ended() && started.elapsed() < Duration::from_secs(1) {
                    thread::sleep(TICK / 5);
                }
                Error::Closed(self.last_words())
            }
            other => other,
        }
    }

    fn last_words(&self) -> String {
        // The thread that reads them may still be at the last line.
        thread::sleep(TICK);
        let how = match locked(&self.child).try_wait() {
            Ok(Some(status)) => match status.code() {
                Some(PANICKED) => "the firmware panicked".to_owned(),
                Some(FAULTED) => "the processor faulted; is its firmware for this board?".to_owned(),
                Some(_) => format!("the emulator ended ({status})"),
                None => format!("the emulator ended ({status}); is its firmware for this board?"),
            },
            _ => "the emulator closed its UART".to_owned(),
        };
        match shortened(&locked(&self.words)).as_str() {
            "" => how,
            words => format!("{how}: {words}"),
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let mut child = locked(&self.child);
        let _ = child.kill();
        let _ = child.wait();
    }
}

fn keep(stderr: ChildStderr, words: &Mutex<String>) {
    for line in BufReader::new(stderr).lines().map_while(Result::ok) {
        let mut words = locked(words);
        if words.len() < MAX_WORDS {
            words.push_str(line.trim());
            words.push('\n');
        }
    }
}

/// What an emulator said before an empty line, behind which it shows registers.
fn shortened(words: &str) -> String {
    let words = words.trim().split("\n\n").next().unwrap_or_default().replace('\n', "; ");
    match words.char_indices().nth(MAX_WORDS) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}

/// Checks that a file is a program for the board's processor: an emulator would run anything, and say nothing of it.
fn is_firmware(board: &Board, file: &Path) -> Result<(), String> {
    let mut head = [0; 20];
    let read = File::open(file).and_then(|mut file| file.read_exact(&mut head));
    let machine = if board.target.starts_with("riscv") { ELF_RISCV } else { ELF_ARM };
    match read {
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => {
            Err(format!("cannot read {}: {error}", file.display()))
        }
        Ok(()) if head.starts_with(ELF) && head.ends_with(&machine) => Ok(()),
        _ => Err(format!(
            "{} is no firmware for {}: it is no ELF program for its {}, as `cargo build --release` makes in boards/{}",
            file.display(),
            board.name,
            board.core,
            board.folder
        )),
    }
}

/// Ends the emulator also when this process is asked to end, which drops nothing.
fn end_with_us(child: &Arc<Mutex<Child>>) {
    static RUNNING: Mutex<Vec<Arc<Mutex<Child>>>> = Mutex::new(Vec::new());
    static WATCH: Once = Once::new();
    let mut running = locked(&RUNNING);
    // Those that only this list still knows were dropped, and have ended.
    running.retain(|child| Arc::strong_count(child) > 1);
    running.push(Arc::clone(child));
    WATCH.call_once(|| {
        termination::act(|| {
            for child in locked(&RUNNING).iter() {
                let _ = locked(child).kill();
            }
        });
    });
}

fn missing(Board { program, package, .. }: &Board) -> String {
    let installers = [
        ("apt-get", format!("sudo apt-get install --no-install-recommends {package}")),
        ("dnf", format!("sudo dnf install {package}")),
        ("pacman", format!("sudo pacman -S {package}")),
        ("brew", "brew install qemu".to_owned()),
    ];
    let path = std::env::var_os("PATH").unwrap_or_default();
    let there = |name: &str| std::env::split_paths(&path).any(|folder| folder.join(name).is_file());
    let how = match installers.iter().find(|(name, _)| there(name)) {
        Some((_, line)) => format!("with `{line}`"),
        None => "as your system's package of QEMU".to_owned(),
    };
    format!("{program} is not installed: install it {how}, or run `cargo xtask setup` inside a checkout")
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// About as many bytes are kept of what an emulator says: a sentence, not a dump of registers.
const MAX_WORDS: usize = 200;

/// Exit codes that our firmware has the emulator end with.
const PANICKED: i32 = 101;
const FAULTED: i32 = 102;

/// How a program for a processor of 32 bits begins, lowest byte first.
const ELF: &[u8] = b"\x7fELF\x01\x01";

/// The processor of a program, at the end of what is looked at.
const ELF_ARM: [u8; 2] = [40, 0];
const ELF_RISCV: [u8; 2] = [243, 0];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dump_is_no_sentence() {
        assert_eq!(
            shortened("warning: slow\nfatal: Lockup\n\nR00=0 R01=0\n"),
            "warning: slow; fatal: Lockup"
        );
        assert_eq!(shortened(&"é".repeat(900)).chars().count(), MAX_WORDS + 1);
    }
}
