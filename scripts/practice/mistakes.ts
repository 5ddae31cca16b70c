import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { CheckError } from "../checks/check-error.ts";
import { describeBytes } from "../checks/describe-bytes.ts";

/** What a failure looks like from outside, without what differs from run to run, as digests. */
export type Look = {
  /** What the check says, what came back, and what the program printed. */
  whole: string;
  /** The same without what was printed; only if more came back than the handshake, which is proof enough. */
  wire?: string;
};

/** How a program of `mistakes/` fails: what a learner's failure is compared with. */
export type Signature = Look & {
  /** The path from the top of the course. */
  name: string;
  /** What is wrong with it, in a sentence. */
  mistake: string;
  /** The title of the check that fails. */
  title: string;
};

/** What is known of a step's failures. */
export type KnownFailures = {
  mistakes: Signature[];
  /** How the course's step before fails each check, by its title: who fails so has not begun. */
  unchanged: Record<string, Look>;
};

/** What is known of the failures of all steps, by slug, as `record-mistakes.ts` has written it. */
export type Signatures = Record<string, KnownFailures>;

export const signaturesFile = new URL("mistakes.json", import.meta.url);

/** Reads what `record-mistakes.ts` has written. */
export function readSignatures(file: URL = signaturesFile): Signatures {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Signatures) : {};
}

/** What a failure looks like. */
export function lookOf(error: Error): Look {
  const [says = ""] = error.message.split("\n");
  const { conversations = [], printed = "" } = error instanceof CheckError ? error.evidence : {};
  const received = conversations.map(({ received, ending }) => `${describeBytes(received)}${ending === undefined ? "" : "\n(ended)"}`);
  const wire = `${neutral(says)}\n${neutral(received.join("\n--\n"))}`;
  const look: Look = { whole: digest(`${wire}\n${withoutLabel(neutral(usualOut(printed)))}`) };
  // Behind the empty line that ends a response, more has come.
  if (wire.includes("\n\n")) look.wire = digest(wire);
  return look;
}

/** So many names are worth reading. */
const MOST_NAMES = 3;

/** What a failure looks like to those who have seen many. */
export type Recognised = "unchanged" | { mistakes: Signature[] };

/**
 * The mistakes that fail in the way in which this check failed; or `"unchanged"` if the step before
 * fails in this way, and there is nothing to recognise yet.
 */
export function recogniseMistakes(known: KnownFailures | undefined, title: string, error: Error): Recognised {
  if (known === undefined) return { mistakes: [] };
  const own = lookOf(error);
  const unchanged = known.unchanged[title];
  if (unchanged !== undefined && isAlike(own, unchanged)) return "unchanged";
  const mistakes = known.mistakes.filter((each) => each.title === title && isAlike(own, each));
  return { mistakes: mistakes.length > MOST_NAMES ? [] : mistakes };
}

function isAlike(one: Look, other: Look): boolean {
  return one.whole === other.whole || (one.wire !== undefined && one.wire === other.wire);
}

/** `Received a frame with opcode 1: W|wo` is what others print as `Received: W|wo`. */
function withoutLabel(printed: string): string {
  return printed.replace(/^[^:\n]*: ?/, "");
}

/** What is printed whether a program is right or wrong says nothing. */
function usualOut(printed: string): string {
  // Of a crash, the error is telling; where it was thrown differs from one Node to the next.
  const [error] = /^\s+at /m.test(printed) ? (/^\w*Error.*$/m.exec(printed) ?? []) : [];
  if (error !== undefined) return error;
  return printed.split(/\r?\n/).filter((line) => !/^\s*(Listening on port|Upgrading to WebSocket|at )/.test(line)).join("\n").trim();
}

const VARYING: [RegExp, string][] = [
  // The bytes of a text that names a port are as different as the port; the text stands behind them.
  [/^(?:[0-9a-f]{2} )+ *(?=\(.*\b(?:localhost|127\.0\.0\.1):\d)/gm, ""],
  [/\b(localhost|127\.0\.0\.1|port):? ?\d+/g, "$1 <port>"],
  [/\d+ ms/g, "<time>"],
  [/^Date: .*$/gm, "Date: <date>"],
  [/\b[A-Za-z0-9+/]{27}=(?![A-Za-z0-9+/=])/g, "<accept>"],
  [/\b(ended|reset) the connection/g, "<ending>"],
];

function neutral(text: string): string {
  return VARYING.reduce((so, [pattern, word]) => so.replace(pattern, word), text);
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 12);
}
