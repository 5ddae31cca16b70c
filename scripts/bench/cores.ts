import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { spawnSync } from "node:child_process";

/** Which core is whose; where we cannot say so, the system decides. */
export interface Cores {
  server: number;
  load: number;
}

/**
 * Two cores that have the least to do, and share no circuits if there is a choice. Undefined where
 * there is no `taskset` or one core only.
 */
export async function chooseCores(): Promise<Cores | undefined> {
  if (spawnSync("taskset", ["--version"], { stdio: "ignore" }).status !== 0) return undefined;
  const allowed = allowedCores();
  if (allowed.length < 2) return undefined;
  const before = busyTimes();
  await sleep(300);
  const after = busyTimes();
  const busy = (core: number): number => (after.get(core) ?? 0) - (before.get(core) ?? 0);
  const byLoad = [...allowed].sort((a, b) => busy(a) - busy(b) || a - b);
  const [server = 0, ...others] = byLoad;
  const siblings = siblingsOf(server);
  return { server, load: others.find((core) => !siblings.includes(core)) ?? others[0] ?? server };
}

/** The command that runs another one on one core. */
export function pinned(core: number | undefined, command: string, args: string[]): [string, string[]] {
  return core === undefined ? [command, args] : ["taskset", ["-c", String(core), command, ...args]];
}

/** The numbers in a list such as `0-3,8`. */
export function parseCores(list: string): number[] {
  return list
    .trim()
    .split(",")
    .filter(Boolean)
    .flatMap((range) => {
      const [from = 0, to = from] = range.split("-").map(Number);
      return Array.from({ length: to - from + 1 }, (_, index) => from + index);
    });
}

function allowedCores(): number[] {
  const [, list = ""] = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  return parseCores(list);
}

/** Ticks that each core has been busy since the system's start. */
function busyTimes(): Map<number, number> {
  const times = new Map<number, number>();
  for (const [, core, numbers = ""] of readFileSync("/proc/stat", "utf8").matchAll(/^cpu(\d+) (.*)$/gm)) {
    const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = numbers.split(" ").map(Number);
    times.set(Number(core), user + nice + system + irq + softirq);
  }
  return times;
}

function siblingsOf(core: number): number[] {
  const file = `/sys/devices/system/cpu/cpu${core}/topology/thread_siblings_list`;
  return existsSync(file) ? parseCores(readFileSync(file, "utf8")) : [core];
}
