//! Frames on a byte stream: COBS, which leaves no zero inside, between zeros.
//!
//! ```text
//! 00 │ COBS(frame) │ 00
//! ```
//!
//! The zero behind ends a frame; the zero before it ends whatever noise came first, so that noise costs no
//! frame. A receiver that lost its way finds it at the next zero.

use core::fmt;

use cobs::{DecodeResult, DecoderState};

/// Writes `frame` into `out` as it goes over the wire; returns the bytes written, at most
/// [`encoded_len`] of its length.
///
/// # Errors
/// [`Error::TooLong`] when it does not fit.
pub fn encode(frame: &[u8], out: &mut [u8]) -> Result<usize, Error> {
    let [first, body @ .., _] = out else {
        return Err(Error::TooLong);
    };
    *first = 0;
    let len = cobs::try_encode(frame, body).map_err(|_| Error::TooLong)?;
    // The library does not write a last code byte that has no room, but counts it.
    if len > body.len() {
        return Err(Error::TooLong);
    }
    out[1 + len] = 0;
    Ok(len + ZEROS)
}

/// Bytes on the wire, at most, of a frame of `len` bytes.
pub const fn encoded_len(len: usize) -> usize {
    cobs::max_encoding_length(len) + ZEROS
}

/// Finds frames of at most `N` bytes in a stream that comes in parts of any size.
#[derive(Debug, Default)]
pub struct Decoder<const N: usize> {
    state: DecoderState,
    frame: heapless::Vec<u8, N>,
    /// The frame has outgrown the buffer: the rest of it, up to the next zero, is passed over.
    too_long: bool,
    noise: u32,
}

impl<const N: usize> Decoder<N> {
    /// A decoder at the start of a stream.
    pub const fn new() -> Self {
        Self { state: DecoderState::Idle, frame: heapless::Vec::new(), too_long: false, noise: 0 }
    }

    /// Takes the stream's next `bytes` and lends each frame that they complete to `each`, in order. Bytes
    /// between two zeros that are no COBS are dropped and counted as [`Decoder::noise`].
    ///
    /// # Errors
    /// `each` gets [`Error::TooLong`] in place of a frame that the decoder has no room for.
    pub fn push(&mut self, bytes: &[u8], mut each: impl FnMut(Result<&mut [u8], Error>)) {
        for &byte in bytes {
            if byte == 0 {
                self.end(&mut each);
            } else if !self.too_long {
                self.take(byte);
            }
        }
    }

    /// Forgets a frame that has begun: for a stream on which nothing came for so long that the rest is lost.
    pub fn reset(&mut self) {
        self.state = DecoderState::Idle;
        self.too_long = false;
        self.frame.clear();
    }

    /// How often the bytes between two zeros were no COBS.
    pub const fn noise(&self) -> u32 {
        self.noise
    }

    fn take(&mut self, byte: u8) {
        // Only a zero in the wrong place is an error.
        if let Ok(DecodeResult::DataContinue(byte)) = self.state.feed(byte) {
            self.too_long = self.frame.push(byte).is_err();
        }
    }

    fn end(&mut self, each: &mut impl FnMut(Result<&mut [u8], Error>)) {
        match self.state.feed(0) {
            _ if self.too_long => each(Err(Error::TooLong)),
            Ok(DecodeResult::DataComplete) if !self.frame.is_empty() => each(Ok(&mut self.frame)),
            // Two zeros side by side, or around the code of an empty frame.
            Ok(_) => {}
            Err(_) => self.noise = self.noise.saturating_add(1),
        }
        self.reset();
    }
}

#[cfg(feature = "defmt")]
impl<const N: usize> defmt::Format for Decoder<N> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Decoder {{ frame: {=usize} of {=usize} bytes }}", self.frame.len(), N);
    }
}

/// Why there is no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Error {
    /// The frame is longer than the buffer for it.
    TooLong,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::TooLong => f.write_str("the frame is longer than the buffer for it"),
        }
    }
}

impl core::error::Error for Error {}

