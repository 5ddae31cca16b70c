import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { findStep, listSteps } from "../lib/steps.ts";
import { CHANGED, CHANGES, mix, modulesOf } from "./changes.ts";
import { formatShares, sharesOf } from "./profile.ts";

const steps = listSteps();
const [before, after] = [findStep(CHANGED[0], steps), findStep(CHANGED[1], steps)];
const read = (folder: string, file: string): string => {
  try {
    return readFileSync(join(folder, file), "utf8");
  } catch {
    return "";
  }
};

test("each module that step 19 changes is part of one change, and of no other", () => {
  const changed = modulesOf(after).filter((file) => read(before.folder, file) !== read(after.folder, file));
  assert.deepEqual(CHANGES.flatMap(({ files }) => files).sort(), changed.sort());
});

test("the first change is made of both steps, the last one is step 19", () => {
  const [first, last] = [mix(before, after, "words"), mix(before, after, "compression")];
  assert.equal(read(first, "frame.ts"), read(after.folder, "frame.ts"));
  assert.equal(read(first, "connection.ts"), read(before.folder, "connection.ts"));
  for (const file of modulesOf(after)) assert.equal(read(last, file), read(after.folder, file), file);
});

test("a profile becomes shares: what waits does not count, and namesakes are told apart", () => {
  const node = (id: number, functionName: string, url: string) => ({ id, callFrame: { functionName, url } });
  const shares = sharesOf({
    nodes: [node(1, "(idle)", ""), node(2, "write", "file:///x.mjs"), node(3, "write", "node:net"), node(4, "writev", ""), node(5, "", "file:///x.mjs")],
    samples: [1, 2, 3, 2, 4, 5],
    timeDeltas: [900, 30, 20, 10, 30, 10],
  });
  assert.equal(formatShares(shares), "40% write, 30% writev (native), 20% write (node:net), 10% (anonymous)");
  assert.equal(formatShares("it has written no profile"), "– it has written no profile");
});
