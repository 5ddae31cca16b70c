import type { Check } from "../checks/check.ts";
import { causeOfAccept, causeOfPayload } from "../checks/causes.ts";
import { CheckError, section } from "../checks/check-error.ts";
import { describeBytes, describeLastFrame } from "../checks/describe-bytes.ts";
import { requirements } from "../checks/requirements.ts";
import { formatWrongByte } from "../checks/wrong-byte.ts";
import { paint } from "../lib/colours.ts";
import { recogniseMistakes, type KnownFailures } from "./mistakes.ts";
import { isServersFault, type Round, type Standing } from "./round.ts";

/** More checks than that are counted, not listed. */
const MOST_LISTED = 12;
/** So many connections of a check are shown. */
const MOST_CONVERSATIONS = 3;

const MARKS: Record<Standing["state"], string> = { waiting: "·", running: "·", passed: "✔", failed: "✖", skipped: "-" };

/** A line for each check: whether it passed. */
export function listChecks({ checks, standings }: Round): string[] {
  return checks.map((check, i) => checkLine(check, standings[i]!));
}

function checkLine({ title }: Check, standing: Standing): string {
  const line = `${MARKS[standing.state]} ${title}`;
  if (standing.state === "passed") return paint("green", line);
  if (standing.state === "failed") return paint("red", line);
  return standing.state === "skipped" ? `${line} (not tried: ${standing.why})` : line;
}

/** The checks as a verdict shows them: all of them if they are few, else the failed ones. */
export function showChecks(round: Round): string[] {
  if (round.checks.length <= MOST_LISTED) return listChecks(round);
  const failed = round.checks.flatMap((check, i) => (round.standings[i]?.state === "failed" ? [checkLine(check, round.standings[i])] : []));
  const shown = failed.slice(0, MOST_LISTED / 2);
  if (failed.length > shown.length) shown.push(`  … and ${failed.length - shown.length} more that fail (? lists all)`);
  return shown;
}

/** Why a check failed: its message, the bytes both ways, the first wrong one, the rule, a known mistake. */
export function explainFailure(check: Check, error: Error, known: KnownFailures | undefined): string[] {
  if (!isServersFault(error)) return [`The check itself has failed, which is no fault of yours: ${error.stack}`];
  const lines = error.message.split("\n");
  const { conversations = [], wrongByte } = error instanceof CheckError ? error.evidence : {};
  if (!lines.some((line) => line.trim() === "We sent:")) {
    for (const { sent, received, ending } of conversations.slice(0, MOST_CONVERSATIONS)) {
      const end = ending === undefined ? "" : `\n(then ${ending})`;
      lines.push(...section("We sent:", describeBytes(sent)).split("\n"));
      lines.push(...section("Came back:", describeBytes(received) + end).split("\n"));
    }
  }
  // Where the answer is wrong, its byte is telling; where a frame was misread or not answered, the frame is.
  const isMisread = wrongByte === undefined || lines.includes("It printed:");
  const frame = isMisread ? describeLastFrame(conversations.at(-1)?.sent ?? new Uint8Array()) : undefined;
  if (frame !== undefined) lines.push("The last frame that we sent, field by field:", `  ${frame}`);
  if (wrongByte !== undefined) lines.push(...formatWrongByte(wrongByte).split("\n"));
  const last = conversations.at(-1);
  const byte = wrongByte && last && causeOfPayload(wrongByte, last);
  if (byte !== undefined) lines.push(byte);
  for (const id of check.proves) {
    const { source, text } = requirements[id];
    lines.push(source === "the course" ? text : `${source}: ${text}`);
  }
  const accept = wrongByte?.where.endsWith("Sec-WebSocket-Accept") && last && causeOfAccept(last);
  if (!accept) return [...lines, ...nameMistakes(check, error, known)];
  // Up there it is seen without scrolling; and what names the cause leaves nothing to compare with.
  lines.splice(1, 0, accept);
  return lines;
}

function nameMistakes(check: Check, error: Error, known: KnownFailures | undefined): string[] {
  const recognised = recogniseMistakes(known, check.title, error);
  if (recognised === "unchanged") return ["The step before fails in just this way: what the lesson changes has no effect yet."];
  const { mistakes } = recognised;
  const [only] = mistakes;
  if (only === undefined) return [];
  if (mistakes.length === 1) return [`A known mistake fails in this way: ${only.mistake}`, `  ${only.name}`];
  return ["Known mistakes that fail in this way:", ...mistakes.flatMap(({ mistake, name }) => [`  ${mistake}`, `    ${name}`])];
}

/** `4 of 6 checks pass`, and what is still to come. */
export function summary(round: Round): string {
  const tried = round.checks.length - round.count("skipped");
  const open = round.count("waiting") + round.count("running");
  const rest = open === 0 ? "" : `, ${open} still ${open === 1 ? "runs" : "run"}`;
  return `${round.count("passed")} of ${plural(tried, "check")} pass${rest}`;
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
