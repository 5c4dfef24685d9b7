//! Figures of a board: named counts of instructions and bytes, and what they may be.

use std::{collections::BTreeMap, fmt::Write as _};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

/// What was measured, by name.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Figures(BTreeMap<String, u64>);

impl Figures {
    /// Reads lines of a name and a number.
    ///
    /// # Errors
    /// When there is another line, or none.
    pub fn read(said: &str) -> Result<Self> {
        let mut figures = Self::default();
        for line in said.lines() {
            let figure = line.rsplit_once(' ').and_then(|(name, number)| Some((name, number.parse().ok()?)));
            let Some((name, number)) = figure else { bail!("the board said `{line}`") };
            figures.insert(name, number);
        }
        ensure!(!figures.0.is_empty(), "the board measured nothing");
        Ok(figures)
    }

    /// Reads what [`Figures::text`] wrote.
    ///
    /// # Errors
    /// When it is something else.
    pub fn parse(text: &str) -> Result<Self> {
        Ok(toml::from_str(text)?)
    }

    /// As a file to check in.
    pub fn text(&self) -> String {
        let mut text = String::from(
            "# What guests cost here, in executed instructions and bytes; `cargo xtask bench-device --bless` writes it.\n",
        );
        for (name, number) in &self.0 {
            // A string takes whatever is written to it.
            let _ = writeln!(text, "{name:?} = {number}");
        }
        text
    }

    pub fn insert(&mut self, name: &str, number: u64) {
        self.0.insert(name.to_owned(), number);
    }

    /// Leaves out those whose names begin so.
    pub fn forget(&mut self, prefix: &str) {
        self.0.retain(|name, _| !name.starts_with(prefix));
    }

    /// All figures, those of `other` beside them, and what follows from them.
    pub fn table(&self, other: &Self) -> String {
        let mut text = format!("{:<32}{:>12}{:>14}{:>9}\n", "", "", "checked in", "");
        for (name, number) in &self.0 {
            let was = other.0.get(name);
            let change = was.map_or("new".into(), |was| format!("{:+.1} %", change(*number, *was)));
            let was = was.map(u64::to_string).unwrap_or_default();
            let _ = writeln!(text, "{name:<32}{number:>12}{was:>14}{change:>9}");
        }
        for (name, value) in self.derived() {
            let _ = writeln!(text, "{name:<32}{value:>12.2}");
        }
        text
    }

    /// What is worse than in `other`, or missing in one of both.
    pub fn worse(&self, other: &Self) -> Vec<String> {
        let gone = other.0.keys().filter(|name| !self.0.contains_key(*name)).map(|name| format!("no {name}"));
        let worse = self.0.iter().filter_map(|(name, number)| match other.0.get(name) {
            Some(was) if change(*number, *was) <= WORSE => None,
            Some(was) => Some(format!("{name} is {number}, was {was}")),
            None => Some(format!("{name} is not checked in")),
        });
        worse.chain(gone).collect()
    }

    /// What is above its limit on the board of that name.
    ///
    /// # Errors
    /// When a figure that has a limit was not measured.
    pub fn above(&self, board: &str) -> Result<Vec<String>> {
        let derived = self.derived();
        let mut above = Vec::new();
        for (_, name, limit) in LIMITS.iter().filter(|(on, ..)| *on == board || *on == EVERY) {
            let figure = self.0.get(*name).map(|number| *number as f64);
            let value = figure.or_else(|| derived.get(*name).copied());
            let value = value.with_context(|| format!("{name} was not measured"))?;
            if value > *limit {
                above.push(format!("{name} is {value:.2}, limit {limit}"));
            }
        }
        Ok(above)
    }

    /// The mean of the kernels' instructions, metered.
    pub fn metered_kernel(&self) -> f64 {
        self.derived()["mean kernel metered"]
    }

