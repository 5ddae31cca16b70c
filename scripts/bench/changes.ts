import { copyFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Step } from "../lib/steps.ts";

/** A part of what the last step changes: files that only go together. */
export interface Change {
  name: string;
  /** As the lesson calls it. */
  title: string;
  files: string[];
}

/** The step before the changes, and the one that makes them. */
export const CHANGED = ["18", "19"] as const;

/** The changes of step 19, in the order of its lesson. Each is measured on top of those before. */
export const CHANGES: readonly Change[] = [
  { name: "words", title: "+ words", files: ["constants.ts", "data.ts", "frame.ts", "frame-parser.ts", "mask.ts"] },
  { name: "no-copy", title: "+ no copy", files: ["message-assembler.ts", "utf8.ts"] },
  { name: "one-write", title: "+ one write", files: ["connection.ts", "outbox.ts", "protocol.ts", "send-queue.ts"] },
  { name: "fewer-objects", title: "+ fewer objects", files: ["handshakes.ts", "websocket-server.ts", "websocket.ts"] },
  { name: "compression", title: "+ compression", files: ["message-compression.ts"] },
];

/** What is beside the library in a step's folder: its server, its client's demonstration, and what attacks it. */
const PROGRAMS = ["server.ts", "client.ts", "connect.ts", "frozen-client.ts", "ping-flood.ts", "relay.ts"];

/** The modules of a step's library. */
export function modulesOf({ folder }: Step): string[] {
  return readdirSync(folder).filter((file) => /^[a-z0-9-]+\.ts$/.test(file) && !PROGRAMS.includes(file));
}

/**
 * A folder with the modules of `before`, of which those of the changes up to and including `name` are
 * those of `after`. It is removed when the process ends.
 */
export function mix(before: Step, after: Step, name: string): string {
  const folder = mkdtempSync(join(tmpdir(), "course-changes-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  for (const file of modulesOf(before)) copyFileSync(join(before.folder, file), join(folder, file));
  const last = CHANGES.findIndex((change) => change.name === name);
  for (const { files } of CHANGES.slice(0, last + 1)) {
    for (const file of files) copyFileSync(join(after.folder, file), join(folder, file));
  }
  return folder;
}
