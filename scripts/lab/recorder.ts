import { createHash } from "node:crypto";
import { isImpossible, readHeader } from "../wire/frame-header.ts";
import { isUnreadable, Judge } from "../wire/judge.ts";
import { ChunkedBody } from "./chunked-body.ts";
import type { Direction, EventEntry, FrameProblem, HandshakeProblem, WireEntry } from "./messages.ts";

/** The most entries that are kept. */
export const KEPT_ENTRIES = 1000;
/** The most bytes that all entries keep together. */
const KEPT_BYTES = 8 * 1024 * 1024;
/** How many bytes are kept of one entry: of an HTTP message, of a frame's payload, of what is unreadable. */
const KEPT_OF_HEAD = 64 * 1024;
const KEPT_OF_PAYLOAD = 512;
const KEPT_OF_RAW = 4 * 1024;
const MOST_CUTS = 64;

const NO_FRAMES = "These are no frames: a receiver gives up here, since it cannot tell where a frame would begin.";
const NO_LENGTH = "No frame is as long as this header says: a receiver gives up here, and nobody knows where the next one begins.";

/** Who wants to know what happens to entries. */
export interface RecorderListener {
  /** An entry is new, or has grown. */
  onChange(id: number): void;
  /** An old entry has made room for a new one. */
  onDrop(id: number): void;
  /** All entries are forgotten. */
  onClear(): void;
}

/** An entry while it may still grow. */
interface Live {
  id: number;
  connection: number;
  time: number;
  direction: Direction;
  kind: "head" | "frame" | "raw";
  beginning: Beginning;
  complete: boolean;
  extensions: string[];
  reason: string;
  problem: FrameProblem | undefined;
  /** Of a response: why browsers refuse it. */
  refusal: HandshakeProblem | undefined;
}

type Kept = Live | EventEntry;

/** What has passed the tap, as entries for the wire view: the last thousand. */
export class Recorder {
  #listener: RecorderListener;
  #entries = new Map<number, Kept>();
  #keptBytes = 0;
  #lastId = 0;
  #connections = 0;
  #run = 0;

  constructor(listener: RecorderListener) {
    this.#listener = listener;
  }

  /** The ids of the entries that are kept, oldest first. */
  get ids(): number[] {
    return [...this.#entries.keys()];
  }

  /** The entry as it is now; `undefined` if it is not kept any more. */
  entry(id: number): WireEntry | undefined {
    const kept = this.#entries.get(id);
    return kept && (kept.kind === "event" ? kept : toEntry(kept));
  }

  /** Forgets all entries. Those that are still growing do not come again. */
  clear(): void {
    this.#entries.clear();
    this.#keptBytes = 0;
    this.#listener.onClear();
  }

  /** Forgets all entries, numbers connections from 1 again, and listens to no connection from before. */
  restart(): void {
    this.clear();
    this.#connections = 0;
    this.#run += 1;
  }

  /** A new connection. */
  connect(): ConnectionRecorder {
    this.#connections += 1;
    const connection = this.#connections;
    const run = this.#run;
    const isOld = () => run !== this.#run;
    return new ConnectionRecorder({
      begin: (direction, kind) => {
        const live: Live = {
          id: 0,
          connection,
          time: now(),
          direction,
          kind,
          beginning: new Beginning(kind === "head" ? KEPT_OF_HEAD : KEPT_OF_RAW),
          complete: false,
          extensions: [],
          reason: "",
          problem: undefined,
          refusal: undefined,
        };
        if (!isOld()) live.id = this.#add(live);
        return live;
      },
      event: (what, by) => {
        if (!isOld()) this.#add({ id: 0, connection, time: now(), kind: "event", what, by });
      },
      grown: (live, bytes) => this.#grow(live, bytes),
      isKept: (live) => this.#entries.has(live.id),
    });
  }

  #add(kept: Kept): number {
    this.#lastId += 1;
    kept.id = this.#lastId;
    this.#entries.set(kept.id, kept);
    this.#makeRoom();
    this.#listener.onChange(kept.id);
    return kept.id;
  }

