import { MessageCompression } from "../message-compression.ts";

// Who sees only how long our encrypted messages are, and may put a text of their own into them, reads
// a secret that stands next to it.

const ALPHABET = "0123456789abcdef";
const PADDING = "GHIJKLMNOPQRSTUVWXYZ";
const SECRET = "7c4a8d09ca3762af";

/** What the attacker sees: how many bytes the page's answer has on the wire. */
function seenLength(search: string): number {
  const page = `user=alice&token=${SECRET}&query=${search}`;
  return new MessageCompression({}, true).compress(Buffer.from(page), true).length;
}

let known = "";
let tries = 0;
while (known.length < SECRET.length) {
  const scores = [...ALPHABET].map((letter) => ({ letter, score: score(known + letter) }));
  scores.sort((a, b) => a.score - b.score);
  known += scores[0]?.letter ?? "";
}
console.log(`The token is ${known}. It took ${tries} messages, and nobody decrypted anything.`);
console.log(known === SECRET ? "Right." : "Wrong.");

/** The right guess repeats one more character of the secret, and is shorter by some bits. */
function score(guess: string): number {
  let sum = 0;
  // Lengths are whole bytes: texts of various lengths in front make the bits add up.
  for (let i = 0; i < 16; i++) {
    tries++;
    sum += seenLength(`${PADDING.slice(0, i)}&token=${guess}`);
  }
  return sum;
}
