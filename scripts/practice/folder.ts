import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isStepCode } from "../lessons/changes.ts";
import { walk } from "../lib/files.ts";
import { courseRoot } from "../lib/root.ts";
import type { Step } from "../lib/steps.ts";

/** Where a first step begins: nothing is done, but the checks can start it. */
const FIRST_SERVER = `import http from "node:http";

// The checks start this program, and say in PORT where it must listen.
const port = Number(process.env.PORT ?? 8000);
const server = http.createServer();

// TODO: what lesson 01 says.

server.listen(port, () => {
  console.log(\`Listening on port \${port}\`);
});
`;

/** What editors need to know, to judge the files as the course does. */
const TSCONFIG = `${JSON.stringify({ extends: "../tsconfig.json", include: ["*.ts"] }, null, 2)}\n`;

/** What lies in the folder and is not the learner's work. */
const OWN_FOLDERS = ["backups", "passed"];
const OWN_FILES = new Set(["progress.json", "state.json", "tsconfig.json"]);
/** What compilers and package managers write. */
const BUILT_FOLDERS = ["node_modules", "target", "build", "dist", "bin", "obj", "venv"];

/** The folder in which a learner works: own files, what was passed, and backups. */
export class PracticeFolder {
  readonly path: string;

  constructor(path: string = join(courseRoot, "practice")) {
    this.path = path;
  }

  get progressFile(): string {
    return join(this.path, "progress.json");
  }

  get stateFile(): string {
    return join(this.path, "state.json");
  }

  get lockFile(): string {
    return join(this.path, ".lock");
  }

  /** The learner's files, as sorted relative paths with slashes. */
  ownFiles(): string[] {
    return walk(this.path, { except: [...OWN_FOLDERS, ...BUILT_FOLDERS] }).filter(
      (name) => !OWN_FILES.has(name) && !name.endsWith(".tmp") && !name.startsWith("progress.json."),
    );
  }

  /** Creates the folder itself, if it is not there. */
  ensure(): void {
    mkdirSync(this.path, { recursive: true });
    const config = join(this.path, "tsconfig.json");
    if (!existsSync(config) && existsSync(join(this.path, "..", "tsconfig.json"))) writeFileSync(config, TSCONFIG);
  }

  /**
   * Puts the files in place from which a step begins: what the learner had when the step before was
   * passed, or else the course's own step before. With `code` false, for a server in another
   * language, only the page comes. Says where they come from.
   */
  begin(step: Step, before: Step | undefined, { code }: { code: boolean }): string {
    this.ensure();
    const passed = before && join(this.path, "passed", before.slug);
    if (passed !== undefined && existsSync(passed)) {
      for (const name of walk(passed)) this.#copy(join(passed, name), name);
      this.updatePage(step, before);
      return `your own files of step ${before?.number}`;
    }
    if (!code) {
      this.updatePage(step, undefined);
      return "an empty folder, for a server in your language";
    }
    if (before === undefined) writeFileSync(join(this.path, "server.ts"), FIRST_SERVER);
    else for (const name of walk(before.folder).filter(isWritten)) this.#copy(join(before.folder, name), name);
    this.updatePage(step, undefined);
    return before === undefined ? "a server that only listens" : `the course's step ${before.number}`;
  }

  /** Brings the page of a step, unless the learner has changed the one that is there. Says whether it did. */
  updatePage(step: Step, before: Step | undefined): boolean {
    const [own, next] = [join(this.path, "client.html"), join(step.folder, "client.html")];
    if (!existsSync(next)) return false;
    const old = before && join(before.folder, "client.html");
    const isUntouched = !existsSync(own) || old === undefined || (existsSync(old) && readFileSync(own).equals(readFileSync(old)));
    if (isUntouched) this.#copy(next, "client.html");
    return isUntouched;
  }

  /** Copies the learner's files into `backups/`; gives the new folder, relative to this one, or nothing if there are none. */
  backUp(reason: string): string | undefined {
    const names = this.ownFiles();
    if (names.length === 0) return undefined;
    const time = new Date().toISOString().slice(0, 19).replaceAll(":", "-");
    for (let count = 1; ; count += 1) {
      const folder = `backups/${time}-${reason}${count === 1 ? "" : `-${count}`}`;
      if (existsSync(join(this.path, folder))) continue;
      for (const name of names) this.#copy(join(this.path, name), `${folder}/${name}`);
      return folder;
    }
  }

  /** The names of the backups, the oldest first. */
  backups(): string[] {
    const folder = join(this.path, "backups");
    return existsSync(folder) ? readdirSync(folder).filter((name) => statSync(join(folder, name)).isDirectory()).sort() : [];
  }

  /** Takes the learner's files away, all of which a backup has. */
  clear(): void {
    for (const name of this.ownFiles()) rmSync(join(this.path, name));
  }

  /** Puts a backup back in place of the learner's files. */
  restore(name: string): void {
    const folder = join(this.path, "backups", name);
    this.clear();
    for (const file of walk(folder)) this.#copy(join(folder, file), file);
  }

  /** Keeps the learner's files as those with which a step was passed. */
  keepPassed(step: Step): void {
    const folder = join(this.path, "passed", step.slug);
    const next = `${folder}.next`;
    rmSync(next, { recursive: true, force: true });
    for (const name of this.ownFiles()) this.#copy(join(this.path, name), `passed/${step.slug}.next/${name}`);
    rmSync(folder, { recursive: true, force: true });
    if (existsSync(next)) renameSync(next, folder);
  }

  #copy(from: string, name: string): void {
    const to = join(this.path, name);
    mkdirSync(dirname(to), { recursive: true });
    cpSync(from, to);
  }
}

/** Whether a file of a step is one that a learner writes: a module, no page. */
function isWritten(name: string): boolean {
  return isStepCode(name) && name.endsWith(".ts");
}
