import { posix } from "node:path";
import type { Step } from "../lib/steps.ts";

/** The pages of the site: their addresses, and the parts of the course. */

/** A part of the course: it begins with the step `from` and ends before the next part. */
export interface Part {
  title: string;
  from: string;
}

export const PARTS: Part[] = [
  { title: "I. The handshake", from: "upgrade-listener" },
  { title: "II. The frame codec", from: "first-frame" },
  { title: "III. A server you would deploy", from: "websocket-server" },
];

/** A page's address within the site, such as `steps/echo/index.html`. */
export type Address = string;

/** The relative link from one page of the site to another; the site has to work in any folder. */
export function linkBetween(from: Address, to: Address): string {
  return posix.relative(posix.dirname(from), to);
}

export const frontAddress: Address = "index.html";
export const playgroundAddress: Address = "playground/index.html";
export const symptomsAddress: Address = "symptoms/index.html";
export const requirementsAddress: Address = "requirements/index.html";
export const benchAddress: Address = "bench/index.html";
export const commandsAddress: Address = "commands/index.html";
export const notFoundAddress: Address = "404.html";

export const lessonAddress = (step: Step): Address => `steps/${step.slug}/index.html`;
export const changesAddress = (step: Step): Address => `steps/${step.slug}/changes.html`;
export const fileAddress = (step: Step, file: string): Address => `steps/${step.slug}/${file}`;
export const sourceAddress = (step: Step, file: string): Address => `steps/${step.slug}/files/${file}.html`;

export const twoDigits = (number: number): string => String(number).padStart(2, "0");

/** Steps in groups, each with the title of its part if it has one. */
export interface StepGroup {
  title: string | undefined;
  steps: Step[];
}

/** The steps by the parts of the course. */
export function groupByPart(steps: readonly Step[]): StepGroup[] {
  const groups: StepGroup[] = [];
  for (const step of steps) {
    const part = PARTS.find(({ from }) => from === step.slug);
    const last = groups.at(-1);
    if (part || !last) groups.push({ title: part?.title, steps: [step] });
    else last.steps.push(step);
  }
  return groups;
}
