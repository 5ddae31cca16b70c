import { spawnSync, type ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** What a command and all that it has started have used. */
export interface GroupUsage {
  /** Microseconds of CPU time, in steps of ten thousand. */
  cpu: number;
  /** Bytes. */
  rss: number;
}

/** On all systems with /proc that Node runs on. */
const TICKS_PER_SECOND = 100;

/** The CPU time and memory of a process group; undefined where the system does not tell (Windows). */
export function processGroup({ pid }: ChildProcess): GroupUsage | undefined {
  if (pid === undefined || process.platform === "win32") return undefined;
  return process.platform === "linux" ? fromProc(pid) : fromPs(pid);
}

function fromProc(group: number): GroupUsage {
  const total: GroupUsage = { cpu: 0, rss: 0 };
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const member = parseStat(readFileSync(`/proc/${name}/stat`, "utf8"));
      if (member.group !== group) continue;
      total.cpu += member.cpu;
      total.rss += residentBytes(readFileSync(`/proc/${name}/status`, "utf8"));
    } catch {
      // It has ended while we looked.
    }
  }
  return total;
}

/** Reads a line of /proc/PID/stat: "pid (name) state parent group ...". */
export function parseStat(line: string): { group: number; cpu: number } {
  // The name may hold spaces and parentheses.
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ").map(Number);
  const [, , group = 0] = fields;
  const [user = 0, system = 0] = fields.slice(11, 13);
  return { group, cpu: ((user + system) / TICKS_PER_SECOND) * 1e6 };
}

function residentBytes(status: string): number {
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}

function fromPs(group: number): GroupUsage | undefined {
  const { stdout, status } = spawnSync("ps", ["-A", "-o", "pgid=,rss=,time="], { encoding: "utf8" });
  return status === 0 ? parsePs(stdout, group) : undefined;
}

/** Reads lines such as "  812   5120   1:02.35": process group, KiB, time. */
export function parsePs(output: string, group: number): GroupUsage {
  const total: GroupUsage = { cpu: 0, rss: 0 };
  for (const [, pgid, rss, time = ""] of output.matchAll(/^\s*(\d+)\s+(\d+)\s+([\d:.-]+)$/gm)) {
    if (Number(pgid) !== group) continue;
    total.rss += Number(rss) * 1024;
    total.cpu += seconds(time) * 1e6;
  }
  return total;
}

/** `2-03:04:05`, `3:04.56`: days, hours, minutes and seconds, as many as there are. */
function seconds(time: string): number {
  const [clock = "", days = "0"] = time.split("-").reverse();
  return Number(days) * 86_400 + clock.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}
