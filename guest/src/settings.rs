//! Sizes that are chosen when the guest is built, by environment variables.
//!
//! They are no features, because they are numbers, and no arguments of a macro, because the record that
//! the host reads must exist in every guest once, also in one that chooses nothing. Cargo builds again
//! when one of them changes. `aingle-wasm build` sets them; with plain cargo they go under `[env]` of
//! `.cargo/config.toml`.

/// The largest payload that needs no allocation, in bytes: `AINGLE_GUEST_INBOX`, 1024 unless set.
///
/// Larger requests come through the allocator.
pub const INBOX: usize = number(option_env!("AINGLE_GUEST_INBOX"), 1024);

/// The largest reply of a host function, in bytes: `AINGLE_GUEST_HOST_REPLY`, 256 unless set.
pub const HOST_REPLY: usize = number(option_env!("AINGLE_GUEST_HOST_REPLY"), 256);

/// How many frames deep the guest expects to call: `AINGLE_GUEST_DEPTH`, 64 unless set.
pub const CALL_DEPTH: usize = number(option_env!("AINGLE_GUEST_DEPTH"), 64);

/// Whether the guest's memory never grows: `AINGLE_GUEST_FIXED` set to anything but `0`.
///
/// It only leaves out the code that asks for more: where a memory is fixed, asking fails.
#[cfg(all(target_arch = "wasm32", feature = "allocator"))]
pub const FIXED: bool = number(option_env!("AINGLE_GUEST_FIXED"), 0) != 0;

const fn number(text: Option<&str>, unless_set: usize) -> usize {
    let Some(text) = text else {
        return unless_set;
    };
    let digits = text.as_bytes();
    assert!(!digits.is_empty() && digits.len() <= 9, "not a size in bytes");
    let mut value = 0;
    let mut at = 0;
    while at < digits.len() {
        assert!(digits[at].is_ascii_digit(), "not a size in bytes");
        value = value * 10 + (digits[at] - b'0') as usize;
        at += 1;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn a_setting_is_decimal_or_absent() {
        assert_eq!(number(Some("20480"), 1), 20480);
        assert_eq!(number(None, 7), 7);
    }
}
