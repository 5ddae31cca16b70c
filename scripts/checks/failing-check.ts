import { existsSync } from "node:fs";
import { join } from "node:path";
import { readLesson } from "../lessons/lesson.ts";
import type { Step } from "../lib/steps.ts";

/** What the section "The failing check" of a lesson shows. */
export type FailingCheck = {
  /** The program that fails, from the top of the course: `steps/02-switching-protocols/server.ts`. */
  program: string;
  /** The title of the first check that fails. */
  title: string;
  /** The first line of what it says. */
  message: string;
};

/** Reads which check a lesson shows failing. Returns a sentence instead if it shows none. */
export function readFailingCheck(step: Step): FailingCheck | string {
  const lesson = `steps/${step.name}/README.md`;
  if (!existsSync(join(step.folder, "README.md"))) return `${lesson} is missing, and with it the check that must fail.`;
  const blocks = readLesson(step.folder).fences.filter(({ language, words }) => language === "console" && words[0] === "checks");
  const command = new RegExp(`^\\$ npm run check 0*${step.number} -- node --import tsx (\\S+)$`, "m");
  const block = blocks.find(({ content }) => command.test(content));
  if (block === undefined) {
    return (
      `${lesson} does not show its failing check: a "console checks" block with ` +
      `"$ npm run check ${step.number} -- node --import tsx <the program that fails>".`
    );
  }
  const [, title = "", message = ""] = /^✖ (.+)\n {4}(.+)$/m.exec(block.content) ?? [];
  if (title === "") {
    return `${lesson}:${block.line} shows no failing check: a line "✖ title", and below it, indented by four, what it says.`;
  }
  return { program: command.exec(block.content)?.[1] ?? "", title, message };
}
