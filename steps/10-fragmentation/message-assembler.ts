/**
 * Puts the payloads of a message's frames together, in one buffer that grows as bytes arrive: small
 * fragments cost their bytes, and empty ones nothing.
 */
export class MessageAssembler {
  #opcode: number | undefined;
  #buffer = Buffer.alloc(0);
  #length = 0;

  /** The opcode of the message's first frame, or `undefined` between two messages. */
  get opcode(): number | undefined {
    return this.#opcode;
  }

  /** Begins a message. */
  start(opcode: number): void {
    this.#opcode = opcode;
  }

  /** Adds a part of the payload. It is copied: a slice that we kept would keep its whole chunk. */
  append(part: Buffer): void {
    const needed = this.#length + part.length;
    if (needed > this.#buffer.length) this.#grow(needed);
    part.copy(this.#buffer, this.#length);
    this.#length = needed;
  }

  /** Ends the message, and returns its payload. */
  finish(): Buffer {
    const payload = this.#buffer.subarray(0, this.#length);
    this.#opcode = undefined;
    this.#buffer = Buffer.alloc(0);
    this.#length = 0;
    return payload;
  }

  /** Twice as large each time: then each byte is copied about once more, however many come. */
  #grow(needed: number): void {
    const larger = Buffer.alloc(Math.max(needed, this.#length * 2));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}
