import { existsSync, readFileSync } from "node:fs";
import { CheckError } from "../checks/check-error.ts";
import { describeBytes } from "../checks/describe-bytes.ts";

/** How a program of `mistakes/` fails: what a learner's failure is compared with. */
export type Signature = {
  /** The path from the top of the course. */
  name: string;
  /** What is wrong with it, in a sentence. */
  mistake: string;
  /** The title of the check that fails. */
  title: string;
  /** The first line of what that check says. */
  says: string;
  /** What came back over the check's connections. */
  received: string;
  /** What the program printed meanwhile. */
  printed: string;
};

/** The signatures of all steps, by slug, as `record-mistakes.ts` has written them. */
export type Signatures = Record<string, Signature[]>;

export const signaturesFile = new URL("mistakes.json", import.meta.url);

/** Reads what `record-mistakes.ts` has written. */
export function readSignatures(file: URL = signaturesFile): Signatures {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Signatures) : {};
}

/** What is compared of a failure, without what differs from run to run. */
export function signatureOf(error: Error): Pick<Signature, "says" | "received" | "printed"> {
  const [says = ""] = error.message.split("\n");
  const { conversations = [], printed = "" } = error instanceof CheckError ? error.evidence : {};
  const received = conversations.map(({ received, ending }) => `${describeBytes(received)}${ending === undefined ? "" : "\n(ended)"}`);
  return { says: neutral(says), received: neutral(received.join("\n--\n")), printed: neutral(usualOut(printed)) };
}

/** So many names are worth reading. */
const MOST_NAMES = 3;

/**
 * The mistakes that fail in the way in which this check failed, the likeliest first. `isExact` says
 * that all that can be seen from outside is the same.
 */
export function recogniseMistakes(
  signatures: readonly Signature[],
  title: string,
  error: Error,
): { isExact: boolean; mistakes: Signature[] } {
  const own = signatureOf(error);
  const scored = signatures
    .filter((each) => each.title === title && each.says === own.says)
    .map((each) => ({ each, score: score(each, own) }));
  const best = Math.max(0, ...scored.map(({ score }) => score));
  const mistakes = scored.filter(({ score }) => score === best).map(({ each }) => each);
  return mistakes.length > MOST_NAMES ? { isExact: false, mistakes: [] } : { isExact: best === 2, mistakes };
}

/** In how many of two ways it looks the same: what came back, what was printed. */
function score(one: Pick<Signature, "received" | "printed">, other: Pick<Signature, "received" | "printed">): number {
  return Number(one.received === other.received) + Number(one.printed === other.printed);
}

/** What is printed whether a program is right or wrong says nothing. */
function usualOut(printed: string): string {
  return printed.split(/\r?\n/).filter((line) => !/^\s*(Listening on port|Upgrading to WebSocket|at )/.test(line)).join("\n").trim();
}

const VARYING: [RegExp, string][] = [
  [/\b(localhost|127\.0\.0\.1|port):? ?\d+/g, "$1 <port>"],
  [/\d+ ms/g, "<time>"],
  [/^Date: .*$/gm, "Date: <date>"],
  [/\b[A-Za-z0-9+/]{27}=(?![A-Za-z0-9+/=])/g, "<accept>"],
  [/\b(ended|reset) the connection/g, "<ending>"],
];

function neutral(text: string): string {
  const result = VARYING.reduce((so, [pattern, word]) => so.replace(pattern, word), text);
  return result.length > 600 ? `${result.slice(0, 600)}…` : result;
}
