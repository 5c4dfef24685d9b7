//! A target that is open: load a guest, call it, read its log.

use std::{
    fmt,
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aingle_wasm_core::{
    codec::Key,
    engine::{Footprint, Limits},
    error::{self, Abstain, ModuleError},
    link::{self, Client, Failure, Heap, LinkError, Run, Terms, client, supervisor::Health},
    log::Level,
};

use crate::{
    On, checkout,
    hardware::Fitting,
    wire::{self, Wire, process::Process, qemu, qemu::Qemu, serial, serial::Serial, tcp::Tcp},
};

/// How a target is opened.
#[derive(Clone)]
pub struct Options {
    /// How long any one answer may take.
    pub timeout: Duration,
    /// Firmware for an emulated board; built inside a checkout when absent.
    pub firmware: Option<PathBuf>,
    /// Has an emulator count instructions instead of time.
    pub count_instructions: bool,
    /// More arguments for an emulator: devices on its buses.
    pub emulator: Vec<String>,
    /// Speed of a serial port, in bits per second.
    pub baud: u32,
    /// Encrypts every frame.
    pub key: Option<Key>,
    /// Which of the target's guests is meant.
    pub guest: u8,
    /// Hardware for the guest, where it runs in this process.
    pub fitting: Option<Fitting>,
}

impl Default for Options {
    fn default() -> Self {
        let timeout = Duration::from_secs(30);
        Self {
            timeout,
            firmware: None,
            count_instructions: false,
            emulator: Vec::new(),
            baud: 115_200,
            key: None,
            guest: 0,
            fitting: None,
        }
    }
}

/// What a target says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    /// Name of the board or engine.
    pub board: String,
    /// The fuel specification that it charges by; 0 when it follows none.
    pub fuel_spec: u32,
    /// How many guests there may be.
    pub guests: u8,
    /// Memory that the guest is made of; its size is 0 where there is no bound.
    pub heap: Heap,
    /// Memory for a guest and its engine; 0 where there is no bound.
    pub room: Footprint,
    /// What the guest may take.
    pub limits: Limits,
    /// Longest body in bytes.
    pub body: u32,
    /// Longest frame in bytes.
    pub frame: u32,
}

/// What a guest answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The answer's bytes.
    pub bytes: Vec<u8>,
    /// The guest marked them as an error.
    pub error: bool,
    /// What the run took.
    pub run: Run,
}

/// An open target.
pub struct Target {
    pub(crate) client: Client<Wire, FRAME>,
    pub(crate) info: Info,
    pub(crate) timeout: Duration,
    pub(crate) counts_instructions: bool,
}

impl Target {
    /// Opens `on` and asks who is there.
    ///
    /// # Errors
    /// [`Error::Unreachable`], or what came of the question.
    pub fn open(on: &On, options: &Options) -> Result<Self, Error> {
        let wire = connect(on, options).map_err(Error::Unreachable)?;
        let mut client = Client::new(wire, Wire::patience(options.timeout));
        client.select(options.guest);
        if let Some(key) = options.key.clone() {
            // Frames are sent far less often than once a nanosecond, so no session reaches a later one's counters.
            let counter = match since_epoch() {
                0 => return Err(Error::Unreachable(NO_CLOCK.to_owned())),
                counter => counter,
            };
            client.encrypt(key, counter);
        }
        let mut info = open(&mut client);
        if let Err(Error::Link(client::Error::TimedOut)) = info {
            info = Err(Error::Silent);
        }
        if let Err(Error::Link(client::Error::Failed(Failure::Link(LinkError::NoGuest), _))) = info {
            // The first is everywhere, and tells how many there are.
            client.select(0);
            let last = open(&mut client)?.guests.saturating_sub(1);
            let sentence = format!("{on} has no guest {}; the last one is guest {last}", options.guest);
            info = Err(Error::Unreachable(sentence));
        }
        let counts_instructions = options.count_instructions && matches!(on, On::Qemu(_));
        Ok(Self { client, info: info?, timeout: options.timeout, counts_instructions })
    }

    /// What the target said of itself when it was last asked.
    pub fn info(&self) -> &Info {
        &self.info
    }

    /// Asks the target again what it has.
    ///
    /// # Errors
    /// As [`Error`] says.
    pub fn ask(&mut self) -> Result<&Info, Error> {
        self.info = open(&mut self.client)?;
        Ok(&self.info)
    }

