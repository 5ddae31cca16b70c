import { loadChecks, type CourseStep } from "./checks/course.ts";
import { Failure, parseArguments, runMain, UsageError } from "./lib/cli.ts";
import { findStep, listSteps } from "./lib/steps.ts";
import { formatClass, hasPassed, listSubmissions, runClass } from "./practice/class.ts";
import { runEnding } from "./practice/ending.ts";
import { PracticeFolder } from "./practice/folder.ts";
import { readKeys } from "./practice/keys.ts";
import { takeLock } from "./practice/lock.ts";
import { readSignatures } from "./practice/mistakes.ts";
import { commandProgram, typescriptProgram, type Program } from "./practice/program.ts";
import { Printer } from "./practice/printer.ts";
import { readProgress, writeProgress, type Progress } from "./practice/progress.ts";
import { Session } from "./practice/session.ts";
import { watchFiles, type Watching } from "./practice/watch.ts";

const usage = `
Usage: npm run practice [<step>] [-- <options>]

Makes the folder practice/ from the step before, and runs the checks of the step at every save. It
says what passes, what fails first, and why. Without <step>, it goes on where you were, or with the
first step that you have not passed. Your files of each passed step are kept, and the next step
begins from them. Nothing of yours is ever overwritten without a copy in practice/backups/.

Keys: h a hint, n the next step, d the difference from our solution, r begin the step anew,
? a list of all checks, q quit. Where the terminal is dumb, press Enter behind the letter.

Options:
  --command <command>  runs your own server, in any language, in the folder practice/; it must
                       listen on the port in PORT. It is remembered: --command "python3 server.py"
  --no-command         forgets it: server.ts runs again
  --once               one verdict and no watching: exit code 0 if the step is passed, 1 if not
  --reset              begins the step anew, as the key r does
  --restore <backup>   puts a backup back in place; without one to choose, --restore ? lists them
  --folder <path>      another folder than practice/
  --ending             every check of every step on your server, and the benchmark beside ws
  --no-bench           the ending without the benchmark
  --help               this text

For teachers:
  --class <folder>     runs the submissions in a folder, each a folder of its own with a server.ts, or
                       with a practice.json such as {"step": 5, "command": "python3 server.py"};
                       prints a table, and exits with 1 unless all of them pass
  --step <step>        the step that all of them are, whatever they say
  --csv, --json        the table in another form
  --limit <seconds>    how long each of them may take (default: 120)
`;

await runMain(usage, async (args) => {
  const { values, positionals } = parseArguments(args, {
    command: { type: "string" },
    "no-command": { type: "boolean", default: false },
    once: { type: "boolean", default: false },
    reset: { type: "boolean", default: false },
    restore: { type: "string" },
    folder: { type: "string" },
    ending: { type: "boolean", default: false },
    "no-bench": { type: "boolean", default: false },
    class: { type: "string" },
    step: { type: "string" },
    csv: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    limit: { type: "string", default: "120" },
  });
  const [name, ...extra] = positionals;
  if (extra.length > 0) throw new UsageError(`npm run practice takes one step, so "${extra.join(" ")}" is too much. Options come after --.`);
  const steps = listSteps();
  if (steps.length === 0) throw new UsageError("There are no steps yet.");
  const wanted = name === undefined ? undefined : findStep(name, steps);

  if (values.class !== undefined) {
    if (!/^[1-9]\d{0,5}$/.test(values.limit)) throw new UsageError(`--limit is "${values.limit}", but it is a number of seconds above 0.`);
    const course = await loadChecks(steps);
    const step = values.step === undefined ? wanted : findStep(values.step, steps);
    const submissions = listSubmissions(values.class, course, course.find(({ slug }) => slug === step?.slug));
    const limit = Number(values.limit) * 1000;
    const rows = await runClass(submissions, { course, limit, onRow: ({ name }) => console.error(`${name} is done.`) });
    console.log(formatClass(rows, course, values.json ? "json" : values.csv ? "csv" : "table"));
    return hasPassed(rows) ? 0 : 1;
  }
  for (const [option, isSet] of [["--step", values.step !== undefined], ["--csv", values.csv], ["--json", values.json]] as const) {
    if (isSet) throw new UsageError(`${option} goes with --class.`);
  }

  const folder = new PracticeFolder(values.folder);
  folder.ensure();
  const release = takeLock(folder.lockFile);
  try {
    const { progress, warning } = readProgress(folder.progressFile);
    if (warning !== undefined) console.error(warning);
    if (values.restore !== undefined) return restore(folder, values.restore);
    if (values.command !== undefined) {
      commandProgram(values.command);
      progress.command = values.command;
    }
    if (values["no-command"]) delete progress.command;

    const course = await loadChecks(steps);
    if (values.ending) return await ending(folder, course, progress, values["no-bench"]);
    const step = course.find(({ slug }) => slug === wanted?.slug) ?? whereToGoOn(course, progress);
    await open(folder, course, step, progress, values.reset);
    const program = programOf(folder, progress);
    const printer = new Printer();
    process.once("exit", () => printer.flush());
    const print = (line: string): void => printer.print(line);
    let watching: Watching | undefined;
    const onOwnChange = (): void => watching?.sync();
    const session = new Session({ folder, course, step, progress, program, signatures: readSignatures(), print, isOnce: values.once, onOwnChange });
    session.introduce();
    if (!values.once) return await watch(session, { folder, course, program, print, onWatching: (it) => (watching = it) });
    const isPassed = await session.check("one verdict");
    await session.close();
    printer.flush();
    return isPassed ? 0 : 1;
  } finally {
    release();
  }
});

