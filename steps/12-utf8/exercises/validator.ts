// UTF-8 without TextDecoder: where is the first byte that cannot be part of any text?
//   npx tsx steps/12-utf8/exercises/validator.ts 68 69 c0 af

/** What may follow a first byte: how many bytes, and between which values the second one lies. */
function rule(first: number): { more: number; least: number; most: number } | undefined {
  if (first <= 0x7f) return { more: 0, least: 0, most: 0 };
  if (first < 0xc2) return undefined; // A continuation byte, or an overlong form of ASCII.
  if (first <= 0xdf) return { more: 1, least: 0x80, most: 0xbf };
  if (first === 0xe0) return { more: 2, least: 0xa0, most: 0xbf }; // Below a0 it is overlong.
  if (first === 0xed) return { more: 2, least: 0x80, most: 0x9f }; // From a0 on, surrogates.
  if (first <= 0xef) return { more: 2, least: 0x80, most: 0xbf };
  if (first === 0xf0) return { more: 3, least: 0x90, most: 0xbf }; // Below 90 it is overlong.
  if (first < 0xf4) return { more: 3, least: 0x80, most: 0xbf };
  if (first === 0xf4) return { more: 3, least: 0x80, most: 0x8f }; // From 90 on, beyond U+10FFFF.
  return undefined;
}

/** The index of the first wrong byte; the length of `bytes` if they end too early; -1 if all is well. */
export function firstBadByte(bytes: Uint8Array): number {
  let more = 0;
  let least = 0;
  let most = 0;
  for (const [index, byte] of bytes.entries()) {
    if (more === 0) {
      const next = rule(byte);
      if (next === undefined) return index;
      ({ more, least, most } = next);
    } else {
      if (byte < least || byte > most) return index;
      // Only the second byte has limits of its own.
      [more, least, most] = [more - 1, 0x80, 0xbf];
    }
  }
  return more === 0 ? -1 : bytes.length;
}

const bytes = process.argv.slice(2).map((word) => parseInt(word, 16));
if (bytes.length > 0) console.log(firstBadByte(Uint8Array.from(bytes)));
