import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { UsageError } from "../lib/cli.ts";
import { exitCode, startProcess } from "../lib/processes.ts";
import { findStep, listSteps, type Step } from "../lib/steps.ts";
import { compile } from "../soak/compile.ts";
import { CHANGED, CHANGES, mix } from "./changes.ts";
import type { Workload } from "./workloads.ts";

/** A server that takes part. */
export interface Peer {
  /** As `--peer` takes it. */
  name: string;
  title: string;
  /** Sends back the bytes that it gets, and knows nothing of frames. */
  isRaw: boolean;
  /** Wants an opening handshake; one without greets with a byte. */
  upgrade: boolean;
  /** Why it cannot take part in a workload, if so. */
  lacks(workload: Workload): string | undefined;
  /** What to start. */
  program: Program;
}

/** A server of ours that answers questions, or a foreign one that is told a port and nothing else. */
export type Program =
  | { kind: "ours"; command: string; args: string[]; env: Record<string, string> }
  | { kind: "foreign"; command: string; args: string[] };

/** A peer that cannot take part, and why. */
export interface MissingPeer {
  name: string;
  reason: string;
}

export interface PeerOptions {
  /** Steps whose servers take part; without any, the last two that have a library. */
  steps?: string[];
  /** A learner's own server: a command and its arguments. */
  command?: string[];
  /** Instead of two steps, step 19 is put together from step 18, change by change. */
  changes?: boolean;
  /** The folder that holds the steps. */
  stepsFolder?: string;
}

const SERVERS = fileURLToPath(new URL("servers/", import.meta.url));
const PEERS = fileURLToPath(new URL("peers/", import.meta.url));
const COURSE = new URL("../../package.json", import.meta.url);
const LIBRARY = "websocket-server.ts";

/** What needs `scripts/bench/peers/` to be installed. */
const INSTALLED = ["ws-native", "websocket", "faye-websocket", "bun"];
/** Those of `--short`, besides the steps and what `--command` brings. */
const SHORT = ["ws", "bare-upgrade"];
const NO_ADDONS = { WS_NO_BUFFER_UTIL: "1", WS_NO_UTF_8_VALIDATE: "1" };

/** The names of all peers that there can be. */
export function peerNames({ steps, command, changes, stepsFolder }: PeerOptions): string[] {
  const ours = changes ? [`step-${CHANGED[0]}`, ...CHANGES.map(({ name }) => name)] : ourSteps(steps, stepsFolder).map(nameOf);
  return [
    ...(command ? ["yours"] : []),
    ...ours,
    "ws",
    ...INSTALLED,
    "bare-upgrade",
    "bare-net",
  ];
}

/** The names of those that take part in the short form. */
export function shortPeerNames(options: PeerOptions): string[] {
  const steps = ourSteps(options.steps, options.stepsFolder);
  // A learner compares with the last step, and has no interest in the one before.
  const shown = options.command ? steps.slice(-1) : steps;
  return [...(options.command ? ["yours"] : []), ...shown.map(nameOf), ...SHORT];
}

/** The names of those that show what each change brings. */
export function changesPeerNames(options: PeerOptions): string[] {
  return peerNames(options).filter((name) => !INSTALLED.includes(name) && name !== "bare-net");
}

/** Whether one of them is among what has to be installed, and is not there in the right version. */
export function needsInstallation(names: readonly string[]): boolean {
  if (!names.some((name) => INSTALLED.includes(name))) return false;
  const { dependencies } = readJson(peersManifest()) as { dependencies: Record<string, string> };
  return Object.entries(dependencies).some(([name, version]) => {
    const manifest = join(PEERS, "node_modules", name, "package.json");
    return !existsSync(manifest) || (readJson(manifest) as { version: string }).version !== version;
  });
}

/**
 * Installs the peers from the lockfile. Their install scripts do not run: they would compile what
 * comes prebuilt, or download what the packages bring.
 */
export async function installPeers(): Promise<boolean> {
  const command = process.platform === "win32" ? "npm.cmd" : "npm";
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
  return (await exitCode(startProcess(command, args, { cwd: PEERS, stdio: ["ignore", "ignore", "inherit"] }))) === 0;
}

/** The peers with these names; those that are not there are told to `missing`. */
export async function makePeers(names: readonly string[], options: PeerOptions, missing: (peer: MissingPeer) => void): Promise<Peer[]> {
  const peers: Peer[] = [];
  const isIncomplete = needsInstallation(names);
  for (const name of names) {
    const peer = isIncomplete && INSTALLED.includes(name) ? "npm could not install it" : await makePeer(name, options);
    if (typeof peer === "string") missing({ name, reason: peer });
    else peers.push(peer);
  }
  return peers;
}

