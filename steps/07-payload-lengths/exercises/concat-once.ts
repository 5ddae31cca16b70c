// As concat-cost.ts, but the chunks wait in a list, and are joined once, when all have come.
const CHUNK = Buffer.alloc(65_536);

/** Collects `chunks` chunks, and returns how many bytes were copied for that. */
function collect(chunks: number): number {
  const list: Buffer[] = [];
  for (let i = 0; i < chunks; i++) {
    list.push(CHUNK);
  }
  return Buffer.concat(list).length;
}

let before: number | undefined;
for (const megabytes of [1, 2, 4, 8, 16]) {
  const copied = collect(megabytes * 16);
  const ratio = before === undefined ? "" : `, ${(copied / before).toFixed(1)} times as many`;
  console.log(`${megabytes} MiB arrive, ${(copied / 2 ** 20).toFixed(0)} MiB are copied${ratio}`);
  before = copied;
}
