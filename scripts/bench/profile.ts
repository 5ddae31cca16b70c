import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cores } from "./cores.ts";
import type { Load } from "./load.ts";
import type { Peer } from "./peers.ts";
import { ServerProcess } from "./server-process.ts";
import type { Workload } from "./workloads.ts";

/** How long the load runs, in milliseconds. The start is in the profile, too, and makes little of it. */
const DURATION = 2_400;
const SAMPLE_MICROSECONDS = 200;
/** So many functions are shown. */
const SHOWN = 7;

/** A function, and which share of a process's CPU time was spent in itself. */
export interface Share {
  name: string;
  share: number;
}

/** The fields of a `.cpuprofile` that matter here. */
interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string } }[];
  samples: number[];
  timeDeltas: number[];
}

/** Runs a workload on a server under V8's profiler, and says where its time goes; a sentence if it cannot. */
export async function profile(peer: Peer, workload: Workload, load: Load, cores: Cores | undefined): Promise<Share[] | string> {
  const { program, isRaw, upgrade } = peer;
  const lacks = workload.kind === "idle" ? "idle connections take no time" : peer.lacks(workload);
  if (lacks !== undefined) return lacks;
  if (program.kind === "foreign" || program.command !== process.execPath) return "only our own programs on Node can be profiled";
  const folder = mkdtempSync(join(tmpdir(), "course-profile-"));
  try {
    const flags = ["--cpu-prof", `--cpu-prof-dir=${folder}`, `--cpu-prof-interval=${SAMPLE_MICROSECONDS}`];
    const profiled = { ...peer, program: { ...program, args: [...flags, ...program.args] } };
    const server = await ServerProcess.start(profiled, workload, cores?.server);
    try {
      const session = await load.open(workload, { port: server.port, isRaw, upgrade });
      await load.run(session, DURATION);
      await load.close(session);
      await server.leave();
    } finally {
      await server.stop();
    }
    const [file] = readdirSync(folder);
    if (file === undefined) return "it has written no profile";
    return sharesOf(JSON.parse(readFileSync(join(folder, file), "utf8")) as CpuProfile);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The shares of all functions, the largest first. Time in which the process waited does not count. */
export function sharesOf({ nodes, samples, timeDeltas }: CpuProfile): Share[] {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const times = new Map<string, number>();
  samples.forEach((id, i) => {
    const name = names.get(id) ?? "";
    times.set(name, (times.get(name) ?? 0) + (timeDeltas[i] ?? 0));
  });
  times.delete("(idle)");
  const all = [...times.values()].reduce((sum, time) => sum + time, 0);
  return [...times].map(([name, time]) => ({ name, share: time / all })).sort((a, b) => b.share - a.share);
}

function nameOf({ functionName, url }: CpuProfile["nodes"][number]["callFrame"]): string {
  if (functionName.startsWith("(")) return functionName;
  // What has no file is C++; what is Node's own is told from a namesake of ours.
  const where = url === "" ? " (native)" : url.startsWith("node:") ? ` (${url})` : "";
  return `${functionName === "" ? "(anonymous)" : functionName}${where}`;
}

/** A line for a peer: its first functions, or why there are none. */
export function formatShares(shares: Share[] | string): string {
  if (typeof shares === "string") return `– ${shares}`;
  return shares
    .slice(0, SHOWN)
    .map(({ name, share }) => `${(share * 100).toFixed(0)}% ${name}`)
    .join(", ");
}