/** A peer, or why it is missing. */
async function makePeer(name: string, options: PeerOptions): Promise<Peer | string> {
  const step = ourSteps(options.steps, options.stepsFolder).find((step) => nameOf(step) === name);
  if (step) return stepPeer(nameOf(step), `step ${step.number}`, step.folder);
  const change = CHANGES.find((change) => change.name === name);
  if (change) {
    const [before, after] = CHANGED.map((number) => findStep(number, listSteps(options.stepsFolder))) as [Step, Step];
    return stepPeer(name, change.title, mix(before, after, name));
  }
  switch (name) {
    case "yours":
      return commandPeer(options.command ?? []);
    case "ws":
      return packagePeer(name, "ws", COURSE, NO_ADDONS);
    case "ws-native":
      return nativePeer();
    case "websocket":
      return { ...(await packagePeer(name, name, peersManifest())), lacks: lacksDeflate };
    case "faye-websocket":
      return packagePeer(name, name, peersManifest());
    case "bun":
      return bunPeer();
    case "bare-upgrade":
      return barePeer(name, "bare upgraded socket", true);
    default:
      return barePeer(name, "bare node:net", false);
  }
}

/** The steps that take part: those that are wanted, or the last two that have a library. */
export function ourSteps(wanted?: string[], folder?: string): Step[] {
  const steps = listSteps(folder);
  const libraries = steps.filter((step) => existsSync(join(step.folder, LIBRARY)));
  if (wanted === undefined) return libraries.slice(-2);
  return wanted.map((argument) => {
    const step = findStep(argument, steps);
    if (libraries.includes(step)) return step;
    const first = libraries[0];
    const hint = first ? `: the first one with a library is ${first.number}` : "";
    throw new UsageError(`Step ${step.number} has no ${LIBRARY}${hint}.`);
  });
}

const nameOf = (step: Step): string => `step-${step.number}`;

async function stepPeer(name: string, title: string, folder: string): Promise<Peer> {
  const library = pathToFileURL(await compile(join(folder, LIBRARY))).href;
  return frames(name, title, await node("step.ts", { BENCH_LIBRARY: library }));
}

async function packagePeer(name: string, packageName: string, manifest: URL | string, env: Record<string, string> = {}): Promise<Peer> {
  const version = versionOf(packageName, manifest);
  const program = await node(`${packageName}.ts`, { ...env, BENCH_REQUIRE_FROM: String(manifest) });
  return frames(name, `${packageName} ${version}`, program);
}

async function nativePeer(): Promise<Peer | string> {
  const require = createRequire(peersManifest());
  // utf-8-validate is there for old versions of Node: ws asks Node itself where it can.
  for (const addon of ["bufferutil", "utf-8-validate"]) {
    if (!isNative(require, addon)) return `${addon} brings no binary for ${process.platform} on ${process.arch}`;
  }
  const peer = await packagePeer("ws-native", "ws", peersManifest());
  return { ...peer, title: `${peer.title} + addons` };
}

/** Whether the addon itself is loaded, and not what stands in for it. */
function isNative(require: NodeJS.Require, addon: string): boolean {
  try {
    const folder = join(require.resolve(`${addon}/package.json`), "..");
    (require("node-gyp-build") as (folder: string) => unknown)(folder);
    return true;
  } catch {
    return false;
  }
}

async function bunPeer(): Promise<Peer | string> {
  const scope = join(PEERS, "node_modules/@oven");
  const candidates = existsSync(scope) ? readdirSync(scope) : [];
  const binary = candidates.flatMap((name) => ["bun", "bun.exe"].map((file) => join(scope, name, "bin", file))).find((file) => existsSync(file));
  if (binary === undefined) return `its package has no binary for ${process.platform} on ${process.arch}`;
  const program = await compile(join(SERVERS, "bun.ts"));
  return frames("bun", `Bun ${versionOf("bun", peersManifest())}`, { kind: "ours", command: binary, args: [program], env: {} });
}

async function barePeer(name: string, title: string, upgrade: boolean): Promise<Peer> {
  const program = await node(`${name}.ts`, {});
  const lacks = (workload: Workload): string | undefined =>
    workload.kind === "handshake" && !upgrade ? "it knows no handshake" : lacksDeflate(workload);
  return { name, title, isRaw: true, upgrade, lacks, program };
}

function commandPeer([command = "", ...args]: string[]): Peer {
  const lacks = ({ kind }: Workload): string | undefined =>
    kind === "broadcast" ? "a foreign server is only asked for echoes" : undefined;
  return { name: "yours", title: "yours", isRaw: false, upgrade: true, lacks, program: { kind: "foreign", command, args } };
}

function frames(name: string, title: string, program: Program): Peer {
  return { name, title, isRaw: false, upgrade: true, lacks: () => undefined, program };
}

function lacksDeflate({ deflate }: Workload): string | undefined {
  return deflate ? "it has no permessage-deflate" : undefined;
}

async function node(server: string, env: Record<string, string>): Promise<Program> {
  const program = await compile(join(SERVERS, server));
  return { kind: "ours", command: process.execPath, args: ["--expose-gc", program], env };
}

function peersManifest(): string {
  return join(PEERS, "package.json");
}

function versionOf(name: string, manifest: URL | string): string {
  const file = createRequire(manifest).resolve(`${name}/package.json`);
  return (readJson(file) as { version: string }).version;
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, "utf8"));
}
