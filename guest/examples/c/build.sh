#!/bin/sh
# Builds greet.wasm with clang and the linker that comes with rustup.
set -eu
cd "$(dirname "$0")"

host=$(rustc -vV | sed -n 's/^host: //p')
lld=$(rustc --print sysroot)/lib/rustlib/$host/bin/rust-lld
object=$(mktemp)
trap 'rm -f "$object"' EXIT

clang --target=wasm32 -Os -ffreestanding -fno-builtin -Wall -Wextra -c greet.c -o "$object"
"$lld" -flavor wasm --no-entry --strip-all --stack-first --page-size=1 --no-growable-memory \
    -z stack-size=512 --export=__aingle_abi "$object" -o greet.wasm
