// Loaded into a server's process in front of it (`node --expose-gc --import probe.mjs`), it answers
// the soak's questions over IPC. The server's own code does not know about it.
import { Socket } from "node:net";
import v8 from "node:v8";

const SAMPLE_INTERVAL = 10;

const timer = setTimeout(() => {}, 0);
clearTimeout(timer);
const Timeout = timer.constructor;

let sampledPeak = 0;
let highWaterBefore = 0;

setInterval(() => {
  sampledPeak = Math.max(sampledPeak, process.memoryUsage.rss());
}, SAMPLE_INTERVAL).unref();

const answers = {
  resources: () => activeResources(),

  /** Memory with everything that is there now, garbage left out. */
  memory: async () => {
    await collectGarbage();
    const { rss, heapUsed, external } = process.memoryUsage();
    return { rss, heap: heapUsed, external };
  },

  /** Objects in memory whether somebody waits for them or not: unref'd timers, destroyed sockets. */
  objects: () => {
    // Node has it from 20.13 on.
    if (v8.queryObjects === undefined) return null;
    const count = (type) => v8.queryObjects(type, { format: "count" });
    return { sockets: count(Socket), timers: count(Timeout) };
  },

  resetPeak: () => {
    sampledPeak = process.memoryUsage.rss();
    highWaterBefore = highWater();
    return null;
  },

  /** The sampled peak; the kernel's own mark is exact, but says something only if it has risen. */
  peak: () => (highWater() > highWaterBefore ? Math.max(sampledPeak, highWater()) : sampledPeak),
};

process.on("message", async ({ id, question }) => {
  const answer = await answers[question]();
  process.send?.({ id, answer });
});
// The soak has gone: nobody is left to stop us.
process.on("disconnect", () => process.exit());
// It is not for us to keep a server alive that would end.
process.channel?.unref();

function highWater() {
  return process.resourceUsage().maxRSS * 1024;
}

function activeResources() {
  const counts = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

async function collectGarbage() {
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.();
    // What finalizers and close callbacks let go of is garbage in the next round.
    await new Promise((resolve) => setImmediate(resolve));
  }
}
