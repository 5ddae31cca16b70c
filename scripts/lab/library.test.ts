import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { listSteps } from "../lib/steps.ts";
import { servingStep } from "./library.ts";

test("the lab's own WebSocket is served by the last step that there is", () => {
  const last = listSteps(fileURLToPath(new URL("../../steps", import.meta.url))).at(-1);
  assert.equal(servingStep().name, last?.name, "Let library.ts import from the last step.");
});
