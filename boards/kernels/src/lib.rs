//! Six kernels: what the guest `kernels-small.wasm` of [fuel](../../../fuel) was compiled from, for the board itself.
//!
//! Each takes the size of its task and memory that the guest has to itself; the same arithmetic in the same order, so
//! that both come to the same number.
#![no_std]

mod sha;

pub use sha::sha;

/// Memory that a kernel may use; it need not be cleared.
pub type Memory = [u8; 8192];

/// A kernel.
pub type Kernel = fn(&mut Memory, u32) -> u32;

/// Name, size of the task, kernel.
pub const ALL: [(&str, u32, Kernel); 6] = [
    ("fib", 20, fib),
    ("sieve", 8192, sieve),
    ("matmul", 16, matmul),
    ("crc", 4096, crc),
    ("sort", 512, sort),
    ("sha", 2048, sha),
];

/// The `number`th Fibonacci number, by its definition.
#[inline(never)]
pub fn fib(_: &mut Memory, number: u32) -> u32 {
    recur(number as i32) as u32
}

#[inline(never)]
fn recur(number: i32) -> i32 {
    if number < 2 { number } else { recur(number - 1) + recur(number - 2) }
}

/// How many primes are below `end`.
#[inline(never)]
pub fn sieve(memory: &mut Memory, end: u32) -> u32 {
    let end = (end as usize).min(memory.len());
    memory[..end].fill(1);
    let (mut count, mut number) = (0, 2);
    while number < end {
        if memory[number] != 0 {
            count += 1;
            let mut multiple = number * number;
            while multiple < end {
                memory[multiple] = 0;
                multiple += number;
            }
        }
        number += 1;
    }
    count
}

/// The sum over the product of two square matrices of floats.
#[inline(never)]
pub fn matmul(_: &mut Memory, size: u32) -> u32 {
    let n = (size as usize).min(16);
    let (mut a, mut b, mut c) = ([0_f32; 256], [0_f32; 256], [0_f32; 256]);
    for at in 0..n * n {
        a[at] = at as f32 * 0.5;
        b[at] = (n * n - at) as f32 * 0.25;
    }
    for row in 0..n {
        for column in 0..n {
            let mut sum = 0_f32;
            for k in 0..n {
                sum += a[row * n + k] * b[k * n + column];
            }
            c[row * n + column] = sum;
        }
    }
    let mut total = 0_f32;
    for cell in &c[..n * n] {
        total += *cell;
    }
    total as i32 as u32
}

/// The CRC-32 of so many random bytes, bit by bit.
#[inline(never)]
pub fn crc(memory: &mut Memory, len: u32) -> u32 {
    let len = (len as usize).min(memory.len());
    fill(&mut memory[..len]);
    let mut crc = !0_u32;
    for &byte in &memory[..len] {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 != 0 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

/// A hash over so many random numbers, sorted in a heap.
#[inline(never)]
pub fn sort(memory: &mut Memory, len: u32) -> u32 {
    let len = (len as usize).min(1024);
    fill(&mut memory[..2 * len]);
    let mut numbers = [0_u16; 1024];
    for (at, number) in numbers[..len].iter_mut().enumerate() {
        *number = u16::from_le_bytes([memory[2 * at], memory[2 * at + 1]]);
    }
    let numbers = &mut numbers[..len];
    let mut root = len / 2;
    while root > 0 {
        root -= 1;
        sift(numbers, root, len);
    }
    let mut end = len;
    while end > 1 {
        end -= 1;
        numbers.swap(0, end);
        sift(numbers, 0, end);
    }
    let mut hash = 0_u32;
    for (at, number) in numbers.iter().enumerate() {
        hash = hash.wrapping_mul(31).wrapping_add(u32::from(*number) ^ at as u32);
    }
    hash
}

fn sift(numbers: &mut [u16], mut root: usize, end: usize) {
    loop {
        let mut child = 2 * root + 1;
        if child >= end {
            return;
        }
        if child + 1 < end && numbers[child] < numbers[child + 1] {
            child += 1;
        }
        if numbers[root] >= numbers[child] {
            return;
        }
        numbers.swap(root, child);
        root = child;
    }
}

/// Fills `memory` with bytes of a xorshift generator.
fn fill(memory: &mut [u8]) {
    let mut state = 0x1234_5678_u32;
    for byte in memory {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        *byte = state as u8;
    }
}
