import { randomInt } from "node:crypto";
import { connect, createServer } from "node:net";
import { UsageError } from "./cli.ts";

const LOOPBACKS = ["127.0.0.1", "::1"] as const;

/**
 * A port on which nobody listens, neither on 127.0.0.1 nor on ::1, at the moment of asking. It is
 * drawn from below the range from which systems take ports by themselves, since one of those could
 * be given to somebody else before it is used.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_000);
    if (!(await isPortBusy(port))) return port;
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
