import assert from "node:assert/strict";
import { test } from "node:test";
import { loadChecks } from "../checks/course.ts";
import { listSteps } from "../lib/steps.ts";
import { readSignatures } from "./mistakes.ts";
import { recordMistakes } from "./record-mistakes.ts";

// What depends on who is faster, or on the version of Node, may look different from run to run. So
// many of the mistakes have to fail as was recorded; the rest is recognised less often, and no more.
const LEAST_SHARE = 0.85;

test("the recorded signatures are how the mistakes fail", { timeout: 900_000 }, async () => {
  const [now, recorded] = [await recordMistakes(await loadChecks(listSteps())), readSignatures()];
  const flat = (all: typeof now) =>
    Object.values(all).flatMap(({ mistakes }) => mistakes.map(({ name, title, whole }) => `${name} ${title} ${whole}`));
  const known = new Set(flat(recorded));
  const changed = flat(now).filter((line) => !known.has(line));
  const message = `Run node --import tsx scripts/practice/record-mistakes.ts. These have changed:\n${changed.join("\n")}`;
  assert.ok(changed.length <= (1 - LEAST_SHARE) * known.size, message);
  assert.equal(flat(now).length, flat(recorded).length, message);
  // How a step's predecessor fails hangs on when it prints that earlier clients have gone: only which checks count.
  const failing = (all: typeof now) => Object.entries(all).map(([slug, { unchanged }]) => [slug, Object.keys(unchanged).sort()]);
  assert.deepEqual(failing(now), failing(recorded), message);
});
