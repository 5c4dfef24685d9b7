//! Guests that drive the devices of an emulated chip, and the same guests on mocks of what the chip saw.

use std::{fs, path::PathBuf, process::Command, sync::OnceLock, thread, time::Duration};

use aingle_wasm::{
    On, Options, Target, checkout,
    hardware::{self, Bench, Fitting, Wants},
    outcome,
};
use aingle_wasm_core::{engine::Value, error::Error, hal::Kind, link::Delivery};
use aingle_wasm_fuel::canonicalise;
use libtest_mimic::{Failed, Trial};

use crate::{
    Done, ensure, examples,
    monitor::Monitor,
    seen::{End, Seen},
    trial, tries,
};

pub fn list(trials: &mut Vec<Trial>) {
    trials.push(trial("a_guest_follows_a_thermometer", a_guest_follows_a_thermometer));
    trials.push(trial("a_guest_keeps_time", a_guest_keeps_time));
    trials.push(trial("a_guest_keeps_bytes_in_an_eeprom", a_guest_keeps_bytes_in_an_eeprom));
    trials.push(trial("a_bus_without_devices_says_so", a_bus_without_devices_says_so));
    trials.push(trial("a_chip_gives_what_is_granted", a_chip_gives_what_is_granted));
    trials.push(trial("fault_31_hostile_calls_touch_nothing_on_a_chip", hostile_calls_touch_nothing));
}

