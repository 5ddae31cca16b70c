/** Payloads as text that can be shown: nothing invisible, nothing that turns the line round. */

/** How many bytes the UTF-8 character that begins with this byte has; 0 for a byte that begins none. */
function characterLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * What each byte is of a text: the character at its first byte, an empty string at its others, and
 * `�` where the bytes are no UTF-8. At most `count` bytes are looked at. Of a part of a text, the
 * pieces of a character at its edges are `…`.
 */
export function textColumns(bytes: Uint8Array, count: number, isPart = false): string[] {
  const [start, end] = isPart ? wholeCharacters(bytes) : [0, bytes.length];
  const columns: string[] = Array.from({ length: start }, () => "…");
  let position = start;
  while (position < bytes.length && position < count) {
    if (position >= end) {
      columns.push("…");
      position += 1;
      continue;
    }
    const length = characterLength(bytes[position] ?? 0);
    const text = length > 0 ? decode(bytes.subarray(position, position + length)) : undefined;
    if (text === undefined) {
      columns.push("�");
      position += 1;
    } else {
      columns.push(visible(text), ...Array.from({ length: length - 1 }, () => ""));
      position += length;
    }
  }
  return columns.slice(0, count);
}

/** A character that can be seen: pictures for control characters, numbers for what has no shape. */
function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return controlPicture(code);
  if (code === 0x20) return "␣";
  if (code === 0x7f) return "␡";
  return /[\p{C}\p{Z}]/u.test(character) ? "◌" : /\p{M}/u.test(character) ? `◌${character}` : character;
}

/** A line of text as something to look at: control characters, and those that turn the direction of writing. */
export function visibleText(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x20 ? controlPicture(code) : "·";
  });
}

function controlPicture(code: number): string {
  return String.fromCodePoint(0x2400 + code);
}

export interface QuoteOptions {
  /** The text may begin or end inside a character, since it is a part. */
  isPart: boolean;
  /** The most characters that are shown; 120 unless told. */
  most?: number;
}

/** The text in quotes, shortened; `undefined` if the bytes are no UTF-8. */
export function quoteText(bytes: Uint8Array, { isPart, most = 120 }: QuoteOptions): string | undefined {
  const [start, end] = isPart ? wholeCharacters(bytes) : [0, bytes.length];
  const text = decode(bytes.subarray(start, end));
  if (text === undefined) return undefined;
  const characters = [...text];
  const isShort = characters.length <= most && end === bytes.length;
  const shown = characters.slice(0, most).map(printable).join("");
  return `“${start > 0 ? "…" : ""}${shown}${isShort ? "" : "…"}”`;
}

/** The part of the bytes that can be whole characters, if all of them are a piece of a text. */
function wholeCharacters(bytes: Uint8Array): [start: number, end: number] {
  const isTail = (byte: number | undefined): boolean => byte !== undefined && byte >> 6 === 2;
  let start = 0;
  while (start < 3 && isTail(bytes[start])) start++;
  for (let back = 1; back <= 3 && back <= bytes.length - start; back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (isTail(byte)) continue;
    return [start, characterLength(byte) > back ? bytes.length - back : bytes.length];
  }
  return [start, bytes.length];
}

function printable(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return controlPicture(code);
  return /\p{C}/u.test(character) ? `\\u{${code.toString(16)}}` : character;
}
