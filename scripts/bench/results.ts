import type { TaskResult } from "./in-process.ts";

/** What the benchmark finds out: what it prints, and what it writes as JSON for the site. */

export interface Results {
  machine: Machine;
  /** When it ran: an ISO date. */
  date: string;
  /** Whether this is the short form, whose figures are coarser. */
  isShort: boolean;
  rounds: number;
  /** How long a round took, in milliseconds. */
  milliseconds: number;
  workloads: WorkloadResult[];
  /** Parts of our servers, measured without sockets. */
  tasks: TaskResult[];
  /** Why a peer did not take part. */
  missing: { name: string; reason: string }[];
}

export interface Machine {
  cpu: string;
  cores: number;
  system: string;
  node: string;
  /** Where server and load generator ran, a sentence. */
  pinning: string;
}

export interface WorkloadResult {
  name: string;
  title: string;
  details: string;
  unit: "message" | "byte" | "delivery" | "handshake" | "connection";
  rows: Row[];
}

/** A peer in a workload: medians over the rounds, or the reason why there are none. */
export interface Row {
  peer: string;
  title: string;
  figures?: Figures;
  /** What went wrong: the benchmark fails. */
  problem?: string;
  /** Why the peer cannot take part in this workload, which is no fault. */
  lacks?: string;
}

export interface Figures {
  /** Microseconds of the server's CPU time for each message, delivery or handshake; null where the system does not tell. */
  cpu: number | null;
  /** The same, divided by that of `ws`. */
  cpuToWs: number | null;
  /** Messages, deliveries or handshakes. */
  perSecond: number | null;
  bytesPerSecond: number | null;
  /** Milliseconds until all that was in flight had come back. */
  p50: number | null;
  /** Null if too few have been seen. */
  p99: number | null;
  /** How much of its core the server used: from 0 to 1, more if other cores helped. */
  serverShare: number | null;
  /** How much of its core the load generator used. */
  loadShare: number | null;
  /** Bytes for each connection: of the whole process, and of heap and buffers. */
  rss: number | null;
  heap: number | null;
}
