/**
 * Prints to a terminal line by line, and lets the checks run in between: a terminal takes what it is
 * given before we go on, and a slow one would make us miss answers.
 */
export class Printer {
  #lines: string[] = [];
  #write: (text: string) => void;
  #turn: NodeJS.Immediate | undefined;

  constructor(write: (text: string) => void = (text) => void process.stdout.write(text)) {
    this.#write = write;
  }

  /** Prints a line, or several, soon. */
  print(text: string): void {
    this.#lines.push(...text.split("\n"));
    this.#turn ??= setImmediate(() => this.#next());
  }

  /** Prints all that waits, now. */
  flush(): void {
    clearImmediate(this.#turn);
    this.#turn = undefined;
    const rest = this.#lines.splice(0);
    if (rest.length > 0) this.#write(`${rest.join("\n")}\n`);
  }

  #next(): void {
    this.#turn = undefined;
    const line = this.#lines.shift();
    if (line !== undefined) this.#write(`${line}\n`);
    if (this.#lines.length > 0) this.#turn = setImmediate(() => this.#next());
  }
}
