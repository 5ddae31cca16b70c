// Two readers of frames. The RFC's examples are the same to both; these bytes are not.

const bytes = Buffer.concat([
  Buffer.from("81 ff 00 00 00 01 00 00 00 02 00 00 00 00 68 69".replaceAll(" ", ""), "hex"),
  Buffer.from("81 8a 00 00 00 00".replaceAll(" ", ""), "hex"),
  Buffer.from("delete all"),
]);

/** As the RFC has it. */
const all64 = (header: Buffer) => Number(header.readBigUInt64BE(2));

/** "No message is that long": the upper four bytes are skipped. */
const lower32 = (header: Buffer) => header.readUInt32BE(6);

console.log("The proxy in front, which looks for forbidden words, reads 64 bits:");
printFrames(bytes, all64);
console.log("The server behind it reads 32 of them:");
printFrames(bytes, lower32);

function printFrames(rest: Buffer, longLength: (header: Buffer) => number): void {
  while (rest.length > 0) {
    const isLong = rest.readUInt8(1) === 0xff;
    const length = isLong ? longLength(rest) : rest.readUInt8(1) & 0b0111_1111;
    // The mask is four zeros, so there is nothing to unmask.
    const start = isLong ? 14 : 6;
    const payload = rest.subarray(start, start + length);
    const state = payload.length < length ? "still coming" : `"${payload.toString()}"`;
    console.log(`  a text of ${length} bytes: ${state}`);
    rest = rest.subarray(start + length);
  }
}