const ZEROS: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};
    use std::vec::Vec;

    type Frame = Result<Vec<u8>, Error>;

    #[test]
    fn golden_bytes() {
        let mut out = [0xff; 8];
        assert_eq!(encode(&[0x11, 0, 0x22], &mut out), Ok(6));
        assert_eq!(out[..6], [0, 2, 0x11, 2, 0x22, 0]);
    }

    #[test]
    fn encoding_needs_all_of_its_room() {
        for frame in [&[][..], &[0], &[1, 0], &[1], &[7; 253], &[7; 254], &[7; 255], &[0; 300]] {
            let mut out = [0; 400];
            let len = encode(frame, &mut out).unwrap();
            assert!(len <= encoded_len(frame.len()));
            for room in 0..len {
                assert_eq!(encode(frame, &mut out[..room]), Err(Error::TooLong));
            }
            assert_eq!(encode(frame, &mut out[..len]), Ok(len));
        }
    }

    #[test]
    fn a_frame_longer_than_the_buffer_is_reported_once_and_the_next_one_taken() {
        let wire = [wire(&[1; 201]), wire(&[2; 200]), wire(&[3; 5000]), wire(&[4])].concat();
        let long = Err(Error::TooLong);
        let expected = [long.clone(), Ok(Vec::from([2; 200])), long, Ok(Vec::from([4]))];
        assert_eq!(receive::<200>(&[&wire]).0, expected);
    }

    #[test]
    fn empty_frames_and_idle_zeros_are_passed_over() {
        let wire = [wire(&[]), Vec::from([0; 9]), wire(&[5, 0]), wire(&[])].concat();
        assert_eq!(receive::<200>(&[&wire]), (Vec::from([Ok(Vec::from([5, 0]))]), 0));
    }

    #[test]
    fn fault_10_reset_drops_what_was_begun() {
        let mut decoder = Decoder::<200>::new();
        let frame = wire(b"whole");
        decoder.push(&frame[..4], |_| panic!("not whole yet"));
        decoder.reset();
        let mut frames = 0;
        decoder.push(&frame, |frame| {
            assert_eq!(frame.unwrap(), b"whole");
            frames += 1;
        });
        assert_eq!((frames, decoder.noise()), (1, 0));
    }

    proptest! {
        #[test]
        fn fault_10_noise_and_lost_bytes_cost_no_later_frame(
            noise: Vec<u8>,
            lost in vec(any::<u8>(), 1..300),
            cut: usize,
            frame in vec(any::<u8>(), 1..300),
        ) {
            let cut_off = wire(&lost);
            let cut_off = &cut_off[..cut % cut_off.len()];
            let (frames, _) = receive::<300>(&[&noise, cut_off, &wire(&frame)]);
            prop_assert_eq!(frames.last(), Some(&Ok(frame)));
        }

        #[test]
        fn fault_11_glued_and_split_frames_come_out_whole(
            frames in vec(vec(any::<u8>(), 1..300), 0..8),
            step in 1..400_usize,
        ) {
            let wire = frames.iter().map(|frame| wire(frame)).collect::<Vec<_>>().concat();
            let expected: Vec<Frame> = frames.into_iter().map(Ok).collect();
            let parts = |step| wire.chunks(step).collect::<Vec<_>>();
            for step in [1, step, wire.len().max(1)] {
                prop_assert_eq!(receive::<300>(&parts(step)), (expected.clone(), 0));
            }
        }
    }

    fn wire(frame: &[u8]) -> Vec<u8> {
        let mut out = std::vec![0; encoded_len(frame.len())];
        let len = encode(frame, &mut out).unwrap();
        out.truncate(len);
        out
    }

    fn receive<const N: usize>(parts: &[&[u8]]) -> (Vec<Frame>, u32) {
        let (mut decoder, mut frames) = (Decoder::<N>::new(), Vec::new());
        for part in parts {
            decoder.push(part, |frame| frames.push(frame.map(|frame| frame.to_vec())));
        }
        (frames, decoder.noise())
    }
}
