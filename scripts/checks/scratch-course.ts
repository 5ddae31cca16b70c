import { readFileSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "../lib/scratch.ts";
import { listSteps, type Step } from "../lib/steps.ts";

/**
 * A course of two steps for the tests of the gates, in which all is right but for `changes`. Its
 * servers say a word to whoever connects: step 01 says one, and then step 02 says two as well.
 */
export function scratchCourse(changes: Record<string, string> = {}): { root: string; steps: Step[] } {
  const root = scratchFolder({
    "package.json": '{ "type": "module" }',
    "steps/01-one/server.ts": wordServer("one"),
    "steps/01-one/server.test.ts": wordChecks(
      wordCheck("says one", "one"),
      `check("says nothing else", { proves: ["C3"], retiredBy: "two" }, async (server) => {
         const said = await listen(server);
         if (said !== "one") throw new CheckError("It says " + said + ".");
       });`,
    ),
    "steps/01-one/README.md": lesson(
      1,
      { program: "steps/01-one/mistakes/zero.ts", title: "says one", says: "It says zero, not one." },
      { program: "mistakes/zero.ts", title: "Zero", says: "It says zero, not one." },
    ),
    "steps/01-one/mistakes/zero.ts": mistake("says one", "It says zero, not one.") + wordServer("zero"),
    "steps/02-two/server.ts": wordServer("one two"),
    "steps/02-two/server.test.ts": wordChecks(wordCheck("says one still", "one"), wordCheck("says two", "two")),
    "steps/02-two/README.md": lesson(2, FAILING, COMMON),
    "steps/02-two/mistakes/two.ts": mistake("says one still", "It says two, not one.") + wordServer("two"),
    ...changes,
  });
  return { root, steps: listSteps(join(root, "steps")) };
}

/** Runs a scratch server, which has no types and needs no tsx: that saves each of them half a second. */
export function plainCommand(file: string): string[] {
  return [process.execPath, "--input-type=module", "--eval", readFileSync(file, "utf8")];
}

/** A server that says these words to whoever connects. */
export function wordServer(words: string): string {
  return `
    import net from "node:net";
    const server = net.createServer((socket) => {
      socket.on("error", () => {});
      socket.resume().end("${words}");
    });
    server.listen(Number(process.env.PORT));
  `;
}

/** A `server.test.ts` with these checks. */
export function wordChecks(...checks: string[]): string {
  return `
    import { CheckError, checksOf } from ${JSON.stringify(import.meta.resolve("./index.ts"))};
    const check = checksOf(new URL("server.ts", import.meta.url));
    async function listen(server: any): Promise<string> {
      const client = await server.connect();
      await client.expectEnd();
      return client.unread.toString();
    }
    ${checks.join("\n")}
  `;
}

/** A check that the server says a word. */
export function wordCheck(title: string, word: string): string {
  return `check("${title}", { proves: ["C1"] }, async (server) => {
    const said = await listen(server);
    if (!said.includes("${word}")) throw new CheckError("It says " + said + ", not ${word}.");
  });`;
}

/** The header of a mistake. */
export function mistake(caughtBy: string, says: string): string {
  return `// Mistake: It says the wrong word.\n// Caught by: ${caughtBy}\n// Says: ${says}\n`;
}

/** A lesson that shows a check failing on a program, and that quotes a mistake. */
export function lesson(number: number, failing: LessonQuote, common: LessonQuote): string {
  return [
    `# Lesson ${number}`,
    "",
    "```console checks",
    `$ npm run check ${number} -- node --import tsx ${failing.program}`,
    `✖ ${failing.title}`,
    `    ${failing.says}`,
    "```",
    "",
    "## Common mistakes",
    "",
    `- [a link](${common.program}): ${common.title}. \`${common.says}\``,
    "",
    "## What is still wrong",
    "",
    "Nothing.",
    "",
  ].join("\n");
}

export type LessonQuote = { program: string; title: string; says: string };

/** What the lesson of step 02 quotes. */
export const FAILING: LessonQuote = {
  program: "steps/01-one/server.ts",
  title: "says two",
  says: "It says one, not two.",
};
export const COMMON: LessonQuote = { program: "mistakes/two.ts", title: "Only two", says: "It says two, not one." };
