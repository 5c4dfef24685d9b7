//! The kernels that are measured.

/// Their memory never grows; `clamp` writes that into them.
pub const WASM: &[u8] = include_bytes!("../../../fuel/tests/data/kernels-small.wasm");

/// What each kernel is called with.
pub const ARGUMENTS: [(&str, u32); 6] =
    [("fib", 20), ("sieve", 8_192), ("matmul", 16), ("crc", 4_096), ("sort", 512), ("sha", 2_048)];

/// Far more than any kernel takes.
pub const FUEL: u64 = 1_000_000_000;
