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
  #open: Record<LogLine["stream"], Buffer> = { out: Buffer.alloc(0), err: Buffer.alloc(0) };
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
      this.#leftOut += countLines(oldest.bytes);
    }
    if (this.#timer !== undefined) return;
    this.#drain();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#pieces.length > 0) this.#drain();
    }, INTERVAL);
  }

  #drain(): void {
    const lines: { stream: LogLine["stream"]; text: string }[] = [];
    for (const { stream, bytes } of this.#pieces) {
      let start = 0;
      for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
        const line = Buffer.concat([this.#open[stream], bytes.subarray(start, end)]);
        this.#open[stream] = Buffer.alloc(0);
        lines.push({ stream, text: line.toString() });
        start = end + 1;
      }
      // A character has at most four bytes; more than what is kept of a line need not be remembered.
      const open = Buffer.concat([this.#open[stream], bytes.subarray(start)]);
      this.#open[stream] = open.subarray(0, 4 * KEPT_CHARACTERS + 1);
    }
    this.#pieces = [];
    this.#bytes = 0;

    const leftOut = this.#leftOut + Math.max(0, lines.length - MOST_LINES);
    this.#leftOut = 0;
    if (leftOut > 0) this.#log.add("lab", "err", `(${leftOut.toLocaleString("en")} lines of the ${this.#from} left out)`);
    for (const { stream, text } of lines.slice(-MOST_LINES)) this.#log.add(this.#from, stream, text);
  }
}

function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) count += 1;
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
