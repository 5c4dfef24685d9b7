//! The custom section `aingle.guest`: what a reader of the file learns without running it.
//!
//! It is a row of postcard records: `0` the SDK (ABI version, SDK version), `1` an entry (name, form:
//! 0 bytes, 1 typed, 2 event), `2` a wanted host function (name). The attribute `#[entry]` writes those of kind 1.

/// Length of the record of kind 2 for `import`, in bytes.
pub const fn wants_len(import: &str) -> usize {
    import.len() + 2
}

/// The record of kind 2 for `import`; `N` is [`wants_len`].
pub const fn wants<const N: usize>(import: &str) -> [u8; N] {
    record([2, import.len() as u8], import)
}

/// Whether `name` is one that guests may not take.
pub const fn reserved(name: &str) -> bool {
    let (name, prefix) = (name.as_bytes(), b"__aingle_");
    let mut at = 0;
    while at < prefix.len() {
        if at >= name.len() || name[at] != prefix[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// The record of kind 0.
#[cfg(target_arch = "wasm32")]
pub(crate) const SDK: [u8; SDK_LEN] =
    record([0, crate::sys::ABI_VERSION as u8, SDK_VERSION.len() as u8], SDK_VERSION);

/// Length of the record of kind 0, in bytes.
#[cfg(target_arch = "wasm32")]
pub(crate) const SDK_LEN: usize = SDK_VERSION.len() + 3;

#[cfg(target_arch = "wasm32")]
const SDK_VERSION: &str = env!("CARGO_PKG_VERSION");

/// `head`, then the bytes of `text`, whose length is the last byte of `head`.
const fn record<const H: usize, const N: usize>(head: [u8; H], text: &str) -> [u8; N] {
    // Lengths and numbers here are one-byte varints.
    assert!(text.len() < 128 && H + text.len() == N, "a name of 127 bytes at most");
    let mut bytes = [0; N];
    let mut at = 0;
    while at < N {
        bytes[at] = if at < H { head[at] } else { text.as_bytes()[at - H] };
        at += 1;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::{reserved, wants, wants_len};

    #[test]
    fn a_wanted_import_is_a_postcard_record() {
        assert_eq!(&wants::<{ wants_len("led") }>("led"), b"\x02\x03led");
    }

    #[test]
    fn only_the_prefix_is_reserved() {
        assert!(reserved("__aingle_time"));
        assert!(!reserved("__aingle"));
        assert!(!reserved("__my_host_fn"));
    }
}
