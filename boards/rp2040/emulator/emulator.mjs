// Runs firmware in rp2040js, its UART 0 on a socket of this machine: `node emulator.mjs ELF [PORT]`.
//
// Says on standard output which port it is, once the firmware runs, and ends when standard input does. A line there sets
// pins one after the other, some microseconds apart: `100 14=0 14=1`; or asks for one, `25`, which is answered.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { RP2040 } from 'rp2040js';

// Where its flash is.
const FLASH = 0x10000000;

// At 125 MHz.
const NANOS_PER_CYCLE = 8;

const [elf, port = '7777'] = process.argv.slice(2);
if (elf === undefined) {
  console.error('usage: node emulator.mjs ELF [PORT]');
  process.exit(2);
}

const chip = new RP2040();
const silent = () => {};
// The driver uses registers of the UART that the emulator lacks, and it says so each time.
chip.logger = { debug: silent, info: silent, warn: silent, error: silent };
chip.onBreak = (code) => {
  console.error(`the firmware stopped at breakpoint ${code}`);
  process.exit(101);
};
burn(readFileSync(elf));
// As the boot ROM leaves the processor: about to run the first 256 bytes, which come back to 0 when they are done.
chip.core.registers[13] = 0x20041f00;
chip.core.registers[14] = 0;
chip.core.PC = FLASH;

const received = [];
let answer = silent;
const [uart] = chip.uart;
uart.onByte = (byte) => answer(byte);

const server = createServer((socket) => {
  const bytes = [];
  const hear = (byte) => bytes.push(byte);
  answer = hear;
  const telling = setInterval(() => bytes.length > 0 && socket.write(Buffer.from(bytes.splice(0))), 1);
  socket.on('data', (data) => received.push(...data));
  // The connection is closed then.
  socket.on('error', silent);
  socket.on('close', () => {
    clearInterval(telling);
    if (answer === hear) answer = silent;
  });
});
server.listen(Number(port), '127.0.0.1', () => {
  console.log(`the link is tcp:127.0.0.1:${server.address().port}`);
  run();
});

// What is still to be done to pins: when, on the chip's clock, and what.
const acts = [];
const lines = createInterface({ input: process.stdin });
lines.on('close', () => process.exit(0));
lines.on('line', (line) => {
  const [first, ...levels] = line.split(' ');
  if (levels.length === 0) {
    console.log(chip.gpio[first].value);
    return;
  }
  let at = Math.max(chip.clock.nanos, acts.at(-1)?.at ?? 0);
  for (const level of levels) {
    at += first * 1000;
    const [pin, value] = level.split('=');
    acts.push({ at, pin, value: value === '1' });
  }
});

// Runs for a moment, or until there is nothing to do; then lets the socket have its turn.
function run() {
  for (let step = 0; step < 200_000; step += 1) {
    if (received.length > 0 && !uart.rxFIFO.full) {
      uart.feedByte(received.shift());
    }
    if (acts.length > 0 && chip.clock.nanos >= acts[0].at) {
      const { pin, value } = acts.shift();
      chip.gpio[pin].setInputValue(value);
    }
    if (chip.core.waiting) {
      chip.clock.tick(1000);
      if (received.length === 0 && acts.length === 0) break;
    } else {
      chip.clock.tick(chip.core.executeInstruction() * NANOS_PER_CYCLE);
    }
  }
  setImmediate(run);
}

// Writes what an ELF file of 32 bits says is to be burnt.
function burn(file) {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const word = (at) => view.getUint32(at, true);
  const [headers, size, count] = [word(28), view.getUint16(42, true), view.getUint16(44, true)];
  for (let header = headers; header < headers + size * count; header += size) {
    const [kind, from, , to, length] = [0, 4, 8, 12, 16].map((field) => word(header + field));
    if (kind === 1 && length > 0) {
      chip.flash.set(file.subarray(from, from + length), to - FLASH);
    }
  }
}
