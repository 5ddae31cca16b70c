import { escapeHtml } from "../../scripts/lib/html.ts";
import { decodeFrame, toHex, type Frame } from "../../scripts/wire/decode-frame.ts";
import { isCompressed } from "../../scripts/wire/frame-header.ts";
import { fieldRows, grouped, isPartOfText, opcodeName, plural, type FieldRow } from "./frame-fields.ts";
import { textColumns } from "./frame-text.ts";

/**
 * Draws a frame as HTML: hex, bits, a table of its fields, and the payload column by column. It has
 * neither DOM nor Node: the build of the site and the browser draw the same.
 */

export interface FrameOptions {
  /** Who sends it; without it, the mask tells. */
  from?: "client" | "server" | undefined;
  /** The extensions that were agreed on: with `permessage-deflate`, RSV1 says "compressed". */
  extensions?: string[] | undefined;
  /** Where a TCP chunk began, in bytes from the beginning of the frame. */
  cuts?: number[] | undefined;
  /** How many bytes the frame has so far, if `bytes` are only the beginning. */
  size?: number | undefined;
  /** What stands above it, instead of `Text frame`. */
  label?: string | undefined;
  /** A link to the playground, up to its hash: `../../playground/index.html`. */
  playground?: string | undefined;
}

/** How many bytes of a payload are drawn. */
const PAYLOAD_BYTES = 32;
/** Longer frames do not fit into a link. */
const LINK_BYTES = 1024;

/** Bytes of the header that belong together. */
interface Segment {
  field: string;
  name: string;
  start: number;
  end: number;
}

/** The frame at the beginning of `bytes`, drawn; whatever they are, it never throws. */
export function renderFrame(bytes: Uint8Array, options: FrameOptions = {}): string {
  const frame = decodeFrame(bytes);
  const first = frame.bytes[0];
  if (first === undefined) return `<p class="f-note">There are no bytes.</p>`;
  const compressed = isCompressed(frame.header, options.extensions);
  const size = Math.max(options.size ?? 0, frame.bytes.length);
  const rows = fieldRows(frame, { from: options.from, compressed, size });
  const title = options.label ?? `${capital(opcodeName(first & 15))} frame`;
  const facts = describeSize(frame, size);
  return (
    `<div class="f-frame">` +
    `<p class="f-title"><b>${escapeHtml(title)}</b> <span>${facts}</span>${renderLink(frame, options)}</p>` +
    renderHeader(frame, options.cuts ?? []) +
    renderPayload(frame, { compressed, size, cuts: options.cuts ?? [] }) +
    renderChunks(size, options.cuts ?? []) +
    renderTable(rows) +
    `</div>`
  );
}

function describeSize({ bytes, headerLength, payloadLength, complete }: Frame, size: number): string {
  if (complete) return plural(bytes.length, "byte");
  if (headerLength === undefined || payloadLength === undefined) return `cut off after ${plural(size, "byte")}`;
  const whole = BigInt(headerLength) + payloadLength;
  if (BigInt(size) >= whole) return plural(whole, "byte");
  return size === headerLength ? `its header, of ${plural(whole, "byte")} in all` : `${grouped(size)} of ${plural(whole, "byte")}`;
}

function renderLink({ bytes, complete }: Frame, { playground, from }: FrameOptions): string {
  if (playground === undefined || bytes.length > LINK_BYTES || !complete) return "";
  const sender = from === undefined ? "" : `&amp;from=${from}`;
  return `<a href="${escapeHtml(playground)}#hex=${toHex(bytes, "")}${sender}">Open in the playground</a>`;
}

/** The header: each of its bytes in hex, and the first two bit by bit, as the RFC draws them. */
function renderHeader(frame: Frame, cuts: number[]): string {
  const groups = segments(frame).map(({ field, name, start, end }) => {
    let tiles = "";
    for (let index = start; index < end; index++) {
      tiles += (index > start ? renderCut(cuts, index) : "") + renderTile(frame.bytes[index]);
    }
    const bits = renderBits(start, frame.bytes[start]);
    return `${renderCut(cuts, start)}<div data-field="${field}"><b>${name}</b><span>${tiles}</span>${bits}</div>`;
  });
  return `<div class="f-header" aria-hidden="true">${groups.join("")}</div>`;
}

function renderTile(byte: number | undefined): string {
  return byte === undefined ? "<u></u>" : `<i>${toHex(Uint8Array.of(byte))}</i>`;
}

function renderCut(cuts: number[], index: number): string {
  return index > 0 && cuts.includes(index) ? "<s></s>" : "";
}

/** The header by field; of a field that is not there, the place that it will have. */
function segments({ bytes, headerLength }: Frame): Segment[] {
  const [, second = 0] = bytes;
  const result: Segment[] = [
    { field: "fin rsv opcode", name: "byte 1", start: 0, end: 1 },
    { field: "mask length", name: "byte 2", start: 1, end: 2 },
  ];
  if (headerLength === undefined) return result;
  const short = second & 127;
  const lengthEnd = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (lengthEnd > 2) {
    result.push({ field: "long", name: `length, ${8 * (lengthEnd - 2)} bits`, start: 2, end: lengthEnd });
  }
  if (headerLength > lengthEnd) result.push({ field: "key", name: "masking key", start: lengthEnd, end: headerLength });
  return result;
}

