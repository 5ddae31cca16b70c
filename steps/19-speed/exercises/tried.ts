import { xorMask } from "../mask.ts";

// What did not help: each line compares it with what we do instead.

/** Words of four bytes, four of them a turn, as `xorMask` does it with eight. */
function xorInFours(bytes: Uint8Array, key: number): void {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  for (let i = 0; i + 4 <= words.length; i += 4) {
    words[i] = (words[i] as number) ^ key;
    words[i + 1] = (words[i + 1] as number) ^ key;
    words[i + 2] = (words[i + 2] as number) ^ key;
    words[i + 3] = (words[i + 3] as number) ^ key;
  }
}

function copyInLoop(source: Uint8Array, target: Uint8Array): void {
  for (let i = 0; i < source.length; i++) target[i] = source[i] as number;
}

/** Nanoseconds of the fastest of many rounds: what else the machine does, only makes them slower. */
function fastest(work: () => void): number {
  let least = Infinity;
  for (let round = 0; round < 500; round++) {
    const before = process.hrtime.bigint();
    for (let i = 0; i < 100; i++) work();
    least = Math.min(least, Number(process.hrtime.bigint() - before));
  }
  return least;
}

function compare(title: string, tried: () => void, kept: () => void): void {
  console.log(`${title}: ${(fastest(tried) / fastest(kept)).toFixed(1)} times as long`);
}

const large = new Uint8Array(64 * 1024);
const [source, target] = [new Uint8Array(60), new Uint8Array(60)];
compare("Words of four bytes, for 64 KiB", () => xorInFours(large, 0x12345678), () => xorMask(large, 0x12345678, 0));
compare("Copying 60 bytes in a loop", () => copyInLoop(source, target), () => target.set(source));
