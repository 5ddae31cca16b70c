import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { loadChecks } from "../checks/course.ts";
import { listSteps } from "../lib/steps.ts";
import { Round } from "./round.ts";

// Whoever reads the checks can write a program that looks right to them without being so. None of
// these may pass a step, and what they pass of one has to be explained.

const PATIENCE = 400;

/** What a cheat may pass, by step, and why. */
const ALLOWED: Record<string, Record<string, string[]>> = {
  // A client that says nothing, or too slowly, is to be hung up on: that it is.
  closes: {
    "heartbeat-and-shutdown": [
      "gives up on a client that says nothing",
      "gives up on a client that stops in the middle of its request",
      "gives up on a client that announces a body that never comes",
      "gives up on a client that sends a byte now and then",
    ],
  },
  silent: {},
  // To print and to answer nothing is all of the first step; but not for any request.
  prints: {
    "upgrade-listener": ["serves a second client while the first one waits", "answers nothing"],
  },
};

const course = await loadChecks(listSteps());

for (const cheat of Object.keys(ALLOWED)) {
  describe(`a server that ${cheat}`, { concurrency: 1 }, () => {
    for (const step of course) {
      test(`passes no check of ${step.name} that it should not`, { timeout: 120_000 }, async () => {
        const file = fileURLToPath(new URL(`fixtures/${cheat}.mjs`, import.meta.url));
        const round = new Round({ checks: step.checks, command: [process.execPath, file], cwd: step.folder, startTime: 30_000, patience: PATIENCE });
        await round.run();
        await round.giveUp();
        assert.equal(round.startProblem, undefined);
        const passed = round.checks.filter((_, i) => round.standings[i]?.state === "passed").map(({ title }) => title);
        const allowed = ALLOWED[cheat]?.[step.slug] ?? [];
        assert.deepEqual(passed.filter((title) => !allowed.includes(title)), []);
        assert.ok(passed.length < round.checks.length - round.count("skipped"), "It passes the whole step.");
      });
    }
  });
}

describe("a server that sends the right bytes for the RFC's sample, whatever it is asked", () => {
  for (const step of course) {
    test(`does not pass ${step.name}`, { timeout: 120_000 }, async () => {
      const file = fileURLToPath(new URL("fixtures/constant.mjs", import.meta.url));
      const round = new Round({ checks: step.checks, command: [process.execPath, file], cwd: step.folder, startTime: 30_000, patience: PATIENCE });
      await round.run();
      await round.giveUp();
      assert.equal(round.startProblem, undefined);
      assert.ok(round.firstFailure !== undefined);
    });
  }
});
