import { headerLength } from "../frame.ts";

/** The last seven bits of the second byte. */
function lengthField(length: number): number {
  if (length <= 125) return length;
  return length <= 0xffff ? 126 : 127;
}

for (const length of [125, 126, 65_535, 65_536]) {
  const client = headerLength(0b1000_0000 | lengthField(length));
  const server = headerLength(lengthField(length));
  console.log(`${length} bytes: ${client + length} from a client, ${server + length} from a server`);
}
