/** What the load generator does to a server. */
export interface Workload {
  /** As `--workload` takes it. */
  name: string;
  title: string;
  kind: "echo" | "broadcast" | "handshake" | "idle";
  /** Bytes of a payload: of the smallest and of the largest message. */
  sizes: [from: number, to: number];
  isText: boolean;
  connections: number;
  /** How many messages a connection sends at once before it waits for all their echoes. */
  depth: number;
  deflate?: boolean;
  /** What throughput is shown in, besides the CPU time for each. */
  unit: "message" | "byte" | "delivery" | "handshake" | "connection";
  /** Part of `--short`. */
  isShort?: boolean;
}

const KIB = 1024;
const MIB = 1024 * KIB;

/** Memory wants few rounds, since each has a fresh process, and hardly differs. */
export const IDLE_ROUNDS = 3;

/** All workloads, in the order of the table. */
export const workloads: readonly Workload[] = [
  echo("small", "Small messages, one in flight", { sizes: [20, 125], isText: true, connections: 16, depth: 1, isShort: true }),
  echo("burst", "Small messages, 64 in flight", { sizes: [20, 125], isText: true, connections: 8, depth: 64, isShort: true }),
  echo("1k", "Messages of 1 KiB, 32 in flight", { sizes: [KIB, KIB], connections: 8, depth: 32 }),
  echo("64k", "Messages of 64 KiB, 4 in flight", { sizes: [64 * KIB, 64 * KIB], connections: 4, depth: 4, unit: "byte", isShort: true }),
  echo("1m", "Messages of 1 MiB, one in flight", { sizes: [MIB, MIB], connections: 2, depth: 1, unit: "byte" }),
  echo("deflate", "Compressed messages of 1 KiB, 16 in flight", {
    sizes: [KIB, KIB],
    isText: true,
    connections: 8,
    depth: 16,
    deflate: true,
    isShort: true,
  }),
  broadcast("broadcast-500", 500, 1),
  { ...broadcast("broadcast-500-burst", 500, 16), isShort: true },
  broadcast("broadcast-1000", 1000, 1),
  broadcast("broadcast-1000-burst", 1000, 16),
  {
    name: "handshake",
    title: "Opening and closing handshakes",
    kind: "handshake",
    sizes: [0, 0],
    isText: true,
    connections: 16,
    depth: 1,
    unit: "handshake",
  },
  {
    name: "idle",
    title: "Idle connections",
    kind: "idle",
    sizes: [20, 20],
    isText: true,
    connections: 10_000,
    depth: 1,
    unit: "connection",
  },
];

function echo(name: string, title: string, rest: Pick<Workload, "sizes" | "connections" | "depth"> & Partial<Workload>): Workload {
  return { name, title, kind: "echo", isText: false, unit: "message", ...rest };
}

function broadcast(name: string, connections: number, depth: number): Workload {
  const inFlight = depth === 1 ? "one" : depth;
  return {
    name,
    title: `Broadcast to ${connections.toLocaleString("en")}, ${inFlight} in flight`,
    kind: "broadcast",
    sizes: [64, 64],
    isText: true,
    connections,
    depth,
    unit: "delivery",
  };
}

/** The details that the title leaves out. */
export function describe({ kind, sizes: [from, to], isText, connections, deflate }: Workload): string {
  const size = from === to ? bytes(to) : `${from} to ${bytes(to)}`;
  const type = `${deflate ? "compressed " : ""}${isText ? "text" : "binary"}`;
  const clients = `${connections.toLocaleString("en")} connections`;
  if (kind === "handshake") return `${connections} at a time, each opened and properly closed`;
  if (kind === "idle") return clients;
  return `${size} of ${type}, ${clients}`;
}

/** A number of bytes as people say it: `64 KiB`. */
export function bytes(count: number): string {
  if (count >= MIB) return `${count / MIB} MiB`;
  return count >= KIB ? `${count / KIB} KiB` : `${count} bytes`;
}
