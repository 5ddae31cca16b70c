import { escapeHtml } from "../../scripts/lib/html.ts";
import { decodeFrames, toHex, type Frame } from "../../scripts/wire/decode-frame.ts";
import { isUnreadable, Judge, type FrameProblem } from "../../scripts/wire/judge.ts";
import { grouped, opcodeName, plural } from "./frame-fields.ts";
import { renderFrame } from "./render-frame.ts";

export type Sender = "client" | "server";

/** A frame that was found, and what a strict receiver does with it. */
export interface Verdict {
  frame: Frame;
  /** Where it begins, in bytes. */
  offset: number;
  /** `gone`: the receiver has ended the connection before it. */
  kind: "accepted" | "refused" | "waiting" | "gone";
  problem?: FrameProblem | undefined;
}

export interface Reading {
  from: Sender;
  verdicts: Verdict[];
  /** How many bytes were not looked at, since the last frame cannot be told from what follows, or there are too many frames. */
  rest: number;
}

/** The most frames that are read at once. */
const MOST_FRAMES = 40;
/** How much of a frame is drawn. */
const DRAWN_BYTES = 1024;

/** Finds the frames in a row of bytes, and judges them one after the other. */
export function readFrames(bytes: Uint8Array, from: Sender): Reading {
  const judge = new Judge({ from });
  const verdicts: Verdict[] = [];
  let offset = 0;
  let isGone = false;
  for (const frame of decodeFrames(bytes)) {
    const problem = judge.judge(frame, frame.complete);
    const kind = isGone ? "gone" : problem ? "refused" : frame.complete ? "accepted" : "waiting";
    verdicts.push({ frame, offset, kind, problem: isGone ? undefined : problem });
    isGone ||= problem !== undefined || isClose(frame);
    offset += frame.bytes.length;
    if (!frame.complete || isUnreadable(frame.header) || verdicts.length === MOST_FRAMES) break;
  }
  return { from, verdicts, rest: bytes.length - offset };
}

/** Who sends bytes that nobody has said it of: a mask is a client's. */
export function guessSender(bytes: Uint8Array): Sender {
  return ((bytes[1] ?? 128) & 128) === 128 ? "client" : "server";
}

/** The links to the steps: from a slug to the step's number and address. */
export type StepLinks = (slug: string) => { name: string; href: string };

/** All frames with their verdicts, as HTML. */
export function renderReading({ from, verdicts, rest }: Reading, links: StepLinks): string {
  const several = verdicts.length > 1;
  const parts = verdicts.map((verdict, index) => {
    const { frame, offset } = verdict;
    const title = `${several ? `${index + 1}. ` : ""}${capital(opcodeName((frame.bytes[0] ?? 0) & 15))} frame`;
    const bytes = frame.bytes.subarray(0, DRAWN_BYTES);
    const drawn = renderFrame(bytes, { from, label: title, size: frame.bytes.length });
    const place = several && offset > 0 ? `<span class="quiet">from byte ${grouped(offset)} on</span>` : "";
    return `<li>${renderVerdict(verdict, from, links, place)}<ws-frame hex="${toHex(bytes)}" from="${from}">${drawn}</ws-frame></li>`;
  });
  const left = rest > 0 ? `<p class="quiet">${plural(rest, "more byte")}, not read.</p>` : "";
  return `<ol class="readings">${parts.join("")}</ol>${left}`;
}

function renderVerdict(verdict: Verdict, from: Sender, links: StepLinks, place: string): string {
  const { problem, kind } = verdict;
  const sentence = escapeHtml(describeVerdict(verdict, from));
  if (!problem) return `<p class="verdict ${kind}"><b>${sentence}</b> ${place}</p>`;
  const { name, href } = links(problem.step);
  return (
    `<p class="verdict refused"><b>${sentence}</b> ${escapeHtml(problem.sentence)} ` +
    `<a href="https://www.rfc-editor.org/rfc/rfc6455#section-${problem.section}">RFC 6455, section ${problem.section}</a>; ` +
    `see <a href="${escapeHtml(href)}">${escapeHtml(name)}</a>. ${place}</p>`
  );
}

/** `A strict server accepts it.` */
export function describeVerdict({ frame, kind, problem }: Verdict, from: Sender): string {
  const receiver = from === "client" ? "server" : "client";
  if (problem) return `A strict ${receiver} would answer with ${problem.code}.`;
  if (kind === "gone") return `A strict ${receiver} does not look at it any more.`;
  if (kind === "waiting") return `A strict ${receiver} waits for ${describeRest(frame)}.`;
  const [first = 0] = frame.bytes;
  const opcode = first & 15;
  const then =
    opcode === 8 ? ", and answers with a Close frame" : opcode === 9 ? ", and answers with a pong" : first < 128 ? ", and waits for the rest of the message" : "";
  return `A strict ${receiver} accepts it${then}.`;
}

function describeRest({ bytes, headerLength, payloadLength }: Frame): string {
  if (headerLength === undefined || payloadLength === undefined) return "the rest of the header";
  return `${plural(BigInt(headerLength) + payloadLength - BigInt(bytes.length), "more byte")}`;
}

/** The whole in a sentence, for those who do not see it. */
export function summarize({ from, verdicts }: Reading): string {
  const last = verdicts.findLast(({ kind }) => kind === "refused") ?? verdicts.findLast(({ kind }) => kind !== "gone");
  if (!last) return "There are no bytes yet.";
  const frames = plural(verdicts.length, "frame");
  return `${frames}. ${describeVerdict(last, from)}${last.problem ? ` ${last.problem.sentence}` : ""}`;
}

function isClose({ bytes, complete }: Frame): boolean {
  return complete && ((bytes[0] ?? 0) & 15) === 8;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