    /// Asks whether there is room for a guest that takes so much, [predicted](crate::Chip::sent) say, before its module
    /// is uploaded in vain.
    ///
    /// # Errors
    /// [`Error::NoRoom`] when there is none; as [`Error`] says.
    pub fn reserve(&mut self, needs: Footprint) -> Result<(), Error> {
        const NO_ROOM: error::Error = error::Error::Abstain(Abstain::Room);
        self.client.reserve(needs).map_err(|error| match error {
            client::Error::Failed(Failure::Guest(NO_ROOM), _) => {
                Error::NoRoom { needs, room: self.info.room, guests: self.info.guests }
            }
            error => error.into(),
        })
    }

    /// Uploads `wasm` and starts it; `progress` is told the bytes sent so far. Returns the guest's memory in bytes.
    ///
    /// # Errors
    /// As [`Error`] says.
    pub fn load(&mut self, wasm: &[u8], progress: impl FnMut(usize)) -> Result<u32, Error> {
        if wasm.is_empty() {
            // A body of no bytes cannot be sent, and is no module anywhere.
            let invalid = error::Error::Module(ModuleError::Invalid);
            return Err(Error::Link(client::Error::Failed(invalid.into(), Run::default())));
        }
        if wasm.len() as u64 > u64::from(self.info.body) {
            return Err(Error::ModuleTooLong(self.info.body));
        }
        Ok(self.client.load(wasm, progress)?)
    }

    /// Takes the guest's log, and the number of lines that found no room in it.
    ///
    /// # Errors
    /// As [`Error`] says.
    pub fn log(&mut self) -> Result<(Vec<(Level, String)>, u32), Error> {
        let mut lines = Vec::new();
        let dropped = self.client.log(|level, text| lines.push((level, text.to_owned())))?;
        Ok((lines, dropped))
    }

    /// Ends the guest.
    ///
    /// # Errors
    /// As [`Error`] says.
    pub fn unload(&mut self) -> Result<(), Error> {
        Ok(self.client.unload()?)
    }

    /// How the guest is.
    ///
    /// # Errors
    /// As [`Error`] says.
    pub fn health(&mut self) -> Result<Health, Error> {
        Ok(self.client.health()?)
    }

    /// Has the guest treated so from its next fault on; how it is then.
    ///
    /// # Errors
    /// As [`Error`] says.
    pub fn keep(&mut self, terms: Terms) -> Result<Health, Error> {
        Ok(self.client.keep(terms)?)
    }

    /// Lets a guest that rests after a fault, or that waits for this word, take calls again; how it is then.
    ///
    /// # Errors
    /// As [`Error`] says.
    pub fn revive(&mut self) -> Result<Health, Error> {
        Ok(self.client.revive()?)
    }

    /// Ends what the guest does; how it is then.
    ///
    /// # Errors
    /// As [`Error`] says.
    pub fn cancel(&mut self) -> Result<Health, Error> {
        Ok(self.client.cancel()?)
    }

    /// The instructions of a run, on an emulator that counts them.
    pub fn instructions(&self, run: &Run) -> Option<u64> {
        run.nanos.filter(|_| self.counts_instructions).map(qemu::instructions)
    }
}

/// Why a target did not do as asked.
#[derive(Debug)]
pub enum Error {
    /// It could not be opened; a sentence that says what to do.
    Unreachable(String),
    /// Nobody answered when it was opened.
    Silent,
    /// A job did not end in time and was cancelled; the units of fuel that it used, as far as the target told.
    Unfinished(u64),
    /// The link failed, or the target says that the request did. When nothing was heard in time, a job may still be under
    /// way.
    Link(client::Error<wire::Error>),
    /// The module is longer than the target's buffer; that buffer, in bytes.
    ModuleTooLong(u32),
    /// The guest is predicted to take more memory than there is for it.
    NoRoom {
        /// What it takes, with its module until that is translated.
        needs: Footprint,
        /// What there is.
        room: Footprint,
        /// How many guests the target may have.
        guests: u8,
    },
    /// An export is run with more arguments than a link carries.
    TooManyArguments,
}

