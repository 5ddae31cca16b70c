/** A check that failed. The message is for the person whose server it is. */
export class CheckError extends Error {
  override name = "CheckError";

  constructor(message: string) {
    super(message);
    // Whoever reads this mends a server, and our stack does not lead there.
    this.stack = message;
  }
}

/** Puts a text below a heading, indented. */
export function section(heading: string, text: string): string {
  return `${heading}\n${text.replace(/^/gm, "  ")}`;
}
