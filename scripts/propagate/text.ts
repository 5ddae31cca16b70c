/*
 * Files are merged as text in which one character is one byte (latin1): so a byte that is not
 * UTF-8 survives, and only what is shown has to be decoded.
 */

/** Whether a file is not text, by git's own rule of thumb. */
export function isBinary(data: Buffer): boolean {
  return data.subarray(0, 8000).includes(0);
}

/** A text file with LF line endings, unless it mixes them: then as it is. */
export function toText(data: Buffer): string {
  const raw = data.toString("latin1");
  return hasOnlyCrlf(raw) ? raw.replaceAll("\r\n", "\n") : raw;
}

/** A text as bytes, with the line endings that `like` has. */
export function toData(text: string, like: Buffer): Buffer {
  const crlf = hasOnlyCrlf(like.toString("latin1"));
  return Buffer.from(crlf ? text.replaceAll("\n", "\r\n") : text, "latin1");
}

function hasOnlyCrlf(raw: string): boolean {
  return raw.includes("\r\n") && !/(^|[^\r])\n/.test(raw);
}

/** Whether two files say the same, line endings aside. */
export function sameContent(a: Buffer, b: Buffer): boolean {
  return a.equals(b) || (!isBinary(a) && !isBinary(b) && toText(a) === toText(b));
}

/** The lines of a text, each with its line end. */
export function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** A text of the merge for the terminal. */
export function forDisplay(text: string): string {
  return Buffer.from(text, "latin1").toString("utf8").replaceAll("\r", "");
}
