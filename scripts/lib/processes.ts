import { spawnSync, type ChildProcess, type StdioOptions } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import spawn from "cross-spawn";

export interface ProcessOptions {
  cwd?: string;
  /** Added to this process's environment; `undefined` takes a variable out. */
  env?: Record<string, string | undefined>;
  stdio?: StdioOptions;
  /**
   * Shares our terminal: the process can read the keyboard and gets Ctrl-C itself, but only the
   * process is stopped, not what it started. Without it, it leads a process group of its own.
   */
  foreground?: boolean;
}

const windows = process.platform === "win32";
const running = new Map<ChildProcess, { foreground: boolean }>();
let stopping = false;

/**
 * Starts a program that does not outlive us: SIGINT, SIGTERM, SIGHUP and the end of this process
 * stop it and everything it started. A command that cannot be run gives an `error` event, as with
 * `spawn`.
 */
export function startProcess(
  command: string,
  args: string[],
  { cwd, env, stdio = "pipe", foreground = false }: ProcessOptions = {},
): ChildProcess {
  watchForOurEnd();
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio,
    // A group of its own can be signalled as a whole. On Windows "detached" would instead open a
    // console window, and taskkill finds the descendants without it.
    detached: !foreground && !windows,
    windowsHide: true,
  });
  if (child.pid !== undefined) running.set(child, { foreground });
  child.once("exit", () => {
    // What it left behind in its group stays ours to stop.
    if (foreground || windows || !isGroupAlive(child)) running.delete(child);
  });
  return child;
}

/** The command line that runs a TypeScript file with tsx in one process, without npx. */
export function typescriptCommand(file: string): [string, ...string[]] {
  return [process.execPath, "--import", import.meta.resolve("tsx"), file];
}

/**
 * Stops a process and its descendants and waits until they are gone: asks first (SIGTERM), and
 * kills after `grace` milliseconds. It is fine to call it for a process that has ended already.
 */
export async function stopTree(child: ChildProcess, grace = 2000): Promise<void> {
  if (child.pid === undefined) return;
  const foreground = running.get(child)?.foreground ?? false;
  if (windows) {
    if (!hasEnded(child)) {
      spawnSync("taskkill", ["/pid", String(child.pid), "/T", "/F"], { windowsHide: true });
    }
  } else {
    signal(child, foreground, "SIGTERM");
    await waitUntilGone(child, foreground, grace);
    signal(child, foreground, "SIGKILL");
  }
  if (!hasEnded(child)) await once(child, "exit");
  running.delete(child);
}

/** Signals a process and all that it has started. Tells whether there was anybody; not on Windows. */
export function signalTree(child: ChildProcess, name: NodeJS.Signals): boolean {
  return signal(child, running.get(child)?.foreground ?? false, name);
}

/**
 * Waits for the end of a process: its exit code, or 128 + n if signal number n ended it. Never
 * answers once Ctrl-C is stopping everything: then this end is our doing, and nobody should report it.
 */
export async function exitCode(child: ChildProcess): Promise<number> {
  if (!hasEnded(child)) await once(child, "exit");
  if (stopping) await new Promise(() => {});
  return child.exitCode ?? 128 + (child.signalCode ? SIGNAL_NUMBERS[child.signalCode] ?? 0 : 0);
}

/** Whether a process with this number runs, ours or not. 0, which stands for no process, never does. */
export function isRunning(pid: number): boolean {
  // To the system, numbers below 1 mean groups of processes.
  if (!(pid > 0)) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Somebody else's: it is there, and may not be signalled.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

const SIGNAL_NUMBERS: Partial<Record<NodeJS.Signals, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGKILL: 9,
  SIGTERM: 15,
};

function watchForOurEnd(): void {
  if (process.listeners("exit").includes(killAll)) return;
  process.on("exit", killAll);
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => void stopAllAndExit(name));
  }
  // Whoever stops npm stops npm's shell, and the shell passes nothing on: we are just orphaned.
  if (process.env["npm_lifecycle_event"] !== undefined && !windows) {
    const parent = process.ppid;
    setInterval(() => {
      if (process.ppid !== parent) void stopAllAndExit("SIGHUP");
    }, 250).unref();
  }
}

async function stopAllAndExit(name: "SIGINT" | "SIGTERM" | "SIGHUP"): Promise<void> {
  // Ctrl-C can reach us twice, from the terminal and through npm or tsx.
  if (stopping) return;
  stopping = true;
  const ends = [...running].map(async ([child, { foreground }]) => {
    // The terminal has sent Ctrl-C to a foreground process as well: let it end in its own way.
    const asked = foreground && name === "SIGINT" && process.stdin.isTTY;
    if (asked && !windows) await waitUntilGone(child, foreground, 5000);
    await stopTree(child, 1000);
  });
  await Promise.allSettled(ends);
  process.exit(128 + (SIGNAL_NUMBERS[name] ?? 0));
}

function killAll(): void {
  for (const [child, { foreground }] of running) {
    if (!windows) signal(child, foreground, "SIGKILL");
    else if (!hasEnded(child)) {
      spawnSync("taskkill", ["/pid", String(child.pid), "/T", "/F"], { windowsHide: true });
    }
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function isGroupAlive(child: ChildProcess): boolean {
  if (!signal(child, false, 0)) return false;
  // In a container nobody may collect orphaned zombies, and they still count as a group.
  const zombiesOnly = process.platform === "linux" && hasEnded(child) && !hasLivingMember(child);
  return !zombiesOnly;
}

function hasLivingMember(child: ChildProcess): boolean {
  return readdirSync("/proc").some((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      // "pid (name) state parent group ...", where the name may hold spaces and parentheses.
      const status = readFileSync(`/proc/${name}/stat`, "utf8");
      const [state, , group] = status.slice(status.lastIndexOf(")") + 2).split(" ");
      return Number(group) === child.pid && state !== "Z" && state !== "X";
    } catch {
      return false;
    }
  });
}

/** Signals the process, or its group if it leads one, and tells whether there was anybody. */
function signal(child: ChildProcess, foreground: boolean, name: NodeJS.Signals | 0): boolean {
  if (child.pid === undefined || (foreground && hasEnded(child))) return false;
  try {
    return process.kill(foreground ? child.pid : -child.pid, name);
  } catch (error) {
    // macOS answers EPERM for a group in which only zombies are left.
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ESRCH" || code === "EPERM") return false;
    throw error;
  }
}

async function waitUntilGone(child: ChildProcess, foreground: boolean, limit: number): Promise<void> {
  const end = performance.now() + limit;
  while (performance.now() < end) {
    if (foreground ? hasEnded(child) : !isGroupAlive(child)) return;
    await sleep(10);
  }
}
