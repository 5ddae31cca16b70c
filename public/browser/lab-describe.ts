import type { Direction, EventEntry, FrameEntry, HeadEntry, RawEntry, WireEntry } from "../../scripts/lab/messages.ts";
import { decodeFrame, OPCODES, toHex } from "../../scripts/wire/decode-frame.ts";
import { isCompressed } from "../../scripts/wire/frame-header.ts";
import { plural } from "./frame-fields.ts";
import { visibleText } from "./frame-text.ts";

/** Who sends, and who receives. */
export const DIRECTIONS: Readonly<Record<Direction, { arrow: string; words: string; from: "client" | "server" }>> = {
  "to-server": { arrow: "→", words: "client to server", from: "client" },
  "to-client": { arrow: "←", words: "server to client", from: "server" },
};

/** What a row of the wire view says of an entry. All of it is plain text from strangers. */
export interface Summary {
  /** What it is: `text`, `ping`, `request`. */
  name: string;
  /** Bits that are set, as the RFC calls them. */
  flags: string[];
  /** The size of the payload, or of everything. */
  size: string;
  /** The beginning of the content. */
  preview: string;
  /** What is to be said of chunks, and of an end that has not come. */
  marks: string[];
  complete: boolean;
}

/** How much of a payload a row shows, in characters. */
const PREVIEW = 80;

export function summarise(entry: WireEntry): Summary {
  switch (entry.kind) {
    case "frame":
      return summariseFrame(entry);
    case "head":
      return summariseHead(entry);
    case "raw":
      return summariseRaw(entry);
    case "event":
      return { ...NOTHING, name: "tcp", preview: eventSentence(entry) };
  }
}

const NOTHING: Summary = { name: "", flags: [], size: "", preview: "", marks: [], complete: true };

function summariseFrame(entry: FrameEntry): Summary {
  const frame = decodeFrame(bytesOf(entry));
  const value = (name: string): string | undefined => frame.fields.find((field) => field.name === name)?.value;
  const opcode = value("opcode");
  const flags = [
    ["fin", "FIN"],
    ["rsv1", "RSV1"],
    ["rsv2", "RSV2"],
    ["rsv3", "RSV3"],
    ["masked", "MASK"],
  ].flatMap(([name = "", label = ""]) => (value(name) === "1" ? [label] : []));
  const compressed = isCompressed(frame.header, entry.extensions);
  return {
    name: opcode === undefined ? "frame" : (OPCODES[Number(opcode)] ?? `opcode ${opcode}`),
    flags,
    size: frame.payloadLength === undefined ? "" : plural(frame.payloadLength, "byte"),
    preview: compressed ? "(compressed)" : payloadPreview(Number(opcode), frame.payload),
    marks: chunkMarks(entry, entry.complete ? "frame" : ""),
    complete: entry.complete,
  };
}

function payloadPreview(opcode: number, payload: Uint8Array): string {
  if (payload.length === 0) return "";
  if (opcode === 8 && payload.length >= 2) {
    const code = (payload[0]! << 8) | payload[1]!;
    return `${code} ${toText(payload.subarray(2)) ?? ""}`.trim();
  }
  const text = opcode === 2 ? undefined : toText(payload);
  return text === undefined ? hexPreview(payload) : shorten(visibleText(text));
}

function summariseHead(entry: HeadEntry): Summary {
  const [first = ""] = latin1(bytesOf(entry)).split(/\r?\n/, 1);
  return {
    ...NOTHING,
    name: entry.direction === "to-server" ? "request" : "response",
    size: plural(entry.size, "byte"),
    preview: shorten(visibleText(first)),
    marks: chunkMarks(entry, ""),
    complete: entry.complete,
  };
}

function summariseRaw(entry: RawEntry): Summary {
  const bytes = bytesOf(entry);
  const text = toText(bytes);
  return {
    ...NOTHING,
    name: "raw",
    size: plural(entry.size, "byte"),
    preview: text === undefined ? hexPreview(bytes) : shorten(visibleText(text)),
    marks: chunkMarks(entry, ""),
  };
}

function chunkMarks(entry: FrameEntry | HeadEntry | RawEntry, what: string): string[] {
  const inside = entry.cuts.filter((cut) => cut > 0).length;
  const marks: string[] = [];
  if (what !== "" && !entry.cuts.includes(0)) marks.push("same chunk as before");
  if (inside > 0) marks.push(`in ${inside >= 63 ? "64 or more" : inside + 1} chunks`);
  return marks;
}

/** What became of the TCP connection, in one sentence. */
export function eventSentence({ what, by }: EventEntry): string {
  const who = by === "client" ? "The client" : "The server";
  switch (what) {
    case "open":
      return `${who} opened the TCP connection.`;
    case "end":
      return `${who} sends nothing more (FIN).`;
    case "close":
      return `${who} closed the TCP connection.`;
    case "reset":
      return `${who} reset the TCP connection (RST).`;
    case "refused":
      return "Nobody listens behind the tap: the server does not run.";
  }
}

/** Whether it is a frame whose opcode is that of a control frame. */
export function isControl(entry: WireEntry): boolean {
  return entry.kind === "frame" && (atob(entry.bytes.slice(0, 4)).charCodeAt(0) & 0x08) !== 0;
}

const decoded = new WeakMap<object, Uint8Array<ArrayBuffer>>();

/** The bytes that the lab kept of the entry. Whoever asks again gets the same ones. */
export function bytesOf(entry: { bytes: string }): Uint8Array<ArrayBuffer> {
  const known = decoded.get(entry);
  if (known) return known;
  const bytes = Uint8Array.from(atob(entry.bytes), (letter) => letter.charCodeAt(0));
  decoded.set(entry, bytes);
  return bytes;
}

/** A header line, and whether it matters for the handshake. */
export interface HeadLine {
  text: string;
  matters: boolean;
}

const MATTERS = /^(?:HTTP\/1\.[01] |GET |(?:Upgrade|Connection|Origin|Sec-WebSocket-[\w-]+):)/i;

/** The lines of a request or a response, at most so many of them. */
export function headLines(entry: HeadEntry, most: number): HeadLine[] {
  const text = latin1(bytesOf(entry)).trimEnd();
  let inHead = true;
  return text.split(/\r?\n/, most).map((line, index) => {
    if (line === "") inHead = false;
    return { text: visibleText(line), matters: inHead && (index === 0 || MATTERS.test(line)) };
  });
}

/** Lines of 16 bytes: offset, hex, text. */
export function hexdump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let offset = 0; offset < bytes.length; offset += 16) {
    const row = bytes.subarray(offset, offset + 16);
    const text = [...row].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·")).join("");
    lines.push(`${offset.toString(16).padStart(4, "0")}  ${toHex(row).padEnd(47)}  ${text}`);
  }
  return lines.join("\n");
}

/** The text, if the bytes are UTF-8 up to a character that is cut off at their end. */
function toText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true });
  } catch {
    return undefined;
  }
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function shorten(text: string): string {
  const characters = [...text.slice(0, 2 * PREVIEW)];
  return characters.length > PREVIEW || text.length > 2 * PREVIEW ? `${characters.slice(0, PREVIEW).join("")}…` : text;
}

function hexPreview(bytes: Uint8Array): string {
  return toHex(bytes.subarray(0, 16)) + (bytes.length > 16 ? " …" : "");
}
