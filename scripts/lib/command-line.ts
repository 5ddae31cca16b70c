import { UsageError } from "./cli.ts";

/**
 * The words of a command line, without a shell: they stand apart by spaces, and quotes hold one
 * together. A backslash is a character like any other, as in Windows' paths. Throws a `UsageError`.
 */
export function splitCommandLine(line: string): string[] {
  const isBalanced = /^(?:"[^"]*"|'[^']*'|[^"'])*$/.test(line);
  if (!isBalanced) throw new UsageError(`The command has a quote without an end: ${line}`);
  const words = line.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g);
  if (words === null) throw new UsageError("The command is empty: give the one that starts your server.");
  return words.map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"));
}

/** The opposite of {@link splitCommandLine}. */
export function joinCommandLine(words: readonly string[]): string {
  return words.map((word) => (/^[^\s"']+$/.test(word) ? word : quote(word))).join(" ");
}

/** Neither kind of quotes can hold itself: `"` goes into the other ones, piece by piece. */
function quote(word: string): string {
  const pieces = word.match(/"+|[^"]+/g) ?? [""];
  return pieces.map((piece) => (piece.startsWith('"') ? `'${piece}'` : `"${piece}"`)).join("");
}