function renderChunks(size: number, cuts: number[]): string {
  const chunks = describeChunks(size, cuts);
  return chunks === "" ? "" : `<p class="f-note">${chunks}</p>`;
}

/** `Came in 3 chunks, of 2, 5 and 4 bytes.` */
function describeChunks(size: number, cuts: number[]): string {
  const inner = [...new Set(cuts)].filter((cut) => cut > 0 && cut < size).sort((a, b) => a - b);
  const shared = cuts.length > 0 && !cuts.includes(0);
  const sentences = shared ? ["It begins in the chunk of the frame before."] : [];
  if (inner.length > 0) {
    const edges = [0, ...inner, size];
    const sizes = edges.slice(1).map((edge, index) => grouped(edge - (edges[index] ?? 0)));
    const list = sizes.length > 8 ? `${sizes.slice(0, 7).join(", ")}, …` : `${sizes.slice(0, -1).join(", ")} and ${sizes.at(-1)}`;
    sentences.push(`It came in ${sizes.length} chunks, with ${list} bytes.`);
  }
  return sentences.join(" ");
}

const BITS: [field: string, name: string, bits: number][][] = [
  [["fin", "FIN", 1], ["rsv", "RSV1–3", 3], ["opcode", "opcode", 4]],
  [["mask", "MASK", 1], ["length", "length", 7]],
];

function renderBits(index: number, byte: number | undefined): string {
  const fields = BITS[index];
  if (!fields || byte === undefined) return "";
  const bits = byte.toString(2).padStart(8, "0");
  let position = 0;
  const groups = fields.map(([field, name, count]) => {
    const cells = [...bits.slice(position, (position += count))].map((bit) => `<i>${bit}</i>`).join("");
    return `<span data-field="${field}">${cells}<b>${name}</b></span>`;
  });
  return `<p>${groups.join("")}</p>`;
}

function renderTable(rows: FieldRow[]): string {
  const lines = rows.map(({ field, name, sent, value, text, meaning }) => {
    const row = `<tr data-field="${field}"><th scope="row">${name}<td>${sent}<td`;
    if (text === undefined) return `${row}>${value}<td>${escapeHtml(meaning)}`;
    return `${row} colspan="2"><bdi>${escapeHtml(text)}</bdi> ${escapeHtml(meaning)}`;
  });
  return (
    `<table class="f-table"><caption class="unseen">The fields of this frame</caption>` +
    `<thead><tr><th scope="col">Field<th scope="col">Sent as<th scope="col">Value<th scope="col">Meaning` +
    `<tbody>${lines.join("")}</table>`
  );
}

interface PayloadOptions {
  compressed: boolean;
  /** How many bytes the frame has, of which the drawing may know only the first. */
  size: number;
  cuts: number[];
}

/** The payload column by column: as it was sent, the key under it, without the mask, as text. */
function renderPayload(frame: Frame, { compressed, size, cuts }: PayloadOptions): string {
  const { bytes, payload, payloadLength = 0n, headerLength = 2 } = frame;
  if (payload.length === 0) return "";
  const opcode = (bytes[0] ?? 0) & 15;
  const isClose = opcode === 8;
  const masked = (bytes[1] ?? 0) >> 7 === 1;
  const key = bytes.subarray(headerLength - 4, headerLength);
  const text = compressed || opcode === 2 ? undefined : columnsOfText(frame, opcode);

  const count = Math.min(payload.length, PAYLOAD_BYTES);
  const columns = Array.from({ length: count }, (_, index) => {
    const unmasking = masked ? renderTile(key[index % 4]) + renderTile(payload[index]) : "";
    const character = text ? `<i>${escapeHtml(text[index] ?? "")}</i>` : "";
    const field = isClose ? ` data-field="${index < 2 ? "code" : "reason"}"` : "";
    return `${renderCut(cuts, headerLength + index)}<span${field}>${renderTile(bytes[headerLength + index])}${unmasking}${character}</span>`;
  });
  // In fours, as long as the key.
  let fours = "";
  for (let index = 0; index < count; index += 4) fours += `<div>${columns.slice(index, index + 4).join("")}</div>`;
  const here = BigInt(size - headerLength) < payloadLength ? BigInt(size - headerLength) : payloadLength;
  const more = here > BigInt(count) ? `<p>… ${plural(here - BigInt(count), "byte")} more</p>` : "";

  const names = masked ? ["masked", "key", "unmasked"] : ["payload"];
  if (text) names.push(isClose ? "meaning" : "text");
  const labels = names.map((name) => `<b>${name}</b>`).join("");
  const whole = isClose ? "" : ` data-field="payload"`;
  return `<div class="f-payload" aria-hidden="true"><p>${labels}</p><div${whole}>${fours}${more}</div></div>`;
}

function columnsOfText(frame: Frame, opcode: number): string[] | undefined {
  const { payload } = frame;
  const isPart = isPartOfText(frame);
  if (opcode !== 8) {
    const columns = textColumns(payload, PAYLOAD_BYTES, isPart);
    // Bytes of a ping or of an unknown opcode are shown as text only if they look like one.
    return opcode <= 1 || !columns.includes("�") ? columns : undefined;
  }
  if (payload.length < 2) return undefined;
  const code = String((payload[0] ?? 0) * 256 + (payload[1] ?? 0));
  return [code, "", ...textColumns(payload.subarray(2), PAYLOAD_BYTES - 2, isPart)];
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
