//! Where the guest lies in whole pages.

use super::PAGE;

/// A guest's memory and the pages that hold it.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    /// The guest's memory, in bytes; less than 2^32.
    pub size: u64,
    /// Pages of 64 KiB.
    pub pages: u64,
    /// Bytes below the guest; less than a page.
    pub shift: u32,
}

impl Layout {
    pub fn new(size: u64) -> Self {
        let pages = size.div_ceil(u64::from(PAGE));
        Self { size, pages, shift: (pages * u64::from(PAGE) - size) as u32 }
    }

    /// A constant offset of the guest in the new memory, if it still is one of 32 bits.
    pub fn shifted(self, offset: u64) -> Option<u64> {
        let shifted = offset.checked_add(u64::from(self.shift))?;
        (shifted <= u64::from(u32::MAX)).then_some(shifted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guest_ends_with_the_last_page() {
        for (size, pages, shift) in [
            (0, 0, 0),
            (1, 1, 65_535),
            (65_535, 1, 1),
            (65_536, 1, 0),
            (65_537, 2, 65_535),
            (u64::from(u32::MAX), 65_536, 1),
        ] {
            let layout = Layout::new(size);
            assert_eq!((layout.pages, layout.shift), (pages, shift), "{size} bytes");
        }
    }

    #[test]
    fn an_offset_of_more_than_32_bits_is_none() {
        let layout = Layout::new(65_535);
        assert_eq!(layout.shifted(0xffff_fffe), Some(0xffff_ffff));
        assert_eq!(layout.shifted(0xffff_ffff), None);
        assert_eq!(layout.shifted(u64::MAX), None);
    }
}
