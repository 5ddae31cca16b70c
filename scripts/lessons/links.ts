import { existsSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import type { Step } from "../lib/steps.ts";
import type { Finding } from "./finding.ts";
import { readPage, type Lesson, type Link } from "./lesson.ts";

/** What links and commands may name. */
export interface Course {
  /** The folder that holds `steps/`. */
  root: string;
  steps: Step[];
  /** The names of the npm scripts. */
  scripts: string[];
}

/** A link into an RFC: its number, and the section. */
const RFC_LINK =
  /^https:\/\/www\.rfc-editor\.org\/rfc\/rfc(\d+)(?:#(?:section|appendix)-([A-Z0-9][\w.]*))?$/;

type Report = (line: number, message: string) => void;

/** A line of a page, be it prose or in a block. */
interface Line {
  text: string;
  line: number;
}

/** The gate of links: what a page points to, in links, addresses and commands, is there. */
export function checkLinks(page: Lesson, course: Course): Finding[] {
  const findings = new Map<string, Finding>();
  const report: Report = (line, message) => {
    // A link is also text: one fault, one finding.
    findings.set(`${line} ${message}`, { file: page.file, line, message });
  };
  // In a lesson, the gate of code has found these already.
  for (const { line, message } of isLesson(page) ? [] : page.problems) report(line, message);
  for (const link of page.links) {
    if (/^[a-z][a-z0-9+.-]*:/i.test(link.href)) checkRfcLink(link, page, report);
    else checkRelativeLink(link, page, course, report);
  }
  const lines = linesOf(page);
  for (const line of [...lines, ...page.links.map(({ href, line }) => ({ text: href, line }))]) {
    checkSiteAddresses(line, course, report);
  }
  for (const line of lines) {
    checkCommands(line, course, report);
    checkStepPaths(line, course, report);
  }
  return [...findings.values()].sort((a, b) => a.line - b.line);
}

function linesOf({ paragraphs, fences, comments }: Lesson): Line[] {
  const blocks = fences.flatMap(({ content, line }) =>
    content.split("\n").map((text, index) => ({ text, line: line + 1 + index })),
  );
  return [...paragraphs, ...comments, ...blocks];
}

function checkRelativeLink(link: Link, page: Lesson, course: Course, report: Report): void {
  const { href, line, image } = link;
  if (href.startsWith("/")) {
    return report(line, `${href} leads to another place on every site: link relative to this page.`);
  }
  const [path = "", anchor] = decodeURI(href).split("#", 2);
  const here = resolve(course.root, page.file);
  const target = path === "" ? here : resolve(dirname(here), path);
  if (relative(course.root, target).startsWith("..")) {
    return report(line, `${href} leads out of the repository.`);
  }
  if (!existsSync(target)) {
    const what = image ? "The image" : "The link";
    return report(line, `${what} ${href} leads nowhere${similarStep(path, course)}.`);
  }
  if (anchor === undefined || !target.endsWith(".md")) return;
  const { headings } = target === here ? page : readPage(target);
  if (headings.some((heading) => heading.anchor === anchor)) return;
  const anchors = headings.map((heading) => `#${heading.anchor}`).join(", ");
  report(line, `There is no heading for ${href}. The page has: ${anchors}.`);
}

/** The right folder for a path that has a step's slug with another number. */
function similarStep(path: string, { steps }: Course): string {
  const step = steps.find(({ slug }) => path.includes(`-${slug}/`));
  return step && !path.includes(`${step.name}/`) ? `: the step is ${step.name} now` : "";
}

function checkRfcLink({ href, text, line }: Link, page: Lesson, report: Report): void {
  if (!/rfc[-\w]*\.(org|com)|ietf\.org|\brfc\d/i.test(href)) return;
  const [, number, section] = RFC_LINK.exec(href) ?? [];
  if (number === undefined || (section === undefined && isLesson(page))) {
    const form = "https://www.rfc-editor.org/rfc/rfc6455#section-5.2";
    return report(line, `${href} does not have the form of a link to an RFC: ${form}.`);
  }
  const said = /RFC (\d+)/.exec(text)?.[1] ?? number;
  const saidSection = /\b(?:section|appendix) ([A-Z0-9][\w.]*)/i.exec(text)?.[1] ?? section;
  if (said !== number || saidSection !== section) {
    report(line, `The link says "${text}", but leads to ${href}.`);
  }
}

function isLesson({ file }: Lesson): boolean {
  return /(^|\/)steps\/[^/]+\/README\.md$/.test(file);
}

/** Addresses of the course's site: the port differs, the pages do not. */
function checkSiteAddresses({ text, line }: Line, { steps }: Course, report: Report): void {
  const addresses = text.matchAll(/https?:\/\/(?:localhost|127\.0\.0\.1):[34]000\/steps\/([\w./-]*)/g);
  for (const [address, path = ""] of addresses) {
    const [slug = "", ...rest] = path.replace(/[.,:;]$/, "").split("/");
    const file = rest.join("/");
    const step = steps.find((step) => step.slug === slug);
    if (!step) {
      const slugs = steps.map(({ slug }) => slug).join(", ");
      report(line, `${address} names no step: the slugs are ${slugs}.`);
    } else if (file !== "" && !existsSync(join(step.folder, file))) {
      // A source file is also shown as a page of its own.
      const source = file.endsWith(".html") ? file.slice(0, -".html".length) : file;
      if (!existsSync(join(step.folder, source))) {
        report(line, `${address}: ${step.name} has no file ${file}.`);
      }
    }
  }
}

function checkCommands({ text, line }: Line, { steps, scripts }: Course, report: Report): void {
  for (const [, name = ""] of text.matchAll(/\bnpm run (?:-\S+ )*([a-z][\w:-]*)/g)) {
    if (!scripts.includes(name)) {
      report(line, `There is no command "npm run ${name}": there are ${scripts.join(", ")}.`);
    }
  }
  for (const [, name = ""] of text.matchAll(/\bnpm (start|test)\b/g)) {
    if (!scripts.includes(name)) report(line, `There is no command "npm ${name}".`);
  }
  const commands = text.matchAll(/\bnpm run (?:-\S+ )*[a-z][\w:-]*((?: \d[\w-]*)+)/g);
  for (const [command, rest = ""] of commands) {
    for (const argument of rest.trim().split(" ")) {
      const found = steps.some(({ number, name }) =>
        /^\d+$/.test(argument) ? number === Number(argument) : name === argument,
      );
      if (!found) report(line, `There is no step ${argument}, which "${command}" names.`);
    }
  }
}

/** Paths below `steps/` in commands and prose, as in `npx tsx steps/03-accept-key/server.ts`. */
function checkStepPaths({ text, line }: Line, course: Course, report: Report): void {
  for (const [path] of text.matchAll(/\bsteps\/\d+-[\w./-]*/g)) {
    const target = path.replace(/[./]+$/, "");
    if (existsSync(join(course.root, target))) continue;
    report(line, `There is no ${target}${similarStep(`${target}/`, course)}.`);
  }
}

/** The README lists every step, in order, under its number and slug. */
export function checkTableOfSteps(readme: Lesson, { steps }: Course): Finding[] {
  const findings: Finding[] = [];
  let above = 0;
  for (const { name, slug } of steps) {
    const href = `steps/${name}/README.md`;
    const text = `${name.slice(0, -slug.length - 1)} ${slug}`;
    const link = readme.links.find((link) => link.href === href && link.text === text);
    if (!link) {
      const message = `The table of steps lacks the link [${text}](${href}).`;
      findings.push({ file: readme.file, line: above || 1, message });
    } else {
      const message = `The step ${name} stands above a step that comes before it.`;
      if (link.line < above) findings.push({ file: readme.file, line: link.line, message });
      above = link.line;
    }
  }
  return findings;
}
