// What it costs to append each chunk with Buffer.concat: every time, all earlier bytes are copied
// again. Chunks of 64 KiB are what Node reads at most from a socket at once.
const CHUNK = Buffer.alloc(65_536);

/** Collects `chunks` chunks as the server does, and returns how many bytes were copied for that. */
function collect(chunks: number): number {
  let received = Buffer.alloc(0);
  let copied = 0;
  for (let i = 0; i < chunks; i++) {
    received = Buffer.concat([received, CHUNK]);
    copied += received.length;
  }
  return copied;
}

let before: number | undefined;
for (const megabytes of [1, 2, 4, 8, 16]) {
  const copied = collect(megabytes * 16);
  const ratio = before === undefined ? "" : `, ${(copied / before).toFixed(1)} times as many`;
  console.log(`${megabytes} MiB arrive, ${(copied / 2 ** 20).toFixed(0)} MiB are copied${ratio}`);
  before = copied;
}