function programOf(folder: PracticeFolder, { command }: Progress): Program {
  return command === undefined ? typescriptProgram(folder.path) : commandProgram(command);
}

async function ending(folder: PracticeFolder, course: readonly CourseStep[], progress: Progress, quick: boolean): Promise<number> {
  const program = programOf(folder, progress);
  try {
    return (await runEnding({ folder, course, program, print: console.log, quick })) ? 0 : 1;
  } finally {
    await program.close();
  }
}

/** The step that is under way, or the next one that is not passed; in the end, the last one. */
function whereToGoOn(course: readonly CourseStep[], { step, done }: Progress): CourseStep {
  const at = course.findIndex(({ slug }) => slug === step);
  const isOpen = ({ slug }: CourseStep): boolean => done[slug] === undefined;
  const found = course.slice(Math.max(at, 0)).find(isOpen) ?? course.find(isOpen) ?? course.at(-1);
  if (found === undefined) throw new Failure("There are no steps yet.");
  return found;
}

/** Puts the files of a step in place, unless the learner is in the middle of it. */
async function open(folder: PracticeFolder, course: readonly CourseStep[], step: CourseStep, progress: Progress, isReset: boolean): Promise<void> {
  const before = course[course.indexOf(step) - 1];
  const hasFiles = folder.ownFiles().length > 0;
  const current = progress.step;
  progress.step = step.slug;
  const code = progress.command === undefined;
  if (!isReset && hasFiles && (current === step.slug || current === undefined)) {
    if (current === undefined) console.log("Your files stay as they are.");
  } else if (!isReset && hasFiles && before !== undefined && current === before.slug && progress.done[before.slug] !== undefined) {
    if (!folder.updatePage(step, before)) console.log("client.html is your own, and stays as it is.");
    console.log("Your files go on from the step before.");
  } else {
    const backup = folder.backUp(isReset ? "before-reset" : `of-${current ?? "before"}`);
    if (backup !== undefined) console.log(`Your files are kept in ${backup}; npm run practice -- --restore ${backup.replace("backups/", "")} brings them back.`);
    folder.clear();
    console.log(`Step ${step.number} begins from ${folder.begin(step, before, { code })}.`);
  }
  await writeProgress(folder.progressFile, progress);
}

function restore(folder: PracticeFolder, name: string): number {
  const backups = folder.backups();
  if (!backups.includes(name)) {
    const list = backups.length === 0 ? "There are none yet." : `There are:\n  ${backups.join("\n  ")}`;
    if (name === "?") console.log(list);
    else throw new UsageError(`There is no backup ${name}. ${list}`);
    return 0;
  }
  const backup = folder.backUp("before-restore");
  folder.restore(name);
  console.log(`The files of ${name} are back.${backup === undefined ? "" : ` What was there is in ${backup}.`}`);
  return 0;
}

type WatchOptions = {
  folder: PracticeFolder;
  course: readonly CourseStep[];
  program: Program;
  print: (line: string) => void;
  onWatching: (watching: Watching) => void;
};

/** Checks at every save, until somebody quits. */
async function watch(session: Session, { folder, course, program, print, onWatching }: WatchOptions): Promise<number> {
  let quit = (): void => {};
  const over = new Promise<void>((resolve) => (quit = resolve));
  // Keys wait for each other; saves do not.
  let keys: Promise<void> = Promise.resolve();
  const watching = watchFiles(folder, (names) => {
    const saved = names.length === 1 ? names[0] : `${names.length} files`;
    void session.check(`${saved} saved`).catch(fail);
  });
  onWatching(watching);
  const byLine = process.env["TERM"] === "dumb";
  const giveBack = readKeys(process.stdin, (key) => {
    if (key === "q") return quit();
    keys = keys.then(async () => {
      if ((await session.press(key)) === "ending") await runEnding({ folder, course, program, print });
    }).catch(fail);
  }, { byLine });
  const fail = (error: unknown): void => {
    console.error(error instanceof Error ? error.stack : String(error));
  };
  void session.check("the first look").catch(fail);
  await over;
  giveBack();
  watching.end();
  await session.close();
  return 0;
}
