/** Up to so many bytes, words save nothing. */
const FEW = 24;
/** A view of the words is worth making for so many bytes: one payload, or a chunk full of small ones. */
const MANY = 128;
const LONG_CHUNK = 1024;

/** The key twice, as bytes and as one word: in memory, both have the machine's own order. */
const keyBytes = new DataView(new ArrayBuffer(8));
const keyWord = new BigUint64Array(keyBytes.buffer);

/** The bytes that we have seen last, eight at a time. A chunk of many frames is looked at once. */
let lastBytes: Uint8Array = new Uint8Array(0);
let words: BigUint64Array = new BigUint64Array(0);
/** Where in those bytes the first word begins: words lie at multiples of eight. */
let firstWord = 0;

/**
 * XORs each byte from `start` to `end` with one of the key's four, in turn, in place. The key's first
 * byte is its lowest. `phase` says how many bytes of the same payload came before these. RFC 6455,
 * section 5.3.
 */
export function xorMask(bytes: Uint8Array, key: number, phase: number, start = 0, end = bytes.length): void {
  if (end - start <= (bytes.length < LONG_CHUNK ? MANY : FEW)) return xorBytes(bytes, key, phase, start, end);

  if (bytes !== lastBytes) look(bytes);
  const first = (start - firstWord + 7) >> 3;
  const last = (end - firstWord) >> 3;
  const aligned = first * 8 + firstWord;
  xorBytes(bytes, key, phase, start, aligned);
  xorWords(key, phase + aligned - start, first, last);
  const rest = last * 8 + firstWord;
  xorBytes(bytes, key, phase + rest - start, rest, end);
}

function look(bytes: Uint8Array): void {
  firstWord = -bytes.byteOffset & 7;
  words = new BigUint64Array(bytes.buffer, bytes.byteOffset + firstWord, (bytes.length - firstWord) >> 3);
  lastBytes = bytes;
}

function xorBytes(bytes: Uint8Array, key: number, phase: number, start: number, end: number): void {
  for (let i = start, shift = phase * 8; i < end; i++, shift += 8) {
    // Of a shift, JavaScript takes the last five bits: it comes round every four bytes.
    bytes[i] = (bytes[i] as number) ^ (key >>> shift);
  }
}

/** Four words a turn: the loop itself costs as much as one of them. */
function xorWords(key: number, phase: number, first: number, last: number): void {
  const shift = (phase & 3) * 8;
  const rotated = (key >>> shift) | (key << (32 - shift));
  keyBytes.setInt32(0, rotated, true);
  keyBytes.setInt32(4, rotated, true);
  const word = keyWord[0] as bigint;
  const list = words;
  let i = first;
  for (; i + 4 <= last; i += 4) {
    list[i] = (list[i] as bigint) ^ word;
    list[i + 1] = (list[i + 1] as bigint) ^ word;
    list[i + 2] = (list[i + 2] as bigint) ^ word;
    list[i + 3] = (list[i + 3] as bigint) ^ word;
  }
  for (; i < last; i++) list[i] = (list[i] as bigint) ^ word;
}
