// A hundred clients announce 1 MiB each, and send one byte. What does that cost us?

import { Opcode } from "../constants.ts";
import { MessageAssembler } from "../message-assembler.ts";

const MIB = 1024 * 1024;
const header = { fin: true, rsv: 0, opcode: Opcode.Binary, length: MIB, key: Buffer.alloc(4) };

const grown = measure(() => {
  const message = new MessageAssembler(MIB);
  message.startFrame(header);
  message.append(Buffer.alloc(1));
  return message;
});
const reserved = measure(() => Buffer.alloc(header.length));

console.log(`A buffer that grows: ${grown} MiB`);
console.log(`A buffer as long as the header says: ${reserved} MiB`);

/** How much memory for buffers a hundred of these take, in MiB. */
function measure(create: () => object): number {
  const before = process.memoryUsage().arrayBuffers;
  const kept = Array.from({ length: 100 }, create);
  const taken = process.memoryUsage().arrayBuffers - before;
  return Math.round((taken / MIB / kept.length) * 100);
}
