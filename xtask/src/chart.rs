//! What kernels cost on a chip, ours beside what one would pick instead, as a picture.

use std::fs;

use anyhow::{Context, Result};
use serde::Deserialize;
use svg::{
    Document,
    node::element::{Group, Rectangle, Style, Text, Title},
};

use crate::{figures::Figures, setup};

/// Writes `boards/speed.svg` from the figures that are checked in.
///
/// # Errors
/// When a file cannot be read or written.
pub fn run() -> Result<()> {
    let boards = setup::root().join("boards");
    let read = |name: &str| fs::read_to_string(boards.join(name)).with_context(|| format!("reading {name}"));
    let figures = Figures::parse(&read("mps2-an386/bench.toml")?)?;
    let mut bars = toml::from_str::<Peers>(&read("peers.toml")?)?.bars(figures.metered_kernel());
    bars.sort_by(|one, other| one.times.total_cmp(&other.times));
    let file = boards.join("speed.svg");
    svg::save(&file, &picture(&bars)).with_context(|| format!("writing {}", file.display()))?;
    println!("{}", file.display());
    Ok(())
}

#[derive(Deserialize)]
struct Peers {
    /// Instructions of the kernels compiled for the chip, as a mean.
    native: f64,
    runtime: Vec<Runtime>,
    ours: Ours,
}

#[derive(Deserialize)]
struct Runtime {
    name: String,
    times: f64,
    flash: u64,
    checked: bool,
    metered: bool,
}

#[derive(Deserialize)]
struct Ours {
    flash: u64,
    tiny_flash: u64,
    tiny_times: f64,
}

struct Bar {
    name: String,
    times: f64,
    note: String,
    ours: bool,
}

impl Peers {
    fn bars(self, metered_kernel: f64) -> Vec<Bar> {
        let flash = |bytes: u64| format!("{} KB of flash", bytes.div_ceil(1000));
        let peer = |peer: Runtime| {
            let mut note = flash(peer.flash);
            note += if peer.metered { ", metered" } else { "" };
            note += if peer.checked { "" } else { ", trusts what it runs" };
            Bar { name: peer.name, times: peer.times, note, ours: false }
        };
        let ours = |name: &str, times, bytes| Bar {
            name: name.to_owned(),
            times,
            note: format!("{}, metered, in a compartment", flash(bytes)),
            ours: true,
        };
        let mut bars = vec![
            ours("AIngle WASM", metered_kernel / self.native, self.ours.flash),
            ours("AIngle WASM, tiny", self.ours.tiny_times, self.ours.tiny_flash),
        ];
        bars.extend(self.runtime.into_iter().map(peer));
        bars
    }
}

fn picture(bars: &[Bar]) -> Document {
    let most = bars.iter().map(|bar| bar.times).fold(1., f64::max);
    let height = HEAD + bars.len() as f64 * ROW + FOOT;
    let mut document = Document::new()
        .set("viewBox", (0, 0, WIDTH, height))
        .set("font-family", "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif")
        .set("font-size", 12)
        .add(Title::new(TITLE))
        .add(Style::new(STYLE))
        .add(Rectangle::new().set("class", "card").set("width", WIDTH).set("height", height).set("rx", 12))
        .add(text(MARGIN, 38., TITLE).set("class", "title"))
        .add(text(MARGIN, 58., SUBTITLE).set("class", "quiet"));
    for (row, bar) in bars.iter().enumerate() {
        let y = HEAD + row as f64 * ROW;
        let (middle, width) = (y + ROW / 2. + 4., bar.times / most * SCALE);
        let rectangle = Rectangle::new().set("x", LEFT).set("y", y + 5.).set("width", width);
        let label = format!("{:.1}×   {}", bar.times, bar.note);
        let group = Group::new()
            .set("class", if bar.ours { "ours" } else { "peer" })
            .add(text(MARGIN, middle, &bar.name))
            .add(rectangle.set("height", ROW - 10.).set("rx", 2))
            .add(text(LEFT + width + 6., middle, label));
        document = document.add(group);
    }
    document
}

fn text(x: f64, y: f64, content: impl Into<String>) -> Text {
    Text::new(content).set("x", x).set("y", y)
}

const TITLE: &str = "Six kernels on a Cortex-M4F, next to the same compiled for the chip";
const SUBTITLE: &str =
    "Times as many instructions, in an emulator: less is better. The peers were measured apart.";
const WIDTH: f64 = 960.;
const MARGIN: f64 = 28.;
/// Where bars begin.
const LEFT: f64 = 220.;
/// The longest bar.
const SCALE: f64 = 440.;
const HEAD: f64 = 78.;
const ROW: f64 = 26.;
const FOOT: f64 = 18.;
const STYLE: &str = "
.card { fill: #ffffff; stroke: #d0d7de }
text { fill: #1f2328 }
.title { font-size: 18px; font-weight: 600 }
.quiet { fill: #59636e }
.ours text { font-weight: 700; fill: #0a6d64 }
.ours rect { fill: #0d9488 }
.peer rect { fill: #8c9bb0 }
@media (prefers-color-scheme: dark) {
  .card { fill: #0d1117; stroke: #30363d }
  text { fill: #e6edf3 }
  .quiet { fill: #9198a1 }
  .ours text { fill: #5eead4 }
  .ours rect { fill: #14b8a6 }
  .peer rect { fill: #66758c }
}
";
