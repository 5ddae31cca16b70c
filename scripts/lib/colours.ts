const CODES = { bold: [1, 22], red: [31, 39], green: [32, 39], cyan: [36, 39] } as const;

export type Colour = keyof typeof CODES;

/** Whether stdout gets colours: a terminal does, unless NO_COLOR or FORCE_COLOR decide otherwise. */
export function hasColours(): boolean {
  const { NO_COLOR, FORCE_COLOR } = process.env;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  if (NO_COLOR) return false;
  return process.stdout.isTTY === true && process.env["TERM"] !== "dumb";
}

/** Text in a colour, if stdout gets colours. */
export function paint(colour: Colour, text: string): string {
  const [on, off] = CODES[colour];
  return hasColours() ? `\x1b[${on}m${text}\x1b[${off}m` : text;
}
