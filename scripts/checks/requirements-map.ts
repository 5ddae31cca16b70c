import { existsSync } from "node:fs";
import { join } from "node:path";
import { type CourseStep, isRetired, type Problem } from "./course.ts";
import type { Requirement } from "./requirements.ts";

/**
 * Where a requirement stands: a check proves it; its step is there and nothing proves it; its step
 * is still to be written; or it is background, which no step has to prove.
 */
export type Coverage = "proven" | "missing" | "planned" | "background";

/** A requirement and the checks that prove it. */
export type MapRow = Requirement & {
  id: string;
  coverage: Coverage;
  checks: { step: string; title: string }[];
};

/** Puts requirements and checks together, in the order of the requirements. */
export function requirementsMap(course: readonly CourseStep[], table: Readonly<Record<string, Requirement>>): MapRow[] {
  return Object.entries(table).map(([id, requirement]) => {
    const checks = course.flatMap((step) =>
      step.checks
        .filter(({ proves }) => (proves as readonly string[]).includes(id))
        .map((check) => ({ step: step.slug, title: check.title })),
    );
    return { id, ...requirement, coverage: coverageOf(id, requirement, course), checks };
  });
}

function coverageOf(id: string, { step: slug, testedBy }: Requirement, course: readonly CourseStep[]): Coverage {
  const own = course.find((step) => step.slug === slug);
  if (slug !== undefined && own === undefined) return "planned";
  if (testedBy !== undefined && isThere(testedBy, course)) return "proven";
  const last = course.at(-1);
  const isProven = course
    .filter((step) => own === undefined || step.number <= own.number)
    .flatMap(({ checks }) => checks)
    // What a later step has retired proves nothing about the finished server.
    .some((check) => (check.proves as readonly string[]).includes(id) && !(last && own && isRetired(check, last, course)));
  if (isProven) return "proven";
  return own === undefined ? "background" : "missing";
}

function isThere(test: string, course: readonly CourseStep[]): boolean {
  const [slug, file = ""] = test.split("/");
  return course.some((step) => step.slug === slug && existsSync(join(step.folder, file)));
}

/** What is wrong: checks that prove nothing or something unknown, and requirements that their step leaves unproven. */
export function mapProblems(course: readonly CourseStep[], table: Readonly<Record<string, Requirement>>): Problem[] {
  const problems: Problem[] = [];
  for (const step of course) {
    const file = `steps/${step.name}/server.test.ts`;
    for (const { title, proves } of step.checks) {
      if (proves.length === 0) problems.push({ message: `${file}: the check "${title}" names no requirement that it proves.` });
      for (const id of proves) {
        if (!Object.hasOwn(table, id)) {
          problems.push({ message: `${file}: the check "${title}" proves ${id}, and there is no such requirement.` });
        }
      }
    }
  }
  for (const { id, text, step: slug, coverage } of requirementsMap(course, table)) {
    if (coverage !== "missing") continue;
    const name = course.find((step) => step.slug === slug)?.name;
    problems.push({
      message: `${id} belongs to ${name}, and no check of that step or an earlier one proves it: ${text}`,
    });
  }
  return problems;
}

/** The map for a terminal. */
export function formatMap(rows: readonly MapRow[]): string {
  const lines = rows.flatMap(({ id, source, text, step, testedBy, coverage, checks }) => [
    `${id.padEnd(4)} ${text}`,
    `     ${source}${step === undefined ? "" : `; step ${step}`}${coverage === "planned" ? " (planned)" : ""}`,
    ...checks.map((check) => `     ✔ ${check.step}: ${check.title}`),
    ...(testedBy === undefined ? [] : [`     ✔ ${testedBy}`]),
    ...(coverage === "missing" ? ["     ✖ no check"] : []),
    "",
  ]);
  const open = rows.filter(({ coverage }) => coverage === "planned" || coverage === "missing");
  const proven = rows.filter(({ coverage }) => coverage === "proven").length;
  const background = rows.length - open.length - proven;
  const steps = [...new Set(open.map(({ step }) => step))];
  const missing = steps.map((slug) => {
    const ids = open.filter(({ step }) => step === slug).map(({ id }) => id);
    return `  ${slug}: ${ids.join(", ")}`;
  });
  return [
    ...lines,
    ...(missing.length === 0 ? [] : ["Not covered yet, by the step that will do it:", ...missing, ""]),
    `${proven} of ${rows.length} requirements are proven, ${open.length} are not covered yet, ${background} are background.`,
  ].join("\n");
}

/** The map as a table in Markdown. */
export function markdownMap(rows: readonly MapRow[]): string {
  const cells = rows.map(({ id, source, text, step, testedBy, coverage, checks }) => [
    id,
    text,
    source,
    step === undefined ? "" : `${step}${coverage === "planned" ? " (planned)" : ""}`,
    [...checks.map((check) => `${check.step}: ${check.title}`), ...(testedBy === undefined ? [] : [testedBy])].join("<br>"),
  ]);
  const table = [["", "Requirement", "Source", "Step", "Checks"], ["---", "---", "---", "---", "---"], ...cells];
  return table.map((row) => `| ${row.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`).join("\n");
}
