import { encodeFrame, type FrameHeader } from "../frame.ts";
import { FrameParser } from "../frame-parser.ts";

// A message is often a slice of the chunk in which it came. Who keeps it, keeps more than it has bytes.

/** How many bytes of memory a message of `length` bytes keeps alive, if it comes in a chunk of 64 KiB. */
export function kept(length: number, keep: (message: Buffer) => Buffer): number {
  const chunk = Buffer.allocUnsafeSlow(64 * 1024).fill(0);
  encodeFrame(2, Buffer.alloc(length), true, 7).copy(chunk);
  let message: Buffer = Buffer.alloc(0);
  const parser = new FrameParser();
  const onPayload = (_: FrameHeader, part: Buffer) => {
    message = keep(part);
    parser.stop();
  };
  parser.push(chunk, { onHeader: () => {}, onPayload, onFrameEnd: () => {} });
  return message.buffer.byteLength;
}

const asItIs = (message: Buffer) => message;
/** In memory of its own: a small `Buffer.from` would share a pool with others. */
const copied = (message: Buffer) => Buffer.from(Uint8Array.from(message).buffer);

console.log(`2000 bytes, kept as they are: ${kept(2000, asItIs)} bytes`);
console.log(`2000 bytes, copied: ${kept(2000, copied)} bytes`);
console.log(`500 bytes, kept as they are: ${kept(500, asItIs) < 64 * 1024 ? "less than the chunk" : "the chunk"}`);
