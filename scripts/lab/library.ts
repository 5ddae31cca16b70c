/**
 * The lab's own WebSocket is served by the course: by the most complete step that there is. This is
 * the one place that says which, and a test demands that it is the last one.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { findStep, listSteps, type Step } from "../lib/steps.ts";

export { type WebSocket } from "../../steps/19-speed/websocket.ts";
export { WebSocketServer } from "../../steps/19-speed/websocket-server.ts";

/** The step whose code is imported above. */
export function servingStep(): Step {
  const ownText = readFileSync(fileURLToPath(import.meta.url), "utf8");
  const names = new Set(Array.from(ownText.matchAll(/"\.\.\/\.\.\/steps\/(\d+-[a-z0-9-]+)\//g), ([, name]) => name ?? ""));
  const [name, ...others] = names;
  if (name === undefined || others.length > 0) throw new Error("library.ts must import from one step.");
  // Not from the course that COURSE_ROOT names: the imports do not follow it either.
  return findStep(name, listSteps(fileURLToPath(new URL("../../steps", import.meta.url))));
}
