import { randomBytes } from "node:crypto";
import { constants, deflateRawSync, gzipSync } from "node:zlib";

// Which messages are worth compressing? Not those that are compressed already, nor those that are
// noise: pictures, archives, whatever is encrypted. A look at the beginning tells.

const SAMPLE = 1024;

/** For `send(data, { compress: isCompressible(data) })`. */
export function isCompressible(data: Uint8Array): boolean {
  const sample = data.subarray(0, SAMPLE);
  // The fastest level, and no more than a kilobyte: it costs a tenth of what it can save.
  const flushed = deflateRawSync(sample, { level: 1, memLevel: 4, finishFlush: constants.Z_SYNC_FLUSH });
  return flushed.length - 4 < sample.length * 0.9;
}

const json = Buffer.from(JSON.stringify(Array.from({ length: 200 }, (_, id) => ({ id, name: `user ${id}` }))));
const samples: [what: string, data: Buffer][] = [
  ["JSON", json],
  ["English", Buffer.from("It was the best of times, it was the worst of times, it was the age of wisdom. ".repeat(20))],
  ["zeros", Buffer.alloc(5_000)],
  ["hex in a gzip", gzipSync(randomBytes(5_000).toString("hex"))],
  ["random bytes", randomBytes(5_000)],
  ["random bytes in hex", Buffer.from(randomBytes(5_000).toString("hex"))],
  ["ok", Buffer.from("ok")],
];
for (const [what, data] of samples) console.log(`${what.padEnd(20)} ${isCompressible(data) ? "compress" : "as it is"}`);
