// How many bytes are copied until a message of one-byte fragments is together.

const size = Number(process.argv[2] ?? 1024 * 1024);

console.log(`${size} fragments of one byte`);
console.log(`A buffer that doubles copies ${copiesOfDoubling(size)} bytes as it grows`);
console.log(`Buffer.concat for each fragment copies ${copiesOfConcat(size)} old bytes`);

function copiesOfDoubling(size: number): number {
  let copied = 0;
  let capacity = 0;
  for (let length = 0; length < size; length++) {
    if (length < capacity) continue;
    copied += length;
    capacity = Math.max(length + 1, length * 2);
  }
  return copied;
}

function copiesOfConcat(size: number): number {
  let copied = 0;
  for (let length = 0; length < size; length++) copied += length;
  return copied;
}
