//! The names by which a host finds a guest's mutable globals, to put them back to what they were.
//!
//! The global with index 7 is exported as `__aingle_global_7`. A guest exports all its mutable globals so, or none:
//! the [check](crate::check()) refuses what lies between, and a name that says another index than the export has.

/// How the name of an exported mutable global begins; its index follows, in decimal.
pub const PREFIX: &str = "__aingle_global_";

/// The index that a name stands for; `None` for a name that is no such name.
pub(crate) fn index(name: &[u8]) -> Option<u32> {
    let digits = str::from_utf8(name.strip_prefix(PREFIX.as_bytes())?).ok()?;
    let canonical = digits == "0" || digits.starts_with(|first: char| matches!(first, '1'..='9'));
    canonical.then(|| digits.parse().ok()).flatten()
}

#[cfg(feature = "std")]
pub use export::export;

#[cfg(feature = "std")]
mod export;

#[cfg(test)]
mod tests {
    use super::index;

    #[test]
    fn one_name_stands_for_an_index() {
        assert_eq!(index(b"__aingle_global_0"), Some(0));
        assert_eq!(index(b"__aingle_global_305"), Some(305));
        for name in
            ["__aingle_global_", "__aingle_global_00", "__aingle_global_+1", "__aingle_global_4294967296"]
        {
            assert_eq!(index(name.as_bytes()), None, "{name}");
        }
    }
}