  #grow(live: Live, bytes: number): void {
    if (!this.#entries.has(live.id)) return;
    this.#keptBytes += bytes;
    this.#makeRoom();
    this.#listener.onChange(live.id);
  }

  #makeRoom(): void {
    while (this.#entries.size > KEPT_ENTRIES || (this.#keptBytes > KEPT_BYTES && this.#entries.size > 1)) {
      const [oldest] = this.#entries.values();
      if (oldest === undefined) return;
      this.#entries.delete(oldest.id);
      if (oldest.kind !== "event") this.#keptBytes -= oldest.beginning.kept;
      this.#listener.onDrop(oldest.id);
    }
  }
}

/** What a connection's recorder needs of the whole. */
interface Book {
  begin(direction: Direction, kind: Live["kind"]): Live;
  event(what: EventEntry["what"], by: EventEntry["by"]): void;
  /** The entry has changed, and keeps so many bytes more. */
  grown(live: Live, bytes: number): void;
  isKept(live: Live): boolean;
}

/** Writes down one TCP connection. */
export class ConnectionRecorder {
  #book: Book;
  #exchange: Exchange = { method: "", key: "", extensions: [], lastWriter: undefined };
  #readers: Record<Direction, Reader>;

  constructor(book: Book) {
    this.#book = book;
    this.#readers = {
      "to-server": new Reader("to-server", book, this.#exchange, () => {}),
      "to-client": new Reader("to-client", book, this.#exchange, (isSwitched) => {
        this.#readers["to-server"].answered(isSwitched);
      }),
    };
  }

  /** A chunk, as the receiver gets it. It is not kept, and not changed. */
  pass(direction: Direction, chunk: Uint8Array): void {
    this.#readers[direction].push(chunk);
  }

  event(what: EventEntry["what"], by: EventEntry["by"]): void {
    // What is cut off now stays cut off.
    if (what === "end") this.#readers[by === "client" ? "to-server" : "to-client"].end();
    if (what === "close" || what === "reset") for (const reader of Object.values(this.#readers)) reader.end();
    this.#exchange.lastWriter = undefined;
    this.#book.event(what, by);
  }
}

/** What the two directions of a connection know of each other. */
interface Exchange {
  /** The method of the last request. */
  method: string;
  /** Its Sec-WebSocket-Key, or an empty string. */
  key: string;
  extensions: string[];
  /** The direction of which something was written down last. */
  lastWriter: Direction | undefined;
}

/** Reads one direction of a connection: HTTP first, frames after the upgrade. */
class Reader {
  #direction: Direction;
  #book: Book;
  #exchange: Exchange;
  #onAnswer: (isSwitched: boolean) => void;

  #mode: "head" | "body" | "frames" | "raw" = "head";
  /** The entry that grows. */
  #live: Live | undefined;
  /** How many bytes of the line breaks that end a head have been seen. */
  #endSeen = 0;
  /** How many bytes of the body or payload are still to come. */
  #left = 0;
  /** The body, if it comes in HTTP's own chunks. */
  #chunked: ChunkedBody | undefined;
  #header = new Uint8Array(14);
  #headerFilled = 0;
  /** Whether we are behind the header of a frame. */
  #inPayload = false;
  #judge: Judge | undefined;
  #rawReason = "";

  constructor(direction: Direction, book: Book, exchange: Exchange, onAnswer: (isSwitched: boolean) => void) {
    this.#direction = direction;
    this.#book = book;
    this.#exchange = exchange;
    this.#onAnswer = onAnswer;
  }

  push(chunk: Uint8Array): void {
    let position = 0;
    while (position < chunk.length) {
      const rest = position === 0 ? chunk : chunk.subarray(position);
      position += this.#take(rest, position === 0);
    }
  }

  /** Nothing more comes. */
  end(): void {
    if (this.#mode !== "frames" || !this.#live || this.#inPayload) return;
    const header = readHeader(this.#header.subarray(0, this.#headerFilled));
    this.#live.problem ??= this.#theJudge().begin(header);
    this.#book.grown(this.#live, 0);
    this.#live = undefined;
  }

  /** For the client's direction: the server has answered the upgrade, or refused it. */
  answered(isSwitched: boolean): void {
    const isAtStart = this.#mode === "frames" && this.#live === undefined && this.#judge === undefined;
    if (isAtStart && !isSwitched) this.#mode = "head";
  }

  /** Takes what belongs to one entry, and returns how many bytes that were. */
  #take(bytes: Uint8Array, startsChunk: boolean): number {
    switch (this.#mode) {
      case "head":
        return this.#takeHead(bytes, startsChunk);
      case "body":
        return this.#takeBody(bytes, startsChunk);
      case "frames":
        return this.#inPayload ? this.#takePayload(bytes, startsChunk) : this.#takeHeader(bytes, startsChunk);
      case "raw":
        return this.#takeRaw(bytes, startsChunk);
    }
  }

  #takeHead(bytes: Uint8Array, startsChunk: boolean): number {
    const live = (this.#live ??= this.#begin("head"));
    let taken = 0;
    const room = KEPT_OF_HEAD - live.beginning.size;
    while (taken < bytes.length && taken < room && this.#endSeen < 4) {
      const expected = this.#endSeen % 2 === 0 ? 13 : 10;
      const byte = bytes[taken];
      this.#endSeen = byte === expected ? this.#endSeen + 1 : byte === 13 ? 1 : 0;
      taken += 1;
    }
    this.#append(live, bytes.subarray(0, taken), startsChunk);

    const isBeginning = live.beginning.size - taken < 24;
    const text = isBeginning || this.#endSeen === 4 ? live.beginning.text() : undefined;
    const isOver = this.#endSeen === 4;
    if (text !== undefined && !looksLikeHttp(text, this.#direction, isOver)) {
      this.#giveUp(live, "These bytes are not HTTP, and no handshake has come before them.");
    } else if (isOver) {
      this.#endHead(live, text ?? "");
    } else if (live.beginning.size >= KEPT_OF_HEAD) {
      this.#giveUp(live, "The head of an HTTP message should end, and this one has not after 64 kB.");
    }
    return taken;
  }

  #endHead(live: Live, text: string): void {
    live.complete = true;
    this.#endSeen = 0;
    if (this.#direction === "to-client") live.refusal = refusalOf(text, this.#exchange.key);
    this.#book.grown(live, 0);
    if (this.#direction === "to-server") {
      this.#exchange.key = headerValue(text, "sec-websocket-key");
      this.#exchange.method = text.slice(0, text.indexOf(" "));
      const isUpgrade = /(^|,)\s*websocket\s*(,|$)/i.test(headerValue(text, "upgrade"));
      const body = bodyLength(text, 0);
      // A client may send its first frames before the answer.
      if (isUpgrade && body === 0) this.#enter("frames");
      else this.#expectBody(body, isChunked(text));
      return;
    }
    const status = Number(text.slice(9, 12));
    if (status === 101) {
      const extensions = headerValue(text, "sec-websocket-extensions").split(",");
      const names = extensions.map((extension) => extension.split(";")[0]?.trim().toLowerCase() ?? "");
      this.#exchange.extensions = names.filter((name) => name !== "");
      this.#enter("frames");
    } else {
      const hasNone = status < 200 || status === 204 || status === 304 || this.#exchange.method === "HEAD";
      this.#expectBody(hasNone ? 0 : bodyLength(text, Infinity), isChunked(text));
    }
    if (status === 101 || status >= 200) this.#onAnswer(status === 101);
  }

  #expectBody(length: number, isChunked: boolean): void {
    this.#left = length;
    if (length === Infinity && isChunked) this.#chunked = new ChunkedBody();
    if (length === 0) this.#enter("head");
    else this.#mode = "body";
  }

  #enter(mode: "head" | "frames"): void {
    this.#chunked = undefined;
    this.#mode = mode;
    this.#live = undefined;
  }

  #takeBody(bytes: Uint8Array, startsChunk: boolean): number {
    const taken = this.#chunked?.take(bytes) ?? Math.min(bytes.length, this.#left);
    if (this.#live) this.#append(this.#live, bytes.subarray(0, taken), startsChunk);
    this.#left -= taken;
    if (this.#chunked?.isOver || this.#left === 0) this.#enter("head");
    return taken;
  }

  #takeHeader(bytes: Uint8Array, startsChunk: boolean): number {
    const live = (this.#live ??= this.#begin("frame"));
    const before = this.#headerFilled;
    this.#header.set(bytes.subarray(0, this.#header.length - before), before);
    const there = Math.min(before + bytes.length, this.#header.length);
    const header = readHeader(this.#header.subarray(0, there));
    this.#headerFilled = Math.min(there, header?.headerLength ?? 2);
    const part = bytes.subarray(0, this.#headerFilled - before);
    this.#append(live, part, startsChunk);

    if (isUnreadable(header, this.#exchange.extensions)) {
      live.problem = this.#theJudge().begin(header);
      this.#giveUp(live, isImpossible(header?.payloadLength) ? NO_LENGTH : NO_FRAMES);
    } else if (header?.payloadLength !== undefined && this.#headerFilled === header.headerLength) {
      live.extensions = this.#exchange.extensions;
      live.problem = this.#theJudge().begin(header);
      live.beginning.limit = this.#headerFilled + KEPT_OF_PAYLOAD;
      // Beyond 2 ** 53 the number is not exact, and nobody will be there to see the end.
      this.#left = Number(header.payloadLength);
      this.#headerFilled = 0;
      this.#inPayload = true;
      if (this.#left === 0) this.#endFrame(live);
    }
    return part.length;
  }

  #takePayload(bytes: Uint8Array, startsChunk: boolean): number {
    const part = bytes.subarray(0, this.#left);
    this.#left -= part.length;
    const live = this.#live;
    const problem = this.#theJudge().payload(part);
    if (live) {
      live.problem ??= problem;
      this.#append(live, part, startsChunk);
      if (this.#left === 0) this.#endFrame(live);
    }
    return part.length;
  }

  #endFrame(live: Live): void {
    const problem = this.#theJudge().end();
    live.problem ??= problem;
    live.complete = true;
    this.#book.grown(live, 0);
    this.#inPayload = false;
    this.#live = undefined;
  }

  #takeRaw(bytes: Uint8Array, startsChunk: boolean): number {
    // When the other side has said something in between, the order is worth a new entry.
    const goesOn = this.#live && this.#exchange.lastWriter === this.#direction && this.#book.isKept(this.#live);
    const live = goesOn && this.#live ? this.#live : this.#begin("raw");
    live.reason = this.#rawReason;
    this.#live = live;
    this.#append(live, bytes, startsChunk);
    return bytes.length;
  }

  /** The entry turns out to be unreadable, and so is everything behind it. */
  #giveUp(live: Live, reason: string): void {
    live.kind = "raw";
    live.reason = reason;
    live.beginning.limit = Math.max(KEPT_OF_RAW, live.beginning.kept);
    this.#rawReason = reason;
    this.#mode = "raw";
    this.#book.grown(live, 0);
  }

  #begin(kind: Live["kind"]): Live {
    this.#exchange.lastWriter = this.#direction;
    return this.#book.begin(this.#direction, kind);
  }

  #append(live: Live, part: Uint8Array, startsChunk: boolean): void {
    this.#exchange.lastWriter = this.#direction;
    this.#book.grown(live, live.beginning.add(part, startsChunk));
  }

  #theJudge(): Judge {
    const from = this.#direction === "to-server" ? "client" : "server";
    return (this.#judge ??= new Judge({ from, extensions: this.#exchange.extensions }));
  }
}

/** The first bytes of something, and where in it chunks began. */
class Beginning {
  /** How many bytes are kept at most. It may change while nothing was left out. */
  limit: number;
  /** How many bytes there were. */
  size = 0;
  cuts: number[] = [];
  #bytes = Buffer.alloc(0);
  #filled = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** How many bytes are kept. */
  get kept(): number {
    return this.#filled;
  }

  /** Adds the next part, and returns how many bytes of it are kept. */
  add(part: Uint8Array, startsChunk: boolean): number {
    if (startsChunk && this.cuts.length < MOST_CUTS) this.cuts.push(this.size);
    this.size += part.length;
    const kept = Math.min(part.length, this.limit - this.#filled);
    if (kept <= 0) return 0;
    if (this.#filled + kept > this.#bytes.length) {
      // Small ones share their memory: a flood of frames would otherwise be a flood of allocations.
      const larger = Buffer.allocUnsafe(Math.max(64, 2 * this.#bytes.length, this.#filled + kept));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(part.subarray(0, kept), this.#filled);
    this.#filled += kept;
    return kept;
  }

  /** The bytes as characters, one for one. */
  text(): string {
    return this.#bytes.toString("latin1", 0, this.#filled);
  }

  base64(): string {
    return this.#bytes.toString("base64", 0, this.#filled);
  }
}

function toEntry(live: Live): WireEntry {
  const { id, connection, time, direction, beginning, complete, extensions, reason, problem, refusal } = live;
  const common = {
    id,
    connection,
    time,
    direction,
    bytes: beginning.base64(),
    size: beginning.size,
    cuts: [...beginning.cuts],
  };
  const itsProblem = problem && { problem };
  switch (live.kind) {
    case "head":
      return { ...common, kind: "head", complete, ...(refusal && { problem: refusal }) };
    case "frame":
      return { ...common, kind: "frame", complete, extensions, ...itsProblem };
    case "raw":
      return { ...common, kind: "raw", reason, ...itsProblem };
  }
}

/** What browsers find wrong with the head of a 101. RFC 6455, section 4.1: the answer belongs to the request's key. */
function refusalOf(head: string, key: string): HandshakeProblem | undefined {
  if (Number(head.slice(9, 12)) !== 101 || key === "") return undefined;
  const accept = headerValue(head, "sec-websocket-accept");
  if (accept === acceptFor(key)) return undefined;
  const why = accept === "" ? "Sec-WebSocket-Accept is missing." : "Sec-WebSocket-Accept does not fit the key of the request.";
  return { sentence: `Browsers fail the connection here: ${why}`, section: "4.1", step: "accept-key" };
}

function acceptFor(key: string): string {
  return createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
}

/** Whether this may be, or if it is whole, is the head of an HTTP message. */
function looksLikeHttp(text: string, direction: Direction, isWhole: boolean): boolean {
  if (direction === "to-server") {
    return isWhole ? /^[A-Z]+ \S+ HTTP\/\d\.\d\r\n/.test(text) : /^[A-Z]{1,20}( |$)/.test(text);
  }
  return isWhole ? /^HTTP\/\d\.\d \d{3}[ \r]/.test(text) : text.startsWith("HTTP/".slice(0, text.length));
}

/** All values of a header, joined by commas; an empty string if it is not there. */
function headerValue(head: string, name: string): string {
  const values: string[] = [];
  for (const line of head.split("\r\n").slice(1)) {
    const colon = line.indexOf(":");
    if (colon > 0 && line.slice(0, colon).toLowerCase() === name) values.push(line.slice(colon + 1).trim());
  }
  return values.join(", ");
}

/** Whether the body behind this head tells its end itself. */
function isChunked(head: string): boolean {
  return /(^|,)\s*chunked\s*$/i.test(headerValue(head, "transfer-encoding"));
}

/** How long the body behind this head is: `Infinity` if only its chunks or the end of the connection tell. */
function bodyLength(head: string, otherwise: number): number {
  if (headerValue(head, "transfer-encoding") !== "") return Infinity;
  const length = headerValue(head, "content-length");
  return /^\d+$/.test(length) ? Number(length) : otherwise;
}

function now(): number {
  return performance.timeOrigin + performance.now();
}
