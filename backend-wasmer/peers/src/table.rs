//! The measurement as a table.

use crate::{
    contestants::Reply,
    measure::{Cell, Report, SIZES},
};

/// All ratios, side by side: to wasmer by hand with a borrowed reply, and with a copied one.
pub fn render(report: &Report) -> String {
    let [borrowed, copied] = [Reply::Borrowed, Reply::Copied].map(|reply| report.reference(reply));
    let name = borrowed.name;
    let mut lines = vec![
        format!("{:31}{:36}  {}", "", format!("  times {name}, borrowed"), format!("  times {name}, copied")),
        line("echo through", "reply", SIZES.map(size), SIZES.map(size)),
        line(
            name,
            "takes",
            each(&borrowed.cells, |cell| time(cell.ns)),
            each(&copied.cells, |cell| time(cell.ns)),
        ),
    ];
    lines.extend(report.rows.iter().map(|row| {
        let [borrowed, copied] = [|cell: &Cell| ratio(cell.to_borrowed), |cell: &Cell| ratio(cell.to_copied)];
        line(row.name, &row.reply.to_string(), each(&row.cells, borrowed), each(&row.cells, copied))
    }));
    lines.join("\n")
}

/// A length: `64 B`, `1 KB`.
pub fn size(bytes: usize) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..0x10_0000 => format!("{} KB", bytes >> 10),
        _ => format!("{} MB", bytes >> 20),
    }
}

/// A time, to three digits.
pub fn time(ns: f64) -> String {
    match ns {
        ..1e3 => format!("{ns:.0} ns"),
        ..1e6 => format!("{} µs", digits(ns / 1e3)),
        _ => format!("{} ms", digits(ns / 1e6)),
    }
}

/// A ratio, to three digits.
pub fn ratio(ratio: f64) -> String {
    digits(ratio)
}

fn digits(value: f64) -> String {
    match value {
        ..9.995 => format!("{value:.2}"),
        ..99.95 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

type Cells = [String; SIZES.len()];

fn each(cells: &[Cell], text: impl Fn(&Cell) -> String) -> Cells {
    std::array::from_fn(|size| text(&cells[size]))
}

fn line(name: &str, reply: &str, borrowed: Cells, copied: Cells) -> String {
    let [borrowed, copied] = [borrowed, copied].map(|cells| cells.map(|cell| format!("{cell:>9}")).concat());
    format!("{name:20}{reply:10} {borrowed}  {copied}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_digits() {
        assert_eq!([1.0, 9.996, 99.96, 1234.0].map(ratio), ["1.00", "10.0", "100", "1234"]);
        assert_eq!([54.4, 1256.0, 1_557_815.0].map(time), ["54 ns", "1.26 µs", "1.56 ms"]);
        assert_eq!(SIZES.map(size), ["64 B", "1 KB", "64 KB", "1 MB"]);
    }
}
