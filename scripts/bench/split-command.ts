import { UsageError } from "../lib/cli.ts";

/**
 * The words of a command line, without a shell: they stand apart by spaces, and quotes hold one
 * together. A backslash is a character like any other, as in Windows' paths. Throws a `UsageError`.
 */
export function splitCommand(line: string): string[] {
  const words = [...line.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) => word.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"));
  const isBalanced = /^(?:"[^"]*"|'[^']*'|[^"'])*$/.test(line);
  if (!isBalanced) throw new UsageError(`--command has a quote without an end: ${line}`);
  if (words.length === 0) throw new UsageError("--command is empty: give the command that starts your server.");
  return words;
}
