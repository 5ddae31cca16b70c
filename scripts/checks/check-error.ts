import type { WrongByte } from "./wrong-byte.ts";

/** What went over one connection of a check, as far as it got. */
export type Conversation = {
  sent: Uint8Array;
  received: Uint8Array;
  /** How the other side ended it, as the end of a sentence; `undefined` while it is open. */
  ending?: string | undefined;
};

/** What lies behind the message of a failed check, for those who show more than that. */
export type Evidence = {
  conversations?: readonly Conversation[];
  /** What the server has printed since the check began. */
  printed?: string;
  /** The first byte that is not as it should be, where one can tell. */
  wrongByte?: WrongByte | undefined;
};

/** A check that failed. The message is for the person whose server it is. */
export class CheckError extends Error {
  override name = "CheckError";
  readonly evidence: Evidence;

  constructor(message: string, evidence: Evidence = {}) {
    super(message);
    this.evidence = evidence;
    // Whoever reads this mends a server, and our stack does not lead there.
    this.stack = message;
  }
}

/** Puts a text below a heading, indented. */
export function section(heading: string, text: string): string {
  return `${heading}\n${text.replace(/^/gm, "  ")}`;
}