impl From<client::Error<wire::Error>> for Error {
    fn from(error: client::Error<wire::Error>) -> Self {
        Error::Link(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Unreachable(sentence) => f.write_str(sentence),
            Error::Silent => f.write_str("nobody answers"),
            Error::Unfinished(used) => {
                write!(f, "the guest did not end in time; it used {used} units of fuel")
            }
            Error::Link(error) => error.fmt(f),
            Error::ModuleTooLong(room) => {
                write!(f, "the module is longer than the {room} bytes that the target takes")
            }
            Error::NoRoom { needs, room, guests } => {
                let stack = if needs.stack > room.stack && room.stack > 0 {
                    format!(", and {} bytes of stack of {}", needs.stack, room.stack)
                } else {
                    String::new()
                };
                let elsewhere =
                    if *guests > 1 { ", or choose another of the target's guests with --guest" } else { "" };
                write!(
                    f,
                    "the guest would take about {} bytes of heap of the {} that are there for it{stack}; build it with \
                     less memory{elsewhere}",
                    needs.heap, room.heap
                )
            }
            Error::TooManyArguments => f.write_str("more arguments than can be passed"),
        }
    }
}

impl std::error::Error for Error {}

fn connect(on: &On, options: &Options) -> Result<Wire, String> {
    let Options { timeout, key, fitting, .. } = options.clone();
    if fitting.is_some() && !on.is_here() {
        return Err(format!("{on} has hardware of its own: --mock and --linux are for wasmer and wasmi"));
    }
    Ok(match on {
        On::Wasmer => {
            let engine = aingle_wasm_backend_wasmer::Engine::default();
            process(Process::start("wasmer", engine, key, fitting), timeout)?
        }
        On::Wasmi => {
            let engine = aingle_wasm_backend_wasmi::Engine::default();
            process(Process::start("wasmi", engine, key, fitting), timeout)?
        }
        On::Qemu(board) => {
            let firmware = match &options.firmware {
                Some(file) if file.is_file() => file.clone(),
                Some(file) => return Err(format!("there is no firmware {}", file.display())),
                None => checkout::firmware(board)?,
            };
            let Options { count_instructions, emulator, .. } = options;
            Wire::new(Qemu::start(board, &firmware, *count_instructions, emulator, timeout)?, timeout)
        }
        On::Serial(port) => {
            let opened = Serial::open(port, options.baud, timeout).map_err(|error| {
                let next = match serial::ports() {
                    _ if Path::new(port).exists() => {
                        "does another program use it, and may you open it?".to_owned()
                    }
                    ports if ports.is_empty() => "this machine has no serial port".to_owned(),
                    ports => format!("the ports of this machine are {}", ports.join(", ")),
                };
                format!("cannot open {port}: {error}; {next}")
            });
            Wire::new(opened?, timeout)
        }
        On::Tcp(address) => {
            let opened = Tcp::open(address, timeout).map_err(|error| {
                format!("cannot connect to {address}: {error}; is something listening there?")
            });
            Wire::new(opened?, timeout)
        }
    })
}

fn process(started: Result<Process, wire::Error>, timeout: Duration) -> Result<Wire, String> {
    let process = started.map_err(|error| format!("cannot start a thread for the engine: {error}"))?;
    Ok(Wire::new(process, timeout))
}

fn open(client: &mut Client<Wire, FRAME>) -> Result<Info, Error> {
    let info = client.open(sequence(), |info| Info {
        board: info.board.to_owned(),
        fuel_spec: info.fuel_spec,
        guests: info.guests,
        heap: info.heap,
        room: info.room,
        limits: info.limits,
        body: info.body,
        frame: info.frame,
    })?;
    match info.frame as usize {
        link::MIN_FRAME..=FRAME => Ok(info),
        // Its answers could be longer than the decoder here.
        _ => Err(Error::Link(client::Error::Link(LinkError::TooLong))),
    }
}

/// A first sequence number that the last session is unlikely to have used.
fn sequence() -> u16 {
    let [low, high, ..] = (since_epoch() / 1000).to_le_bytes();
    u16::from_le_bytes([low, high])
}

/// Nanoseconds since 1970; 0 when the clock is from before.
fn since_epoch() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

const NO_CLOCK: &str =
    "this machine's clock is before 1970, and encrypted frames are numbered by it: set the clock";

/// Longest frame that is spoken here, in bytes on the wire; a board's may be shorter, not longer.
pub const FRAME: usize = 4096;
