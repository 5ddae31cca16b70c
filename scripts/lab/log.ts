import type { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import type { LogLine } from "./messages.ts";

/** The most lines that are kept. */
export const KEPT_LINES = 500;
/** The most characters of a line. */
export const KEPT_CHARACTERS = 2000;
/** Output is taken in at most once in so many milliseconds ... */
const INTERVAL = 50;
/** ... and then at most so many lines of it, the last ones, out of so many bytes. */
const MOST_LINES = 100;
const MOST_BYTES = 256 * 1024;
/** What is remembered of a line that has no end yet: a character has at most four bytes. */
const MOST_LINE_BYTES = 4 * KEPT_CHARACTERS + 1;
const LINE_END = 10;
const NOTHING = Buffer.alloc(0);

/** What the programs and the lab have printed: the last lines. */
export class Log {
  #lines: LogLine[] = [];
  #lastId = 0;
  #onLines: () => void;

  constructor(onLines: () => void) {
    this.#onLines = onLines;
  }

  /** The lines with an id above `id`, as far as they are kept. */
  after(id: number): LogLine[] {
    return this.#lines.filter((line) => line.id > id);
  }

  get lastId(): number {
    return this.#lastId;
  }

  /** Adds a line, in plain and limited characters. */
  add(from: LogLine["from"], stream: LogLine["stream"], text: string): void {
    this.#lastId += 1;
    this.#lines.push({ id: this.#lastId, from, stream, text: plain(text) });
    if (this.#lines.length > KEPT_LINES) this.#lines.splice(0, this.#lines.length - KEPT_LINES);
    this.#onLines();
  }

  /** Adds what a program prints, until its end. Of a flood, only some lines are kept; the others are counted. */
  follow(child: ChildProcess, from: "server" | "client"): void {
    const output = new Output(this, from);
    if (child.stdout) output.follow(child.stdout, "out");
    if (child.stderr) output.follow(child.stderr, "err");
    child.once("close", () => output.end());
  }
}

interface Piece {
  stream: LogLine["stream"];
  bytes: Buffer;
}

/** Turns the two output streams of a program into lines, in the order in which they come. */
class Output {
  #log: Log;
  #from: "server" | "client";
  #pieces: Piece[] = [];
  #bytes = 0;
  #leftOut = 0;
  /** The beginnings of lines that have no end yet. */
  #open: Record<LogLine["stream"], Buffer> = { out: NOTHING, err: NOTHING };
  #timer: NodeJS.Timeout | undefined;

  constructor(log: Log, from: "server" | "client") {
    this.#log = log;
    this.#from = from;
  }

  follow(readable: Readable, stream: LogLine["stream"]): void {
    readable.on("data", (bytes: Buffer) => this.#push({ stream, bytes }));
    readable.on("error", () => {});
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#drain();
    for (const stream of ["out", "err"] as const) {
      const rest = this.#open[stream];
      if (rest.length > 0) this.#log.add(this.#from, stream, rest.toString());
    }
  }

  #push(piece: Piece): void {
    this.#pieces.push(piece);
    this.#bytes += piece.bytes.length;
    while (this.#bytes > MOST_BYTES) {
      const oldest = this.#pieces.shift();
      if (!oldest) break;
      this.#bytes -= oldest.bytes.length;
      this.#leftOut += this.#skip(oldest, Infinity).lines;
    }
    if (this.#timer !== undefined) return;
    this.#drain();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#pieces.length > 0) this.#drain();
    }, INTERVAL);
  }

  #drain(): void {
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#bytes = 0;
    const counts = pieces.map(({ bytes }) => countLines(bytes));
    let surplus = Math.max(0, counts.reduce((sum, count) => sum + count, 0) - MOST_LINES);
    const leftOut = this.#leftOut + surplus;
    this.#leftOut = 0;
    if (leftOut > 0) this.#log.add("lab", "err", `(${leftOut.toLocaleString("en")} lines of the ${this.#from} left out)`);

    for (const piece of pieces) {
      const { lines, end } = this.#skip(piece, surplus);
      surplus -= lines;
      this.#addLines(piece.stream, piece.bytes.subarray(end));
    }
  }

  /** Passes over at most so many lines of a piece; returns how many they were, and where they end. */
  #skip({ stream, bytes }: Piece, most: number): { lines: number; end: number } {
    let lines = 0;
    let end = 0;
    for (let at = 0; at < bytes.length && lines < most; at += 1) {
      if (bytes[at] !== LINE_END) continue;
      lines += 1;
      end = at + 1;
    }
    // The first of them is the end of one that had begun before.
    if (lines > 0) this.#open[stream] = NOTHING;
    return { lines, end };
  }

  #addLines(stream: LogLine["stream"], bytes: Buffer): void {
    let start = 0;
    for (let end = bytes.indexOf(LINE_END); end !== -1; end = bytes.indexOf(LINE_END, start)) {
      const line = Buffer.concat([this.#open[stream], bytes.subarray(start, end)]);
      this.#open[stream] = NOTHING;
      this.#log.add(this.#from, stream, line.toString());
      start = end + 1;
    }
    const room = MOST_LINE_BYTES - this.#open[stream].length;
    if (room > 0 && start < bytes.length) this.#open[stream] = Buffer.concat([this.#open[stream], bytes.subarray(start, start + room)]);
  }
}

/** One byte after the other: with short lines, to search for each of them takes far longer. */
function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = 0; at < bytes.length; at += 1) if (bytes[at] === LINE_END) count += 1;
  return count;
}

/** Without colours, control characters, and those that turn the direction of text around. */
function plain(text: string): string {
  const cut = text.length > 2 * KEPT_CHARACTERS ? text.slice(0, 2 * KEPT_CHARACTERS) : text;
  const visible = stripVTControlCharacters(cut).replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
    "",
  );
  const isLong = visible.length > KEPT_CHARACTERS || cut.length < text.length;
  return isLong ? `${visible.slice(0, KEPT_CHARACTERS)} …` : visible;
}
