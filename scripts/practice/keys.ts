import type { Readable } from "node:stream";

/** What keys are read from: a terminal, or a pipe that stands for one. */
export type KeyInput = Readable & { isTTY?: boolean; setRawMode?: (isRaw: boolean) => unknown };

const CTRL_C = "\x03";
const CTRL_D = "\x04";

/**
 * Calls `onKey` for each key: a small letter, `?`, or `q` for Ctrl-C and Ctrl-D too. In a terminal a
 * key counts at once; with `byLine`, and in a pipe, the first letter of a line does. Returns what
 * ends it and gives the terminal back as it was.
 */
export function readKeys(input: KeyInput, onKey: (key: string) => void, { byLine = false } = {}): () => void {
  const isRaw = input.isTTY === true && input.setRawMode !== undefined && !byLine;
  if (isRaw) input.setRawMode?.(true);
  let line = "";
  const take = (text: string): void => {
    // Arrow keys and the like come as an escape and letters that nobody has pressed.
    if (text.startsWith("\x1b")) return;
    for (const char of text) {
      if (char === CTRL_C || char === CTRL_D) onKey("q");
      else if (isRaw) onKey(char.toLowerCase());
      else if (char === "\n" || char === "\r") {
        const key = line.trim()[0];
        line = "";
        if (key !== undefined) onKey(key.toLowerCase());
      } else line += char;
    }
  };
  const listener = (chunk: Buffer | string): void => take(chunk.toString());
  const giveBack = (): void => {
    input.off("data", listener);
    process.off("exit", giveBack);
    if (isRaw) input.setRawMode?.(false);
    input.pause();
  };
  input.on("data", listener);
  input.resume();
  process.once("exit", giveBack);
  return giveBack;
}
