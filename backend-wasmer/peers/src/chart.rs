//! The measurement as a picture: a panel for each size, a bar for each contestant, on a logarithmic scale.

use std::{io, path::Path};

use svg::{
    Document,
    node::element::{Group, Line, Rectangle, Style, Text, Title},
};

use crate::{
    contestants::{Kind, Reply},
    measure::{Report, Row, SIZES},
    table,
};

/// Writes the picture.
///
/// # Errors
/// Of the file.
pub fn save(report: &Report, file: &Path) -> io::Result<()> {
    let scale = Scale::over(report);
    let mut picture = Group::new();
    let mut y = HEAD;
    for reply in [Reply::Borrowed, Reply::Copied] {
        picture = picture.add(section(report.reference(reply), &scale, y));
        y += SECTION;
        // The reference is the line at 1.
        let rows: Vec<_> = report.rows.iter().filter(|row| row.reply == reply).skip(1).collect();
        picture = picture.add(grid(&scale, y, y + rows.len() as f64 * ROW));
        for row in rows {
            picture = picture.add(bars(row, &scale, y));
            y += ROW;
        }
        y += GAP;
    }
    let height = y + FOOT;
    let document = Document::new()
        .set("viewBox", (0, 0, WIDTH, height))
        .set("font-family", "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif")
        .set("font-size", 12)
        .add(Title::new(TITLE))
        .add(Style::new(STYLE))
        .add(Rectangle::new().set("class", "card").set("width", WIDTH).set("height", height).set("rx", 12))
        .add(text(MARGIN, 38.0, TITLE).set("class", "title"))
        .add(text(MARGIN, 58.0, SUBTITLE).set("class", "quiet"))
        .add(frame(&scale, y - GAP))
        .add(picture);
    svg::save(file, &document)
}

/// Where a ratio is in a panel.
struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    fn over(report: &Report) -> Self {
        let ratios = || report.rows.iter().flat_map(|row| (0..SIZES.len()).map(|size| row.ratio(size)));
        Self { low: ratios().fold(0.5, f64::min), high: ratios().fold(10.0, f64::max) }
    }

    fn powers(&self) -> impl Iterator<Item = f64> {
        (0..).map(|exponent| 10_f64.powi(exponent)).take_while(|power| *power <= self.high)
    }

    fn x(&self, size: usize, ratio: f64) -> f64 {
        let part = (ratio / self.low).ln() / (self.high / self.low).ln();
        panel(size) + part * (PANEL - LABEL)
    }
}

/// The panels' names above, the scale's figures below.
fn frame(scale: &Scale, bottom: f64) -> Group {
    let mut group = Group::new();
    for (size, bytes) in SIZES.into_iter().enumerate() {
        let name = text(scale.x(size, 1.0), HEAD - 8.0, table::size(bytes));
        group = group.add(name.set("class", "size"));
        for power in scale.powers() {
            let label = text(scale.x(size, power), bottom + 16.0, format!("{power}×"));
            group = group.add(label.set("class", "quiet").set("text-anchor", "middle"));
        }
    }
    group
}

/// The lines at powers of ten.
fn grid(scale: &Scale, top: f64, bottom: f64) -> Group {
    let mut group = Group::new();
    for (size, power) in (0..SIZES.len()).flat_map(|size| scale.powers().map(move |power| (size, power))) {
        let x = scale.x(size, power);
        let line = Line::new().set("x1", x).set("x2", x).set("y1", top).set("y2", bottom);
        group = group.add(line.set("class", if power == 1.0 { "base" } else { "grid" }));
    }
    group
}

/// The name of a way of replying, and what 1 stands for.
fn section(reference: &Row, scale: &Scale, y: f64) -> Group {
    let middle = y + SECTION / 2.0 + 4.0;
    let name = format!("Reply {}", reference.reply);
    let mut group = Group::new().add(text(MARGIN, middle, name).set("class", "section"));
    for (size, cell) in reference.cells.iter().enumerate() {
        let label = format!("1× is {}", table::time(cell.ns));
        group = group.add(text(scale.x(size, 1.0), middle, label).set("class", "quiet"));
    }
    group
}

/// A contestant's name, and its bars.
fn bars(row: &Row, scale: &Scale, y: f64) -> Group {
    let class = match row.kind {
        Kind::Hand => "hand",
        Kind::Ours => "ours",
        Kind::Peer => "peer",
    };
    let middle = y + ROW / 2.0 + 4.0;
    let mut group = Group::new().set("class", class).add(text(MARGIN, middle, row.name));
    for size in 0..SIZES.len() {
        let ratio = row.ratio(size);
        let (base, end) = (scale.x(size, 1.0), scale.x(size, ratio));
        let bar = Rectangle::new().set("x", base.min(end)).set("y", y + (ROW - BAR) / 2.0).set("height", BAR);
        group = group.add(bar.set("width", (end - base).abs().max(1.5)).set("rx", 2));
        let label = format!("{}×", table::ratio(ratio));
        group = group.add(text(base.max(end) + 5.0, middle, label));
    }
    group
}

fn text(x: f64, y: f64, content: impl Into<String>) -> Text {
    Text::new(content).set("x", x).set("y", y)
}

fn panel(size: usize) -> f64 {
    LEFT + size as f64 * (PANEL + GUTTER)
}

const TITLE: &str = "What an echo costs, next to the same call written by hand on wasmer";
const SUBTITLE: &str =
    "Times as long, on a logarithmic scale: less is better. AIngle WASM counts exact fuel, the others none.";
const WIDTH: f64 = 960.0;
const MARGIN: f64 = 28.0;
/// Where the first panel begins.
const LEFT: f64 = 176.0;
const PANEL: f64 = 176.0;
const GUTTER: f64 = 16.0;
/// Of a panel, what is kept for the figure behind the longest bar.
const LABEL: f64 = 42.0;
/// Of title and panels' names.
const HEAD: f64 = 108.0;
const SECTION: f64 = 30.0;
const ROW: f64 = 24.0;
const BAR: f64 = 14.0;
const GAP: f64 = 12.0;
/// Of the scale's figures.
const FOOT: f64 = 22.0;
const STYLE: &str = "
.card { fill: #ffffff; stroke: #d0d7de }
text { fill: #1f2328 }
.title { font-size: 18px; font-weight: 600 }
.size { font-size: 14px; font-weight: 600 }
.section { font-weight: 600 }
.quiet, .hand text { fill: #59636e }
.ours text { font-weight: 700; fill: #0a6d64 }
.ours rect { fill: #0d9488 }
.peer rect { fill: #8c9bb0 }
.hand rect { fill: #c8d1dc }
.grid { stroke: #e6eaef }
.base { stroke: #8c959f }
@media (prefers-color-scheme: dark) {
  .card { fill: #0d1117; stroke: #30363d }
  text { fill: #e6edf3 }
  .quiet, .hand text { fill: #9198a1 }
  .ours text { fill: #5eead4 }
  .ours rect { fill: #14b8a6 }
  .peer rect { fill: #66758c }
  .hand rect { fill: #3d4757 }
  .grid { stroke: #21262d }
  .base { stroke: #6e7681 }
}
";
