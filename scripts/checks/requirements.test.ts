import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { runScript } from "../lib/scratch.ts";
import { listSteps } from "../lib/steps.ts";
import { type CourseStep, loadChecks } from "./course.ts";
import { mapProblems, markdownMap, requirementsMap } from "./requirements-map.ts";
import { type Requirement, requirements } from "./requirements.ts";
import { scratchCourse, wordCheck, wordChecks } from "./scratch-course.ts";
import { formatProblems } from "./triangle.ts";

test("every check proves a requirement, and every requirement of a step is proven", async () => {
  const problems = mapProblems(await loadChecks(listSteps()), requirements);
  assert.ok(problems.length === 0, `\n${formatProblems(problems)}`);
});

test("no id is given twice, and none is left out", () => {
  const source = readFileSync(new URL("requirements.ts", import.meta.url), "utf8");
  const ids = [...source.matchAll(/^ {2}([RSNC]\d+):/gm)].map(([, id = ""]) => id);
  assert.deepEqual(ids, Object.keys(requirements));
  for (const [letter, count] of [["R", 38], ["S", 22], ["N", 16], ["C", 3]] as const) {
    const expected = Array.from({ length: count }, (_, i) => `${letter}${i + 1}`);
    assert.deepEqual(ids.filter((id) => id.startsWith(letter)), expected);
  }
});

test("the sections are written in one way", () => {
  const one = /^(RFC \d+, sections? [\d.]+( to [\d.]+|(, [\d.]+)* and [\d.]+)?|the course|Node|CVE-\d+-\d+(, CVE-\d+-\d+)*)$/;
  for (const { source } of Object.values(requirements)) {
    for (const part of source.split("; ")) assert.match(part, one);
  }
});

describe("the map notices", () => {
  const table: Record<string, Requirement> = {
    A: { source: "the course", step: "one", text: "It says one." },
    B: { source: "the course", step: "two", text: "It says two." },
    C: { source: "the course", step: "three", text: "It says three." },
    D: { source: "the course", text: "There are words." },
  };
  type Declared = { title: string; proves: string[]; retiredBy?: string };
  const course = (one: Declared[], two: Declared[]): CourseStep[] =>
    [one, two].map((checks, i) => {
      const slug = ["one", "two"][i];
      return { number: i + 1, slug, name: `0${i + 1}-${slug}`, checks } as unknown as CourseStep;
    });
  const messages = (one: Declared[], two: Declared[]): string[] => mapProblems(course(one, two), table).map(({ message }) => message);
  const a = { title: "a", proves: ["A"] };
  const b = { title: "b", proves: ["B"] };

  test("nothing, where all is right", () => assert.deepEqual(messages([a], [b]), []));

  test("a requirement without a check", () => {
    assert.deepEqual(messages([a], []), [
      "B belongs to 02-two, and no check of that step or an earlier one proves it: It says two.",
    ]);
  });

  test("a requirement that only a later step proves", () => {
    assert.match(messages([], [a, b]).join(), /^A belongs to 01-one, and no check/);
  });

  test("a requirement that only a retired check proves", () => {
    assert.match(messages([{ ...a, retiredBy: "two" }], [b]).join(), /^A belongs to 01-one, and no check/);
  });

  test("a check that proves nothing, and one that proves what does not exist", () => {
    assert.deepEqual(messages([a, { title: "x", proves: [] }], [b, { title: "y", proves: ["Z", "toString"] }]), [
      'steps/01-one/server.test.ts: the check "x" names no requirement that it proves.',
      'steps/02-two/server.test.ts: the check "y" proves Z, and there is no such requirement.',
      'steps/02-two/server.test.ts: the check "y" proves toString, and there is no such requirement.',
    ]);
  });

  test("what is proven, planned and background", () => {
    const rows = requirementsMap(course([a], []), table);
    assert.deepEqual(rows.map(({ id, coverage }) => [id, coverage]), [
      ["A", "proven"],
      ["B", "missing"],
      ["C", "planned"],
      ["D", "background"],
    ]);
    assert.equal(markdownMap(rows).split("\n")[2], "| A | It says one. | the course | one | one: a |");
    assert.equal(markdownMap(rows).split("\n")[4], "| C | It says three. | the course | three (planned) |  |");
  });
});

describe("npm run map", { concurrency: 2, timeout: 60_000 }, () => {
  test("prints text, JSON and Markdown", async () => {
    const { root } = scratchCourse();
    const [text, json, markdown] = await Promise.all(
      [[], ["--json"], ["--markdown"]].map((args) => runScript("map.ts", args, { root })),
    );
    assert.deepEqual([text?.code, json?.code, markdown?.code], [0, 0, 0]);
    assert.match(text?.stdout ?? "", /\nC1 +The server prints .*\n +the course\n +✔ one: says one\n/);
    assert.match(text?.stdout ?? "", /\nNot covered yet, by the step that will do it:\n(?: {2}.*\n)* {2}compression: R10, R29, /);
    const rows = JSON.parse(json?.stdout ?? "") as { id: string }[];
    assert.deepEqual(rows.map(({ id }) => id), Object.keys(requirements));
    assert.match(markdown?.stdout ?? "", /^\| {2}\| Requirement \| Source \| Step \| Checks \|\n/);
  });

  test("exits with 1 when a check proves what does not exist", async () => {
    const checks = wordChecks(wordCheck("says one", "one").replace("C1", "R99"));
    const { root } = scratchCourse({ "steps/01-one/server.test.ts": checks });
    const { code, stderr } = await runScript("map.ts", ["--json"], { root });
    assert.equal(code, 1);
    assert.match(stderr, /the check "says one" proves R99, and there is no such requirement\./);
  });
});
