import type { Socket } from "node:net";
import type { Rechunk } from "./messages.ts";

/** Milliseconds between two bytes. With less, a receiver that is busy finds several at once. */
const BYTE_GAP = 2;
/** How long bytes are gathered, in milliseconds from the first on. */
const GATHER_TIME = 1000;
/** By how much `delay` delays, in milliseconds. */
const DELAY = 500;
/** With more bytes than that waiting, the source is paused. */
const MOST_WAITING = 1024 * 1024;

/** What waits to be passed on: bytes, or the end of them. */
interface Waiting {
  bytes: Buffer | undefined;
  /** When it came, by `performance.now()`. */
  since: number;
}

/** What a relay tells. */
export interface RelayListener {
  /** This chunk is being written: what the receiver gets. */
  onPass(chunk: Buffer): void;
  /** The end of the stream is being passed on. */
  onEnd(): void;
}

/**
 * Passes one direction of a connection on, from one socket to another, in other chunks if so wished.
 * A slow receiver slows the sender down. The errors of the sockets are for somebody else.
 */
export class Relay {
  #source: Socket;
  #destination: Socket;
  #mode: Rechunk;
  #listener: RelayListener;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #lastByteAt = -Infinity;
  /** The destination takes nothing more for the moment. */
  #isBlocked = false;
  #isStopped = false;

  constructor(source: Socket, destination: Socket, mode: Rechunk, listener: RelayListener) {
    this.#source = source;
    this.#destination = destination;
    this.#mode = mode;
    this.#listener = listener;
    source.on("data", (bytes: Buffer) => this.#push(bytes));
    source.on("end", () => this.#push(undefined));
    destination.on("drain", () => {
      this.#isBlocked = false;
      this.#pump();
    });
  }

  /** From now on in this way; what waits, too. */
  setMode(mode: Rechunk): void {
    if (mode === this.#mode) return;
    this.#mode = mode;
    this.#pump();
  }

  /** Passes nothing more on. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#waiting = [];
  }

  #push(bytes: Buffer | undefined): void {
    if (this.#isStopped) return;
    this.#waiting.push({ bytes, since: performance.now() });
    this.#waitingBytes += bytes?.length ?? 0;
    this.#pump();
  }

  /** Passes on what is due, and comes back when the next is. */
  #pump(): void {
    clearTimeout(this.#timer);
    while (!this.#isStopped && !this.#isBlocked && this.#waiting.length > 0) {
      const wait = this.#timeToNext();
      if (wait > 0) {
        this.#timer = setTimeout(() => this.#pump(), Math.ceil(wait));
        break;
      }
      this.#passNext();
    }
    this.#holdSource();
  }

  /** How many milliseconds the first of what waits has to wait still. */
  #timeToNext(): number {
    const [first] = this.#waiting;
    const now = performance.now();
    switch (this.#mode) {
      case "as-is":
        return 0;
      case "bytes":
        return first?.bytes === undefined ? 0 : this.#lastByteAt + BYTE_GAP - now;
      case "gather":
        // Nothing more will come, or fit: no use in waiting.
        if (this.#waiting.at(-1)?.bytes === undefined || this.#waitingBytes >= MOST_WAITING) return 0;
        return (first?.since ?? 0) + GATHER_TIME - now;
      case "delay":
        return (first?.since ?? 0) + DELAY - now;
    }
  }

  #passNext(): void {
    const [first] = this.#waiting;
    if (first?.bytes === undefined) {
      this.#waiting.shift();
      this.#listener.onEnd();
      this.#destination.end();
      return;
    }
    if (this.#mode === "bytes") {
      this.#lastByteAt = performance.now();
      this.#write(first.bytes.subarray(0, 1));
      if (first.bytes.length === 1) this.#waiting.shift();
      else first.bytes = first.bytes.subarray(1);
    } else if (this.#mode === "gather") {
      const all = this.#waiting.flatMap(({ bytes }) => bytes ?? []);
      this.#waiting = this.#waiting.filter(({ bytes }) => bytes === undefined);
      this.#write(all.length === 1 && all[0] ? all[0] : Buffer.concat(all));
    } else {
      this.#waiting.shift();
      this.#write(first.bytes);
    }
  }

  #write(chunk: Buffer): void {
    this.#waitingBytes -= chunk.length;
    this.#listener.onPass(chunk);
    if (!this.#destination.write(chunk)) this.#isBlocked = true;
  }

  #holdSource(): void {
    // In the pace of single bytes even a kilobyte takes seconds: the rest waits with the sender.
    const limit = this.#mode === "bytes" ? MOST_WAITING / 16 : MOST_WAITING;
    if (this.#isBlocked || this.#waitingBytes >= limit) this.#source.pause();
    else if (this.#source.isPaused()) this.#source.resume();
  }
}
