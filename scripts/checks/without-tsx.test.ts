import { join } from "node:path";
import { after, describe, test } from "node:test";
import { listSteps } from "../lib/steps.ts";
import { ServerUnderTest } from "./server-under-test.ts";

// Node 22.18 and later take the types out by themselves, if the syntax is erasable.
const stripsTypes = "typescript" in process.features && Boolean(process.features.typescript);
const skip = !stripsTypes && `Node ${process.versions.node} does not run TypeScript; 22.18 and later do`;

describe("every server runs without tsx", { skip }, () => {
  for (const step of listSteps()) {
    test(step.name, async () => {
      const server = new ServerUnderTest([process.execPath, join(step.folder, "server.ts")]);
      after(() => server.stop());
      await server.ensureRunning();
    });
  }
});
