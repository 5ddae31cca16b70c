/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** A fraction from 0 up to, but not including, 1. */
  fraction(): number;
  /** An integer from 0 up to, but not including, `end`. */
  below(end: number): number;
  pick<T>(choices: readonly T[]): T;
  bytes(length: number): Buffer;
}

/** The generator `mulberry32`, seeded with a number and a name. */
export function randomFrom(seed: number, name = ""): Random {
  let state = seed >>> 0;
  for (const character of name) state = Math.imul(state ^ character.charCodeAt(0), 0x01000193) >>> 0;

  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const fraction = (): number => next() / 2 ** 32;
  const below = (end: number): number => Math.floor(fraction() * end);
  return {
    fraction,
    below,
    pick: <T>(choices: readonly T[]): T => choices[below(choices.length)] as T,
    bytes: (length) => {
      const words = Uint32Array.from({ length: Math.ceil(length / 4) }, next);
      return Buffer.from(words.buffer).subarray(0, length);
    },
  };
}
