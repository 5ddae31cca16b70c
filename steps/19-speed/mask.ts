/** From so many bytes on, words of eight bytes are worth it. Each key is a BigInt then, which has to be made. */
const LONG = 512;
/** No chunk of a socket has more bytes. What has more is not remembered: our view would keep it alive. */
const LONGEST_CHUNK = 64 * 1024;

/** The bytes that we have seen last, and their view: a chunk of many frames is looked at once. */
let lastBytes: Uint8Array = new Uint8Array(0);
let lastView: DataView = new DataView(lastBytes.buffer);

/** The key, twice in a row, and the word that these bytes are: in memory, it has the machine's own order. */
const keyBytes = new DataView(new ArrayBuffer(8));
const keyWord = new BigUint64Array(keyBytes.buffer);

/** The key that stands at `start`. `readInt32LE` would look at its arguments first, as `subarray` does. */
export function readKey(bytes: Uint8Array, start: number): number {
  return viewOf(bytes).getInt32(start, true);
}

/**
 * XORs each byte from `start` to `end` with one of the key's four, in turn, in place. The key's first
 * byte is its lowest. `phase` says how many bytes of the same payload came before these. Returns
 * whether it has seen by the way that all of them are ASCII now. RFC 6455, section 5.3.
 */
export function xorMask(bytes: Uint8Array, key: number, phase: number, start = 0, end = bytes.length): boolean {
  const turned = turn(key, phase);
  if (end - start >= LONG) return xorLong(bytes, turned, start, end);
  const view = viewOf(bytes);
  let seen = 0;
  let i = start;
  // Two words a turn: the loop itself costs as much as one of them.
  for (; i + 8 <= end; i += 8) {
    const one = view.getInt32(i, true) ^ turned;
    const two = view.getInt32(i + 4, true) ^ turned;
    view.setInt32(i, one, true);
    view.setInt32(i + 4, two, true);
    seen |= one | two;
  }
  seen |= xorBytes(bytes, turned, i, end);
  // No byte of all that were put together by OR has its top bit set.
  return (seen & 0x80808080) === 0;
}

/** The key as it is behind so many bytes: its first ones have come round to the end. */
function turn(key: number, phase: number): number {
  // Of a shift, JavaScript takes the last five bits: it comes round every four bytes.
  const shift = phase * 8;
  return (key >>> shift) | (key << -shift);
}

function viewOf(bytes: Uint8Array): DataView {
  if (bytes === lastBytes) return lastView;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.buffer.byteLength > LONGEST_CHUNK) return view;
  lastBytes = bytes;
  lastView = view;
  return view;
}

/** Returns the bits that any of the bytes has. */
function xorBytes(bytes: Uint8Array, key: number, start: number, end: number): number {
  let seen = 0;
  for (let i = start, shift = 0; i < end; i++, shift += 8) {
    const byte = ((bytes[i] as number) ^ (key >>> shift)) & 0xff;
    bytes[i] = byte;
    seen |= byte;
  }
  return seen;
}

/** Does not look what the bytes are: for so many, a native call that does is fast enough. */
function xorLong(bytes: Uint8Array, key: number, start: number, end: number): boolean {
  // In memory, words lie at multiples of their size. What is before the first one goes byte by byte.
  const wordsStart = start + (-(bytes.byteOffset + start) & 7);
  const count = Math.floor((end - wordsStart) / 8);
  const wordsEnd = wordsStart + count * 8;
  xorBytes(bytes, key, start, wordsStart);
  // Each word, and what is behind the last one, begins with the same byte of the key.
  const turned = turn(key, wordsStart - start);
  keyBytes.setInt32(0, turned, true);
  keyBytes.setInt32(4, turned, true);
  xorWords(new BigUint64Array(bytes.buffer, bytes.byteOffset + wordsStart, count), keyWord[0] as bigint);
  xorBytes(bytes, turned, wordsEnd, end);
  return false;
}

function xorWords(words: BigUint64Array, key: bigint): void {
  let i = 0;
  for (; i + 4 <= words.length; i += 4) {
    words[i] = (words[i] as bigint) ^ key;
    words[i + 1] = (words[i + 1] as bigint) ^ key;
    words[i + 2] = (words[i + 2] as bigint) ^ key;
    words[i + 3] = (words[i + 3] as bigint) ^ key;
  }
  for (; i < words.length; i++) words[i] = (words[i] as bigint) ^ key;
}
