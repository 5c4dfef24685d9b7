//! The codec's stages beside a copy of the same megabyte.

#![allow(missing_docs, reason = "criterion's macros make public functions")]

use std::hint::black_box;

use aingle_wasm_core::{
    codec::{self, Direction, Key, Nonce, Opening, Sealing, aead, lz4},
    crc::crc32,
    envelope::{Flags, Version},
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

criterion_group!(benches, stages);
criterion_main!(benches);

fn stages(criterion: &mut Criterion) {
    let payload = readings(MEGABYTE);
    let mut frame = vec![0; codec::sealed_len(payload.len(), true, true)];
    let mut room = vec![0; payload.len()];
    let keys = [Key::new(1, [0x42; 32])];
    let mut table = Box::new(lz4::Table::new());

    let mut group = criterion.benchmark_group("1 MB");
    group.throughput(Throughput::Bytes(payload.len() as u64));
    group.bench_function("memcpy", |b| b.iter(|| black_box(&mut room).copy_from_slice(black_box(&payload))));
    group.bench_function("crc32", |b| b.iter(|| crc32(black_box(&payload))));
    for (name, compress, encrypt) in
        [("plain", false, false), ("lz4", true, false), ("aead", false, true), ("lz4 and aead", true, true)]
    {
        let mut seal = |frame: &mut [u8]| {
            let sealing = Sealing {
                compress: compress.then(|| table.compress()),
                encrypt: encrypt.then(|| aead::Encrypt::new(&keys[0], NONCE)),
                ..Sealing::plain(Version::V2, Flags::NONE)
            };
            codec::seal(black_box(&payload), sealing, frame).unwrap()
        };
        group.bench_function(format!("seal {name}"), |b| b.iter(|| seal(&mut frame)));
        let len = seal(&mut frame);
        // Opening decrypts in place: each round opens a copy.
        let mut copy = frame[..len].to_vec();
        group.bench_function(format!("open {name}"), |b| {
            b.iter(|| {
                copy.copy_from_slice(&frame[..len]);
                let opening = Opening {
                    decompress: Some(lz4::Decompress::new()),
                    decrypt: Some(aead::Decrypt::new(&keys, Direction::Request)),
                };
                codec::open(&mut copy, &opening, &mut room).unwrap().payload.len()
            })
        });
    }
    group.finish();
}

/// Text that compresses as a table of readings does.
fn readings(len: usize) -> Vec<u8> {
    let line = |hour: u32| format!("{hour},{}.{}\n", hour * 7919 % 40, hour * 104_729 % 10).into_bytes();
    (0..).flat_map(line).take(len).collect()
}

const MEGABYTE: usize = 1 << 20;
const NONCE: Nonce = Nonce { direction: Direction::Request, sender: [0, 0, 1], counter: 0 };