/// The temperature is changed from outside; the light is read back from there.
fn a_guest_follows_a_thermometer() -> Done {
    let mut chip = Chip::with(&["-device", "tmp105,id=thermometer,bus=i2c,address=0x48"])?;
    for (milli, heats) in [(0, true), (25_500, false), (-10_250, true), (85_000, false)] {
        chip.monitor.set("/machine/peripheral/thermometer", "temperature", milli)?;
        let [high, low] = ((f64::from(milli) / 62.5) as i16 * 16).to_be_bytes();
        let reads = [
            // An LM75 has half degrees; of more bits its driver takes the nearest below.
            ("thermostat", (f64::from(milli) / 500.0).floor() as i32 * 500, ""),
            ("thermostat_tmp", milli, r#"{ address = 0x48, write = "01 60e0" },"#),
        ];
        for (name, expected, set_up) in reads {
            chip.load(name)?;
            let seen = chip.call("control", b"")?;
            let expected = i32::to_le_bytes(expected).to_vec();
            ensure!(seen.end == End::Reply(expected), "{name} at {milli}: {:?}", seen.end);
            let light = chip.monitor.word(LIGHTS)? & 1 == 1;
            ensure!(light == heats, "{name} at {milli}: the light is {light}");
            let mock = format!(
                "[output.led]\nexpect = [{}]\n[i2c.sensors]\ntransactions = [{set_up}\
                 {{ address = 0x48, write = \"00\", read = \"{high:02x}{low:02x}\" }}]",
                u8::from(heats)
            );
            same_on_mocks(name, "control", b"", &mock, &seen)?;
        }
    }
    Ok(())
}

fn a_guest_keeps_time() -> Done {
    let mut chip = Chip::with(&["-device", "ds1338,bus=i2c,address=0x68"])?;
    let (set, _) = chip.same_as_mocks("clock", "set", b"2026-03-01 12:30:00")?;
    ensure!(set.end == End::Reply(b"set".to_vec()), "{:?}", set.end);
    let mut last = String::new();
    for _ in 0..100 {
        let (seen, mock) = chip.same_as_mocks("clock", "now", b"")?;
        let End::Reply(text) = &seen.end else { return Err(format!("{:?}", seen.end).into()) };
        let text = String::from_utf8_lossy(text).into_owned();
        ensure!(text.starts_with("2026-03-01 12:30:"), "{text}");
        ensure!(text >= last, "{text} after {last}");
        let read = format!("{{ read = \"{}30120101", &text[17..]);
        ensure!(mock.contains(&read), "{mock}");
        if !last.is_empty() && text != last {
            return Ok(());
        }
        last = text;
        thread::sleep(Duration::from_millis(100));
    }
    Err(format!("the clock stands at {last}").into())
}

fn a_guest_keeps_bytes_in_an_eeprom() -> Done {
    let folder = std::env::temp_dir().join(format!("aingle-eeprom-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let image = folder.join("eeprom.bin");
    fs::write(&image, [0xff; 4096])?;
    let drive = format!("file={},if=none,format=raw,id=bytes", image.display());
    let device = "at24c-eeprom,bus=i2c,address=0x50,rom-size=4096,drive=bytes";
    let mut chip = Chip::with(&["-device", device, "-drive", &drive])?;
    let kept = b"more than one page of bytes in the EEPROM";
    let (put, _) = chip.same_as_mocks("store", "put", kept)?;
    ensure!(put.end == End::Reply(b"kept".to_vec()), "{:?}", put.end);
    let (got, _) = chip.same_as_mocks("store", "get", b"")?;
    ensure!(got.end == End::Reply(kept.to_vec()), "{:?}", got.end);
    drop(chip);
    let bytes = fs::read(&image)?;
    fs::remove_dir_all(&folder)?;
    ensure!(usize::from(bytes[0]) == kept.len(), "the image begins with {:?}", &bytes[..4]);
    ensure!(bytes[1..].starts_with(kept), "the image has other bytes");
    ensure!(bytes[1 + kept.len()..].iter().all(|byte| *byte == 0xff), "bytes behind were touched");
    Ok(())
}

fn a_bus_without_devices_says_so() -> Done {
    let mut chip = Chip::with(&[])?;
    chip.load("thermostat")?;
    let seen = chip.call("control", b"")?;
    ensure!(seen.end == End::Error(b"no acknowledgement on the I2C bus".to_vec()), "{:?}", seen.end);
    let mock = "[output.led]\n[i2c.sensors]\ntransactions = [{ address = 0x48, write = \"00\", read = \"0000\", \
                fault = \"no_address\" }]";
    same_on_mocks("thermostat", "control", b"", mock, &seen)
}

fn a_chip_gives_what_is_granted() -> Done {
    let mut chip = Chip::with(&["-device", "tmp105,bus=i2c,address=0x48"])?;
    let wasm = canonicalise(&examples::example("thermostat")?)?.into_owned();
    for (grants, refused) in [
        ("", true),
        ("output = [\"led\"]", true),
        ("output = [\"led2\"]\n[i2c.sensors]\naddresses = [0x48]", true),
        ("output = [\"led\"]\n[i2c.sensors]\naddresses = [0x49]", false),
        ("output = [\"led\"]\n[i2c.sensors]\naddresses = [0x48]\nmax_hz = 99_999", false),
    ] {
        let mut wasm = wasm.clone();
        Wants::read(grants)?.put_into(&mut wasm);
        let loaded = chip.target.load(&wasm, |_| ());
        let error = loaded.as_ref().err().and_then(outcome::guest_error);
        ensure!(error.is_some() == refused, "{grants}: {loaded:?}");
        ensure!(
            error.is_none_or(|error| matches!(error, Error::Import(_) | Error::Grant(0))),
            "{grants}: {error:?}"
        );
        if !refused {
            let seen = chip.call("control", b"")?;
            ensure!(seen.end == End::Error(b"not granted".to_vec()), "{grants}: {:?}", seen.end);
        }
    }
    Ok(())
}

/// As on the desktop, through the link.
fn hostile_calls_touch_nothing() -> Done {
    let mut chip = Chip::with(&["-device", "tmp105,id=thermometer,bus=i2c,address=0x48"])?;
    let mut wasm = wat::parse_str(tries::GUEST)?;
    Wants::read(tries::GRANTS)?.put_into(&mut wasm);
    chip.target.load(&wasm, |_| ())?;
    let lights = chip.monitor.word(LIGHTS)?;
    let mut numbers = fastrand::Rng::with_seed(11);
    let open = tries::registers(&[Kind::I2c as u32, tries::BUS.0, tries::BUS.1]);
    let (handle, _) = chip.target.invoke("open", &open, PLENTY)?;
    ensure!(handle[..] == [Value::I32(0)], "{handle:?}");
    let before = chip.target.health()?.counts.denied;
    let mut refused = 0;
    while refused < CALLS {
        let (function, arguments) = tries::draw(&mut numbers);
        let Some(code) = tries::refusal(function, &arguments, 1) else { continue };
        let (answer, _) = chip.target.invoke(function, &tries::registers(&arguments), u64::MAX / 2)?;
        let expected = Value::I32(code.to_guest() as u32);
        ensure!(answer[..] == [expected], "{function}{arguments:?}: {answer:?}, not {code:?}");
        refused += 1;
    }
    let denied = chip.target.health()?.counts.denied - before;
    ensure!(denied == CALLS, "{denied} of {CALLS} refusals are counted");
    ensure!(chip.monitor.word(LIGHTS)? == lights, "a light was switched");
    // The thermometer gives the register that was written last, of itself that of the temperature.
    chip.monitor.set("/machine/peripheral/thermometer", "temperature", 25_500)?;
    let (read, _) = chip.target.invoke("read", &[], PLENTY)?;
    ensure!(
        read[..] == [Value::I32(u16::from_le_bytes([0x19, 0x80]).into())],
        "the bus was touched: {read:x?}"
    );
    Ok(())
}

/// The emulated chip, with what is on its bus.
struct Chip {
    target: Target,
    monitor: Monitor,
}

impl Chip {
    fn with(devices: &[&str]) -> Result<Self, Failed> {
        let (monitor, argument) = Monitor::listen()?;
        let mut emulator = vec!["-qmp".to_owned(), argument];
        emulator.extend(devices.iter().map(|word| (*word).to_owned()));
        let firmware = Some(firmware()?.clone());
        let options = Options { firmware, emulator, ..Options::default() };
        let on: On = format!("qemu:{BOARD}").parse()?;
        let target = Target::open(&on, &options)?;
        Ok(Self { target, monitor: monitor.accept()? })
    }

    fn load(&mut self, name: &str) -> Done {
        self.target.load(&module(name)?, |_| ())?;
        Ok(())
    }

    fn call(&mut self, entry: &str, request: &[u8]) -> Result<Seen, Failed> {
        Ok(Seen::called(self.target.call(entry, request, PLENTY, Delivery::Call))?)
    }

    /// A fresh guest's call, and the same on mocks that say what the chip's devices said, by the trace that the chip made.
    fn same_as_mocks(&mut self, name: &str, entry: &str, request: &[u8]) -> Result<(Seen, String), Failed> {
        let mut wasm = module(name)?;
        hardware::trace(&mut wasm);
        self.target.load(&wasm, |_| ())?;
        let seen = self.call(entry, request)?;
        let (trace, dropped) = self.target.log()?;
        ensure!(dropped == 0, "{dropped} lines of the trace of {entry} are lost");
        let mock = hardware::mock_of(&wants(name)?.grants, trace.iter().map(|(_, line)| line.as_str()))?;
        same_on_mocks(name, entry, request, &mock, &seen)?;
        Ok((seen, mock))
    }
}

/// The firmware with hardware for guests, built once.
pub fn firmware() -> Result<&'static PathBuf, String> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let build = || {
        let folder = format!("{}/../boards/{BOARD}", env!("CARGO_MANIFEST_DIR"));
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--release", "--locked", "--features", "parts", "--bin", "wired"]);
        let built = checkout::artifacts(cargo.current_dir(folder))?;
        let program = built.iter().rev().find_map(|artifact| artifact["executable"].as_str());
        program.map(PathBuf::from).ok_or_else(|| "there is no firmware".to_owned())
    };
    BUILT.get_or_init(build).as_ref().map_err(Clone::clone)
}

/// The module of an example as every target takes it, and as `aingle-wasm build` makes it: it says what it wants.
pub fn module(name: &str) -> Result<Vec<u8>, Failed> {
    let mut wasm = canonicalise(&examples::example(name)?)?.into_owned();
    wants(name)?.put_into(&mut wasm);
    Ok(wasm)
}

fn wants(name: &str) -> Result<Wants, Failed> {
    let file = format!("{}/../guest/examples/{name}/grants.toml", env!("CARGO_MANIFEST_DIR"));
    Ok(Wants::read(&fs::read_to_string(file)?)?)
}

/// The same call on both engines, on a mock: reply, fuel and host calls must be those of the chip.
pub fn same_on_mocks(name: &str, entry: &str, request: &[u8], mock: &str, chip: &Seen) -> Done {
    let wants = wants(name)?.grants;
    for on in [On::Wasmi, On::Wasmer] {
        let bench = Bench::mock(mock)?;
        let fitting = Some(Fitting::new(&wants, bench.clone())?);
        let mut target = Target::open(&on, &Options { fitting, ..Options::default() })?;
        target.load(&module(name)?, |_| ())?;
        let seen = Seen::called(target.call(entry, request, PLENTY, Delivery::Call))?;
        let unmet = bench.unmet();
        ensure!(unmet.is_none(), "{name} on {on}: {}", unmet.unwrap_or_default());
        ensure!(seen == *chip, "{name} on {on}: {seen:?}, on the chip {chip:?}");
    }
    Ok(())
}

pub const BOARD: &str = "mps2-an386";

/// Address of the lights' register.
const LIGHTS: u32 = 0x4002_8000;

/// Of those that a hostile guest makes.
const CALLS: u32 = 10_000;

/// Units of fuel that suffice for all calls.
const PLENTY: u64 = 10_000_000;
