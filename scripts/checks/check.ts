import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { typescriptCommand } from "../lib/processes.ts";
import type { RequirementId } from "./requirements.ts";
import { ServerUnderTest } from "./server-under-test.ts";

/** What a check declares about itself. */
export type CheckOptions = {
  /** The requirements that it proves. */
  proves: readonly RequirementId[];
  /** The slug of the later step that deliberately ends what this check demands. */
  retiredBy?: string;
  /** Why it cannot be tried on this machine, if so. */
  skip?: string | false;
};

/** One demand on a server, tried over TCP. */
export type Check = CheckOptions & {
  title: string;
  run: (server: ServerUnderTest) => Promise<void>;
};

/** Declares a check. */
export type DeclareCheck = (title: string, options: CheckOptions, run: Check["run"]) => void;

/** Where checks are being gathered. A copy of the course brings a copy of this module, hence global. */
const COLLECTED = Symbol.for("course.collectedChecks");
const everywhere = globalThis as { [COLLECTED]?: Check[] };
let collecting: Promise<unknown> = Promise.resolve();
const known = new Map<string, Check[]>();

/**
 * Begins the checks of a server. Under the test runner each of them becomes a test of the TypeScript
 * file `program`; for `npm run check` and its kind, {@link collectChecks} gathers them instead.
 */
export function checksOf(program: URL): DeclareCheck {
  const list = everywhere[COLLECTED];
  if (list !== undefined) return (title, options, run) => void list.push({ title, ...options, run });

  const server = new ServerUnderTest(serverCommand(program));
  before(() => server.ensureRunning());
  after(() => server.stop());
  return (title, options, run) => {
    void test(title, { skip: options.skip ?? false }, () => runCheck({ title, ...options, run }, server));
  };
}

/** The checks that a `server.test.ts` declares, not run. */
export function collectChecks(fileUrl: URL): Promise<Check[]> {
  // One file after the other, as they all declare into the same list. And each of them once: a
  // module runs only the first time that it is imported.
  const result = collecting.then(() => known.get(fileUrl.href) ?? collect(fileUrl));
  collecting = result.catch(() => undefined);
  return result;
}

async function collect(fileUrl: URL): Promise<Check[]> {
  const list: Check[] = [];
  everywhere[COLLECTED] = list;
  try {
    await import(fileUrl.href);
  } finally {
    delete everywhere[COLLECTED];
  }
  known.set(fileUrl.href, list);
  return list;
}

/** Runs one check. Whatever it demands, the server must also live through it. Throws if it fails. */
export async function runCheck(check: Check, server: ServerUnderTest): Promise<void> {
  await server.ensureRunning();
  try {
    server.forgetOutput();
    await check.run(server);
    await server.releaseClients();
    await server.assertAlive();
  } catch (error) {
    throw await server.noteSilence(await server.explain(error));
  } finally {
    await server.releaseClients();
  }
}

function serverCommand(program: URL): readonly string[] {
  const own = process.env.SERVER_COMMAND;
  return own === undefined ? typescriptCommand(fileURLToPath(program)) : (JSON.parse(own) as string[]);
}
