import type { BrowserName } from "../browsers/browsers.ts";
import type { Lesson } from "./lesson.ts";

// What a reader does beside typing commands, for the replay. It stands in HTML comments in front of
// a block, and is done before the block is compared:
//
//   <!-- page: open; click Send -->     what the reader does in the step's page
//   <!-- page foreign: open -->         in the page of the site on port 4000
//   <!-- page firefox: open -->         only in that browser's replay (or chromium)
//   <!-- stop: server -->               Ctrl-C in the terminal of that name
//   <!-- stop: server, if it runs -->   the same, for one that a race can have ended, or even crashed
//
// The actions in a page, separated by semicolons:
//
//   open                      opens the page, or loads it anew
//   click Send                presses the button with this text
//   click Send 6 times        the same, waiting each time until some terminal has printed something
//   type "text" into Message  replaces what the field with this label holds
//   state CONNECTING          nothing to do: the page must show this state
//
// The prose has to tell the reader the same: see `findUnsaid`.

export type PageAction =
  | { kind: "open" }
  | { kind: "click"; button: string; times: number }
  | { kind: "type"; text: string; field: string }
  | { kind: "state"; state: SocketState };

export type SocketState = (typeof STATES)[number];

export interface PageInstruction {
  kind: "page";
  /** Only in the replay in this browser. */
  browser: BrowserName | undefined;
  foreign: boolean;
  actions: PageAction[];
}

export interface StopInstruction {
  kind: "stop";
  terminal: string;
  /** It may have ended by itself, in whatever way. */
  ifRuns: boolean;
}

export type Instruction = PageInstruction | StopInstruction;

const STATES = ["CONNECTING", "OPEN", "CLOSING", "CLOSED"] as const;
const BROWSERS: Record<string, BrowserName> = { chromium: "Chromium", firefox: "Firefox" };

/** The words behind `page` or `console` that name a browser. */
export function browserOf(word: string): BrowserName | undefined {
  return BROWSERS[word];
}

/** What a comment tells the replay to do; `undefined` if it is for somebody else. Throws if garbled. */
export function parseInstruction(comment: string): Instruction | undefined {
  const [, words = "", rest = ""] = /^((?:page|stop)\b[^:]*):([^]*)$/.exec(comment.trim()) ?? [];
  const [kind, ...names] = words.trim().split(/\s+/);
  if (kind === "stop") {
    const [, terminal, condition] = /^([^\s,]+)(, if it runs)?$/.exec(rest.trim()) ?? [];
    if (names.length === 0 && terminal) return { kind, terminal, ifRuns: condition !== undefined };
    throw new Error(`A terminal is stopped by <!-- stop: NAME -->, not by <!-- ${comment} -->.`);
  }
  if (kind !== "page") return undefined;

  const instruction: PageInstruction = { kind, browser: undefined, foreign: false, actions: [] };
  for (const name of names) {
    if (name === "foreign") instruction.foreign = true;
    else if (browserOf(name)) instruction.browser = browserOf(name);
    else throw new Error(`There is no page "${name}": it can be chromium, firefox or foreign.`);
  }
  instruction.actions = rest
    .split(/;(?=(?:[^"]|"[^"]*")*$)/)
    .map((action) => action.trim().replace(/\s+/g, " "))
    .filter((action) => action !== "")
    .map(parseAction);
  return instruction;
}

function parseAction(text: string): PageAction {
  if (text === "open") return { kind: "open" };
  const [, button, times = "1"] = /^click (.+?)(?: (\d+) times)?$/.exec(text) ?? [];
  if (button !== undefined) return { kind: "click", button, times: Number(times) };
  const [, typed, field] = /^type "([^"]*)" into (.+)$/.exec(text) ?? [];
  if (typed !== undefined && field !== undefined) return { kind: "type", text: typed, field };
  const state = STATES.find((name) => text === `state ${name}`);
  if (state !== undefined) return { kind: "state", state };
  throw new Error(
    `The replay does not understand "${text}": it knows open, click BUTTON, click BUTTON 6 times, ` +
      `type "text" into FIELD and state ${STATES.join("|")}.`,
  );
}

const NUMBERS = ["", "once", "twice", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

/**
 * What the replay does and the prose in front of it does not say, so that the two cannot drift apart:
 * one sentence, or `undefined`. The prose is what stands between the lines `from` and `to`.
 */
export function findUnsaid(
  instruction: Instruction,
  lesson: Lesson,
  from: number,
  to: number,
): string | undefined {
  const isBetween = ({ line }: { line: number }) => line > from && line < to;
  const prose = lesson.paragraphs.filter(isBetween).map(({ text }) => text).join("\n");
  const says = (pattern: RegExp) => pattern.test(prose);

  if (instruction.kind === "stop") {
    if (instruction.ifRuns && !says(/\bstill runs\b/)) {
      return `The prose does not say that "${instruction.terminal}" may have ended ("if it still runs").`;
    }
    if (says(/\bstop/i) || says(/\bCtrl\b/)) return undefined;
    return `<!-- stop: ${instruction.terminal} -->, but the prose does not tell the reader to stop it.`;
  }
  const { browser } = instruction;
  if (browser !== undefined && !prose.includes(browser)) {
    return `This is done in ${browser}, but the prose does not name that browser.`;
  }
  for (const action of instruction.actions) {
    if (action.kind === "open") {
      const linked = lesson.links.some((link) => isBetween(link) && /client\.html/.test(link.href));
      if (linked || says(/\b(open|reload)\b/i)) continue;
      return "The page is opened, but the prose neither links to it nor says so.";
    }
    if (action.kind === "click") {
      const { button, times } = action;
      const number = new RegExp(`\\b(${times}|${NUMBERS[times] || times})\\b`, "i");
      if (!prose.includes(button)) return `The prose does not tell the reader to press ${button}.`;
      if (times > 1 && !says(number)) return `The prose does not say ${times} times.`;
    }
    if (action.kind === "type" && !prose.includes(action.text)) {
      return `The prose does not tell the reader to type "${action.text}".`;
    }
    if (action.kind === "state" && !prose.includes(action.state)) {
      return `The prose does not say that the state is ${action.state}.`;
    }
  }
  return undefined;
}