    /// Means and shares.
    fn derived(&self) -> BTreeMap<String, f64> {
        let kernels = |kind: &str| {
            let of = |(name, number): (&String, &u64)| {
                let kernel = name.strip_prefix("kernel ")?.strip_suffix(kind)?;
                Some((kernel.to_owned(), *number as f64))
            };
            self.0.iter().filter_map(of).collect::<BTreeMap<_, _>>()
        };
        let [native, unmetered, metered] = [" native", " unmetered", " metered"].map(kernels);
        let ratios = |a: &BTreeMap<String, f64>, b: &BTreeMap<String, f64>| {
            mean(a.iter().filter_map(|(name, number)| Some(number / b.get(name)?)))
        };
        let mut derived = BTreeMap::from([
            ("mean kernel metered / native".to_owned(), ratios(&metered, &native)),
            ("mean kernel metered / unmetered".to_owned(), ratios(&metered, &unmetered)),
            ("mean kernel metered".to_owned(), mean(metered.values().copied())),
        ]);
        let loads = self.0.keys().filter_map(|name| name.strip_prefix("load ")?.strip_suffix(" check"));
        let share = |guest: &str| {
            let part = |part| self.0.get(&format!("load {guest} {part}")).map_or(0., |number| *number as f64);
            let check = part("check");
            100. * check / (check + part("translate") + part("start"))
        };
        let most = loads.map(share).fold(0., f64::max);
        derived.insert("most of a load that is check, %".to_owned(), most);
        derived
    }
}

/// How much worse a figure may be than the one checked in, in percent.
pub const WORSE: f64 = 3.;

fn change(is: u64, was: u64) -> f64 {
    100. * (is as f64 - was as f64) / was as f64
}

/// The geometric mean.
fn mean(numbers: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = numbers.fold((0., 0.), |(sum, count), number| (sum + number.ln(), count + 1.));
    (sum / count).exp()
}

const EVERY: &str = "";
const M4F: &str = "mps2-an386";
const RV32: &str = "riscv32";

/// Board, name, and what it may be at most.
const LIMITS: &[(&str, &str, f64)] = &[
    (M4F, "mean kernel metered / native", 15.8),
    (RV32, "mean kernel metered", 4_800_000.),
    (M4F, "mean kernel metered / unmetered", 1.17),
    (EVERY, "most of a load that is check, %", 30.),
    (M4F, "check flash", 14. * 1024.),
    (M4F, "echo 64 all", 6_000.),
    (M4F, "echo 1024 all", 30_000.),
    // With two of the pin's own.
    (M4F, "hardware toggle", 452.),
    (M4F, "hardware write_read 1+2", 900.),
    (M4F, "footprint kernels", 44. * 1024.),
    (M4F, "footprint sensor", 72. * 1024.),
    (M4F, "host RAM", 16. * 1024.),
];

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "kernel a native 10\nkernel a metered 100\nkernel a unmetered 90\nkernel b native 10
kernel b metered 400\nkernel b unmetered 360\nload g check 30\nload g translate 60\nload g start 10";

    #[test]
    fn figures_are_read_and_survive_their_file() {
        let figures = Figures::read(SAID).unwrap();
        assert_eq!(figures.0["load g start"], 10);
        assert_eq!(Figures::parse(&figures.text()).unwrap(), figures);
        assert!(Figures::read("failed: x").is_err());
        assert!(Figures::read("").is_err());
    }

    #[test]
    fn means_and_shares_follow() {
        let derived = Figures::read(SAID).unwrap().derived();
        assert!((derived["mean kernel metered / native"] - 20.).abs() < 1e-9);
        assert!((derived["mean kernel metered"] - 200.).abs() < 1e-9);
        assert!((derived["most of a load that is check, %"] - 30.).abs() < 1e-9);
    }

    #[test]
    fn three_percent_are_not_worse_and_four_are() {
        let figures = |number| Figures(BTreeMap::from([("a".to_owned(), number)]));
        assert_eq!(figures(103).worse(&figures(100)), [""; 0]);
        assert_eq!(figures(104).worse(&figures(100)).len(), 1);
        assert_eq!(figures(1).worse(&Figures::default()).len(), 1);
        assert_eq!(Figures::default().worse(&figures(1)).len(), 1);
    }

    #[test]
    fn limits_hold_for_their_board_and_for_all() {
        let mut figures = Figures::read(SAID).unwrap();
        assert_eq!(figures.above("other").unwrap(), [""; 0]);
        assert!(figures.above(M4F).is_err());
        let measured = LIMITS.iter().filter(|(_, name, _)| !figures.derived().contains_key(*name));
        for (_, name, _) in measured.collect::<Vec<_>>() {
            figures.insert(name, 1);
        }
        assert_eq!(figures.above(M4F).unwrap(), ["mean kernel metered / native is 20.00, limit 15.8"]);
        figures.insert("kernel b metered", 200);
        figures.insert("kernel b unmetered", 180);
        assert_eq!(figures.above(M4F).unwrap(), [""; 0]);
        figures.insert("load g check", 40);
        figures.insert("check flash", 15_000);
        assert_eq!(figures.above(M4F).unwrap().len(), 2);
        assert_eq!(figures.above("other").unwrap().len(), 1);
    }
}
