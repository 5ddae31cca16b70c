/** Bytes as people read them: `81 05 48`. Long ones are cut, and say so. */
export function hex(bytes: Uint8Array, limit = 64): string {
  const shown = [...bytes.subarray(0, limit)].map((byte) => byte.toString(16).padStart(2, "0"));
  const rest = bytes.length - shown.length;
  return shown.join(" ") + (rest > 0 ? ` … and ${rest} more` : "");
}

/**
 * What a program has printed, with its control characters as `\\x1b`: in a terminal they would clear
 * the screen, or ring.
 */
export function visible(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replace(/[\0-\x08\x0b-\x1f\x7f-\x9f]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

/** Bytes as text where they are text, and as hex where they are not. */
export function readable(bytes: Uint8Array): string {
  if (bytes.length === 0) return "(nothing)";
  const text = Buffer.from(bytes).toString("latin1");
  if (/^[\t\r\n\x20-\x7e]*$/.test(text)) {
    const lines = text.split("\r\n");
    const shown = lines.length > 24 ? [...lines.slice(0, 20), `… and ${lines.length - 20} more lines`] : lines;
    return shown
      .map((line) => (line.length > 160 ? `${line.slice(0, 120)}… (${line.length} characters)` : line))
      .join("\n")
      .trimEnd();
  }
  return hex(bytes);
}

/**
 * Where two byte strings part, in one sentence: `byte 2 is 0a (00001010), expected 0d (00001101)`.
 * Returns `undefined` when they are equal.
 */
export function firstDifference(actual: Uint8Array, expected: Uint8Array): string | undefined {
  const length = Math.max(actual.length, expected.length);
  for (let i = 0; i < length; i++) {
    if (actual[i] !== expected[i]) return `byte ${i} is ${byteName(actual[i])}, expected ${byteName(expected[i])}`;
  }
  return undefined;
}

function byteName(byte: number | undefined): string {
  if (byte === undefined) return "missing";
  return `${byte.toString(16).padStart(2, "0")} (${byte.toString(2).padStart(8, "0")})`;
}
