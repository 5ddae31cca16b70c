import { randomInt } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UsageError } from "./cli.ts";
import { isRunning } from "./processes.ts";

const LOOPBACKS = ["127.0.0.1", "::1"] as const;

/** A file for each port that one of our processes is about to use, with the process's number in it. */
const PROMISED = join(tmpdir(), "course-ports");
/** The files of this process, the oldest first. */
const promised: string[] = [];
/** Of so many ports, the oldest has long been used, or never will be. */
const MOST_PROMISED = 100;

/**
 * A port on which nobody listens, neither on 127.0.0.1 nor on ::1, at the moment of asking. It is
 * drawn from below the range from which systems take ports by themselves, since one of those could
 * be given to somebody else before it is used. Nor is it given to two processes of ours at a time.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_000);
    if (promisePort(port) && !(await isPortBusy(port))) return port;
  }
}

/** Reserves a port for this process, unless one of ours that still runs has got it a short while ago. */
export function promisePort(port: number): boolean {
  const file = join(PROMISED, String(port));
  try {
    mkdirSync(PROMISED, { recursive: true });
    writeFileSync(file, String(process.pid), { flag: "wx" });
  } catch (error) {
    // Where nothing can be written, we have to trust in luck.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") return true;
    if (!isHeldByNobody(file)) return false;
    rmSync(file, { force: true });
    return promisePort(port);
  }
  if (promised.length === 0) process.once("exit", () => promised.forEach(forget));
  promised.push(file);
  if (promised.length > MOST_PROMISED) forget(promised.shift() ?? "");
  return true;
}

function isHeldByNobody(file: string): boolean {
  try {
    return !isRunning(Number(readFileSync(file, "utf8")));
  } catch {
    // It has just gone.
    return true;
  }
}

function forget(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // Somebody else's affair by now.
  }
}

/**
 * Whether a server that listens on `port` would collide with another one on 127.0.0.1 or ::1.
 * Throws a {@link UsageError} if the port is one that this user may not listen on at all.
 */
export async function isPortBusy(port: number): Promise<boolean> {
  if (await isPortAnswering(port)) return true;
  // One after the other: together they could collide with each other on a dual-stack socket.
  for (const host of LOOPBACKS) {
    const code = await listenError(port, host);
    if (code === "EADDRINUSE") return true;
    if (code === "EACCES") {
      throw new UsageError(
        `Port ${port} is reserved by the operating system: choose one from 1024 to 65535.`,
      );
    }
  }
  return false;
}

/** Whether somebody accepts connections to `port` on 127.0.0.1 or ::1. */
export async function isPortAnswering(port: number): Promise<boolean> {
  // Trying to listen is not enough: macOS and Windows let two servers share a port when one of
  // them is bound to all addresses and the other to the loopback address only.
  const answers = await Promise.all(LOOPBACKS.map((host) => canConnect(port, host)));
  return answers.includes(true);
}

/** Whether this machine has an IPv6 loopback address. */
export async function hasIPv6Loopback(): Promise<boolean> {
  return (await listenError(0, "::1")) === undefined;
}

/** Reads a port number from `text`; `name` says in the {@link UsageError} where it came from. */
export function parsePort(text: string, name: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65535) {
    throw new UsageError(`${name} is "${text}", but a port is a whole number from 1 to 65535.`);
  }
  return port;
}

function canConnect(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host });
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    // A firewall that swallows packets on loopback would otherwise hold us for minutes.
    socket.setTimeout(1000, () => settle(false));
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
  });
}

function listenError(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
