//! A pointer, a length and whether it is an error, in the `u64` that crosses to the host.

/// Bit 63: the bytes are an error's words.
pub(crate) const ERROR: u64 = 1 << 63;

/// Packs an address and a length. Empty is (0, 0), wherever it was.
pub(crate) const fn pack(ptr: u32, len: u32, error: bool) -> u64 {
    let place = if len == 0 { 0 } else { (ptr as u64) << 32 | len as u64 };
    if error { place | ERROR } else { place }
}

/// Takes apart what a host function returned: address, length, whether it is an error.
#[cfg(any(target_arch = "wasm32", test))]
pub(crate) const fn unpack(packed: u64) -> (u32, u32, bool) {
    let place = packed & !ERROR;
    ((place >> 32) as u32, place as u32, packed & ERROR != 0)
}

#[cfg(test)]
mod tests {
    use super::{ERROR, pack, unpack};

    #[test]
    fn packing_is_as_the_abi_says() {
        assert_eq!(pack(0x1234, 0x56, false), 0x0000_1234_0000_0056);
        assert_eq!(pack(0x1234, 0x56, true), 0x8000_1234_0000_0056);
        assert_eq!(pack(0x1234, 0, false), 0);
        assert_eq!(pack(0x1234, 0, true), ERROR);
    }

    #[test]
    fn unpacking_undoes_packing() {
        for case in [(0x7fff_ffff, u32::MAX, true), (1, 1, false), (0, 0, true)] {
            assert_eq!(unpack(pack(case.0, case.1, case.2)), case);
        }
    }
}
