import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runScript } from "../lib/scratch.ts";
import type { Check } from "./check.ts";
import { declarationProblems, type CourseStep } from "./course.ts";
import { FAILING, COMMON, lesson, mistake, plainCommand, scratchCourse, wordCheck, wordChecks, wordServer } from "./scratch-course.ts";
import { runTriangle } from "./triangle.ts";

/** The messages of what is wrong with a scratch course. */
async function messages(changes: Record<string, string>, quick = true): Promise<string[]> {
  const { root, steps } = scratchCourse(changes);
  return (await runTriangle(steps, { root, quick, command: plainCommand })).problems.map(({ message }) => message);
}

const lesson2 = (change: Partial<typeof FAILING>) => ({ "steps/02-two/README.md": lesson(2, { ...FAILING, ...change }, COMMON) });
const PASSES =
  'steps/02-two/README.md shows the check "says two" failing on steps/01-one/server.ts, but the server of 01-one passes it: ' +
  "either the check accepts what it should not, or the server already does what 02-two is about.";

describe("the triangle notices", { concurrency: 2, timeout: 120_000 }, () => {
  test("a step that answers too much", async () => {
    const found = await messages({ "steps/01-one/server.ts": wordServer("one two") });
    assert.deepEqual(found, [PASSES]);
  });

  test("a check that accepts everything, which the lesson shows failing", async () => {
    const noCheck = 'check("says two", { proves: ["C1"] }, async () => {});';
    const found = await messages({ "steps/02-two/server.test.ts": wordChecks(wordCheck("says one still", "one"), noCheck) });
    assert.deepEqual(found, [PASSES]);
  });

  test("any other check that accepts everything, in the full triangle", async () => {
    const noCheck = 'check("says one still", { proves: ["C1"] }, async () => {});';
    const changes = { "steps/02-two/server.test.ts": wordChecks(noCheck, wordCheck("says two", "two")) };
    const [message, ...rest] = await messages(changes, false);
    assert.match(message ?? "", /^The check "says one still" of 02-two has never been seen failing/);
    assert.deepEqual(rest, []);
  });

  test("a check that fails before the one that the lesson shows", async () => {
    const checks = wordChecks(wordCheck("says three", "one two"), wordCheck("says two", "two"));
    const found = await messages({ "steps/02-two/server.test.ts": checks });
    assert.equal(found.length, 1);
    assert.match(found[0] ?? "", /but the server of 01-one fails the check "says three" before it\.$/);
  });

  test("a check that fails for another reason than the lesson's", async () => {
    const found = await messages(lesson2({ says: "It says nothing." }));
    assert.match(found.join(), /, and it does, but for another reason than the lesson's "It says nothing\."\.$/);
  });

  test("a check that stumbles over a fault of its own", async () => {
    const faulty = 'check("says two", { proves: ["C1"] }, async (server: any) => server.noSuchMethod());';
    const found = await messages({ "steps/02-two/server.test.ts": wordChecks(wordCheck("says one still", "one"), faulty) });
    assert.match(found[0] ?? "", /^The check "says two" of 02-two has a fault of its own/);
  });

  test("a server that has forgotten something, and one that does not start", async () => {
    const forgotten = await messages({ "steps/02-two/server.ts": wordServer("two") });
    assert.deepEqual(forgotten, ['The server of 02-two fails the check "says one" of 01-one.']);
    const dead = await messages({ "steps/02-two/server.ts": "process.exit(3);" });
    assert.deepEqual(dead, ["The server of 02-two does not start."]);
  });

  test("a check that retires for nothing", async () => {
    const retiring = wordCheck("says one", "one").replace('["C1"]', '["C1"], retiredBy: "two"');
    const found = await messages({ "steps/01-one/server.test.ts": wordChecks(retiring) });
    assert.deepEqual(found, [
      'The check "says one" of 01-one is retired by "two", but that step\'s server passes it: it need not retire.',
    ]);
  });

  test("a lesson that shows no failing check, another program, a missing one, or another title", async () => {
    const [none, other, missing, title] = await Promise.all([
      messages({ "steps/02-two/README.md": "# Two\n" }),
      messages(lesson2({ program: "steps/01-one/mistakes/zero.ts" })),
      messages({
        "steps/01-one/README.md": lesson(1, { ...FAILING, program: "steps/01-one/no-such.ts" }, COMMON),
      }),
      messages(lesson2({ title: "says to" })),
    ]);
    assert.match(none.join(), /^steps\/02-two\/README\.md does not show its failing check/);
    assert.match(other.join(), /shows steps\/01-one\/mistakes\/zero\.ts failing, but the step before has steps\/01-one\/server\.ts\.$/);
    assert.match(missing.join(), /shows steps\/01-one\/no-such\.ts failing, and there is no such file\.$/);
    assert.match(title.join(), /but steps\/02-two\/server\.test\.ts has no check of that title\.$/);
  });
});

test("declarations: a bad retiredBy, a title twice, a step without checks", () => {
  const step = (number: number, slug: string, ...checks: Partial<Check>[]) =>
    ({ number, slug, name: `0${number}-${slug}`, checks }) as CourseStep;
  const course = [
    step(1, "one", { title: "a", retiredBy: "nowhere" }, { title: "b", retiredBy: "one" }, { title: "c", retiredBy: "two" }),
    step(2, "two", { title: "d", retiredBy: "one" }, { title: "e" }, { title: "e" }),
    step(3, "three"),
  ];
  const file = (name: string) => `steps/${name}/server.test.ts`;
  assert.deepEqual(declarationProblems(course).map(({ message }) => message), [
    `${file("01-one")}: the check "a" is retired by "nowhere", but there is no step with that slug.`,
    `${file("01-one")}: the check "b" is retired by "one", but only a later step can retire a check.`,
    `${file("02-two")}: the check "d" is retired by "one", but only a later step can retire a check.`,
    `${file("02-two")} has two checks with the title "e".`,
    `${file("03-three")} declares no checks.`,
  ]);
});

describe("npm run triangle", { concurrency: 2, timeout: 60_000 }, () => {
  test("prints the table", async () => {
    const { root } = scratchCourse();
    const { code, stdout, stderr } = await runScript("triangle.ts", [], { root });
    assert.equal(stderr, "");
    assert.deepEqual(stdout.trimEnd().split("\n").map((line) => line.split(/ {2,}/)), [
      ["server of", "checks 01", "checks 02"],
      ["steps/01-one/mistakes/zero.ts", '0/2 ✖ "says one"', "·"],
      ["01-one", "2/2", '1/2 ✖ "says two"'],
      ["02-two", "1/1 -1 retired", "2/2"],
    ]);
    assert.equal(code, 0);
  });

  test("names the check and the server, shows the whole failure, and exits with 1", async () => {
    const { root } = scratchCourse({
      "steps/02-two/server.ts": wordServer("two"),
      "steps/02-two/mistakes/two.ts": mistake("says one still", "It says two, not one.") + wordServer("two"),
    });
    const { code, stdout } = await runScript("triangle.ts", ["--quick"], { root });
    assert.match(stdout, /0\/1 -1 retired WRONG/);
    assert.match(stdout, /\n✖ The server of 02-two fails the check "says one" of 01-one\.\n {4}It says two, not one\.\n/);
    assert.match(stdout, /\n1 thing is not as the lessons say\.\n$/);
    assert.equal(code, 1);
  });
});
