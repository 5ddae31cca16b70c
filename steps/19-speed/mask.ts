/** Up to so many bytes, words save nothing. */
const FEW = 12;
/** Nor do they for so many in a chunk that holds little else: somebody has to make the view of it. */
const MANY = 128;
const LONG_CHUNK = 1024;
/** From so many bytes on, words of eight bytes are worth it. Each key is a BigInt then, which is made for it. */
const LONG = 1024;
/** No chunk of a socket has more bytes. What has more is not remembered: our view would keep it alive. */
const LONGEST_CHUNK = 64 * 1024;
/** What has more bytes cannot be counted by shifts. */
const COUNTABLE = 2 ** 31 - 1;

/** The bytes that we have seen last, four and eight at a time. A chunk of many frames is looked at once. */
const NONE = new Uint8Array(0);
let lastBytes: Uint8Array = NONE;
let words: Int32Array = new Int32Array(0);
let longWords: BigUint64Array = new BigUint64Array(0);
/** Where in those bytes the first word begins: in memory, words lie at multiples of their size. */
let firstWord = 0;

/** The key twice, as bytes and as words: in memory, both have the machine's own order. */
const keyBytes = new DataView(new ArrayBuffer(8));
const keyWord = new Int32Array(keyBytes.buffer);
const longKeyWord = new BigUint64Array(keyBytes.buffer);

/**
 * XORs each byte from `start` to `end` with one of the key's four, in turn, in place. The key's first
 * byte is its lowest. `phase` says how many bytes of the same payload came before these. Returns
 * whether it has seen by the way that all of them are ASCII now. RFC 6455, section 5.3.
 */
export function xorMask(bytes: Uint8Array, key: number, phase: number, start = 0, end = bytes.length): boolean {
  if (end - start <= (bytes.length < LONG_CHUNK ? MANY : FEW) || bytes.length > COUNTABLE) {
    return isAscii(xorBytes(bytes, turn(key, phase), start, end));
  }

  if (bytes !== lastBytes) look(bytes);
  const shift = end - start < LONG ? 2 : 3;
  const first = Math.max(0, (start - firstWord + (1 << shift) - 1) >> shift);
  const last = (end - firstWord) >> shift;
  const wordsStart = (first << shift) + firstWord;
  const wordsEnd = (last << shift) + firstWord;
  let seen = xorBytes(bytes, turn(key, phase), start, wordsStart);
  // From here on, each word and what is behind the last one begins with the same byte of the key.
  const turned = turn(key, phase + wordsStart - start);
  keyBytes.setInt32(0, turned, true);
  keyBytes.setInt32(4, turned, true);
  if (shift === 2) seen |= xorWords(words, keyWord[0] as number, first, last);
  else seen |= xorLongWords(longWords, longKeyWord[0] as bigint, first, last);
  seen |= xorBytes(bytes, turned, wordsEnd, end);
  if (bytes.length > LONGEST_CHUNK) look(NONE);
  return isAscii(seen);
}

/** Whether no byte of all that were put together by OR has its top bit set. */
function isAscii(seen: number): boolean {
  return (seen & 0x80808080) === 0;
}

function look(bytes: Uint8Array): void {
  firstWord = -bytes.byteOffset & 7;
  const length = Math.max(bytes.length - firstWord, 0);
  words = new Int32Array(bytes.buffer, bytes.byteOffset + firstWord, length >> 2);
  longWords = new BigUint64Array(bytes.buffer, bytes.byteOffset + firstWord, length >> 3);
  lastBytes = bytes;
}

/** The key as it is behind so many bytes: its first ones have come round to the end. */
function turn(key: number, phase: number): number {
  const shift = (phase & 3) * 8;
  return (key >>> shift) | (key << (32 - shift));
}

/** Returns the bits that any of the bytes has; as do the two below. */
function xorBytes(bytes: Uint8Array, key: number, start: number, end: number): number {
  let seen = 0;
  for (let i = start, shift = 0; i < end; i++, shift += 8) {
    // Of a shift, JavaScript takes the last five bits: it comes round every four bytes.
    const byte = ((bytes[i] as number) ^ (key >>> shift)) & 0xff;
    bytes[i] = byte;
    seen |= byte;
  }
  return seen;
}

/** Four words a turn: the loop itself costs as much as one of them. */
function xorWords(list: Int32Array, key: number, first: number, last: number): number {
  let seen = 0;
  let i = first;
  for (; i + 4 <= last; i += 4) {
    seen |= list[i] = (list[i] as number) ^ key;
    seen |= list[i + 1] = (list[i + 1] as number) ^ key;
    seen |= list[i + 2] = (list[i + 2] as number) ^ key;
    seen |= list[i + 3] = (list[i + 3] as number) ^ key;
  }
  for (; i < last; i++) seen |= list[i] = (list[i] as number) ^ key;
  return seen;
}

/** It does not look, and returns all bits: for so many bytes, a native call that does is fast enough. */
function xorLongWords(list: BigUint64Array, key: bigint, first: number, last: number): number {
  let i = first;
  for (; i + 4 <= last; i += 4) {
    list[i] = (list[i] as bigint) ^ key;
    list[i + 1] = (list[i + 1] as bigint) ^ key;
    list[i + 2] = (list[i + 2] as bigint) ^ key;
    list[i + 3] = (list[i + 3] as bigint) ^ key;
  }
  for (; i < last; i++) list[i] = (list[i] as bigint) ^ key;
  return -1;
}
