import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { typescriptCommand } from "../lib/processes.ts";
import type { Step } from "../lib/steps.ts";
import {
  type CommandOf,
  type CourseStep,
  firstLine,
  isJudgement,
  type Outcome,
  type Problem,
  runChecks,
  SHORT_PATIENCE,
  withServer,
} from "./course.ts";
import { fitsQuote } from "./placeholders.ts";
import type { ServerUnderTest } from "./server-under-test.ts";

/** A program that is wrong on purpose, and what its header declares. */
export type Mistake = {
  /** The absolute path. */
  file: string;
  /** The path from the top of the course, with slashes. */
  name: string;
  /** What is wrong, in a sentence. */
  mistake: string;
  /** The title of the check that fails first. */
  caughtBy: string;
  /** The first line of what that check says. */
  says: string;
};

/** The mistakes of a step: every TypeScript file right in its folder `mistakes/`; below it is what they share. */
export function listMistakes(step: Step): Mistake[] {
  const folder = join(step.folder, "mistakes");
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"));
  return files.sort().map((file) => {
    const path = join(folder, file);
    const source = readFileSync(path, "utf8");
    const declared = (name: string): string => new RegExp(`^// ${name}: (.+?)\\r?$`, "m").exec(source)?.[1] ?? "";
    return {
      file: path,
      name: `steps/${step.name}/mistakes/${file}`,
      mistake: declared("Mistake"),
      caughtBy: declared("Caught by"),
      says: declared("Says"),
    };
  });
}

/** What is wrong with the header of a mistake, for the checks of its step. */
export function headerProblem(mistake: Mistake, step: CourseStep): Problem | undefined {
  const { name, caughtBy } = mistake;
  for (const [key, label] of [["mistake", "Mistake"], ["caughtBy", "Caught by"], ["says", "Says"]] as const) {
    if (mistake[key] === "") return { message: `${name} does not begin with a line "// ${label}: ...".` };
  }
  if (step.checks.some(({ title }) => title === caughtBy)) return undefined;
  return { message: `${name} names the check "${caughtBy}", and ${step.name} has none of that title.` };
}

/** Runs a mistake on the checks of its step, and says what is wrong if it is not caught as it declares. */
export async function mistakeProblem(
  mistake: Mistake,
  step: CourseStep,
  command: CommandOf = typescriptCommand,
): Promise<Problem | undefined> {
  const wrongHeader = headerProblem(mistake, step);
  if (wrongHeader !== undefined) return wrongHeader;
  const { name, caughtBy, says } = mistake;
  const at = step.checks.findIndex(({ title }) => title === caughtBy);

  const tryIt = async (server: ServerUnderTest): Promise<Outcome | undefined> => {
    // Only the one that must fail may be impatient.
    const before = await runChecks(server, step.checks.slice(0, at), { stop: true });
    const early = before.find(({ error }) => error !== undefined);
    if (early !== undefined) return early;
    server.patience = SHORT_PATIENCE;
    const [outcome] = await runChecks(server, step.checks.slice(at, at + 1));
    return outcome;
  };
  const result = await withServer(mistake.file, tryIt, command);
  if (result === undefined) return { message: `${name} was never run.` };
  if ("message" in result) return { ...result, message: `${name} ${result.message}.` };

  const { check, error } = result;
  if (error === undefined) {
    return { message: `${name} is not caught: it passes "${caughtBy}", and all checks before it.` };
  }
  const details = isJudgement(error) ? error.message : String(error.stack);
  if (check.title !== caughtBy) {
    return { message: `${name} should be caught by "${caughtBy}", but fails "${check.title}" before it.`, details };
  }
  if (!isJudgement(error)) return { message: `The check "${caughtBy}" has a fault of its own, seen on ${name}.`, details };
  if (!fitsQuote(firstLine(error), says)) {
    return { message: `${name} is caught, but the message is not the "${says}" that it declares.`, details };
  }
  return undefined;
}

/** What is wrong with a lesson's section "Common mistakes": no such section, or words that no check says. */
export function lessonProblems(step: Step, mistakes: readonly Mistake[]): Problem[] {
  const lesson = `steps/${step.name}/README.md`;
  const file = join(step.folder, "README.md");
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const [, section = ""] = /^## Common mistakes\r?\n([^]*?)(?=^## |$(?![^]))/m.exec(text) ?? [];
  if (section.trim() === "") return [{ message: `${lesson} has no section "## Common mistakes".` }];

  const problems: Problem[] = [];
  const items = section.split(/^- /m).slice(1);
  if (items.length === 0) problems.push({ message: `${lesson}: "Common mistakes" is not a list.` });
  for (const item of items) {
    const [, link = ""] = /\]\((mistakes\/[^)]+)\)/.exec(item) ?? [];
    const mistake = mistakes.find(({ name }) => name.endsWith(`/${link}`));
    if (link === "" || mistake === undefined) {
      problems.push({ message: `${lesson}: this common mistake links no program in mistakes/: ${item.trim()}` });
    } else if (!item.includes(`\`${mistake.says}\``)) {
      problems.push({ message: `${lesson}: the line on ${link} does not quote what it says, \`${mistake.says}\`.` });
    }
  }
  return problems;
}
