import type { BrowserName } from "../browsers/browsers.ts";
import type { Fence, Lesson } from "./lesson.ts";
import { browserOf, findUnsaid, parseInstruction, type Instruction } from "./transcript-actions.ts";
import { describeFinding } from "./finding.ts";

/** A lesson that is not what its replay shows, or one that cannot be replayed. */
export class TranscriptError extends Error {
  override name = "TranscriptError";

  constructor(lesson: Lesson, line: number, message: string) {
    super(describeFinding({ file: lesson.file, line, message }));
    // Whoever reads this mends a lesson, and our stack does not lead there.
    this.stack = this.message;
  }
}

/** Lines that a block shows, and the line of the lesson in which the first of them stands. */
interface Shown {
  expected: string[];
  firstLine: number;
}

/** A part of a block of a terminal: a command, a Ctrl-C, or neither, each with the lines below it. */
export interface TerminalEvent extends Shown {
  kind: "command" | "interrupt" | "since";
  terminal: string;
  /** Behind the `$`. */
  command: string;
  randomMask: boolean;
  line: number;
  /** The program of this command has to end by itself: no Ctrl-C follows, and no later block. */
  mustEnd: boolean;
  /** It is stopped later "if it runs": its end, whatever it is, is no fault. */
  mayEnd: boolean;
  /** Nothing that comes later shows any more of this program. */
  last: boolean;
}

/** A block that shows the log of the page. */
export interface PageEvent extends Shown {
  kind: "page";
  browser: BrowserName | undefined;
  foreign: boolean;
  line: number;
}

/** A block that shows what a browser says in its console. */
export interface WordsEvent extends Shown {
  kind: "words";
  browser: BrowserName;
  line: number;
}

/** What a hidden comment asks for. */
export interface InstructionEvent {
  kind: "instruction";
  instruction: Instruction;
  line: number;
}

export type ScriptEvent = TerminalEvent | PageEvent | WordsEvent | InstructionEvent;

/** The lesson as a script, from top to bottom. Throws a {@link TranscriptError} if it makes none. */
export function scriptOf(lesson: Lesson): ScriptEvent[] {
  const blocks = lesson.fences.filter(({ language }) => language === "console" || language === "page");
  const events: ScriptEvent[] = [
    ...instructionsOf(lesson, blocks.map(({ line }) => line)),
    ...blocks.flatMap((fence) => {
      return fence.language === "page" ? [pageEvent(fence, lesson)] : consoleEvents(fence, lesson);
    }),
  ];
  // The sort is stable, so what stands in one comment stays in its order.
  events.sort((a, b) => a.line - b.line);
  events.forEach((event, index) => {
    if (event.kind === "command" || event.kind === "interrupt" || event.kind === "since") {
      const next = events.slice(index + 1).find((later) => terminalOf(later) === event.terminal);
      event.mustEnd = event.kind === "command" && (next === undefined || next.kind === "command");
      const end = events.slice(index + 1).find((later) => {
        return terminalOf(later) === event.terminal && later.kind !== "since";
      });
      event.mayEnd = end !== undefined && isOptionalStop(end);
      event.last = next === undefined || (next.kind !== "since" && next.kind !== "interrupt");
    }
  });
  return events;
}

function instructionsOf(lesson: Lesson, blocks: number[]): InstructionEvent[] {
  return lesson.comments.flatMap(({ text, line }): InstructionEvent[] => {
    let instruction: Instruction | undefined;
    try {
      instruction = parseInstruction(text);
    } catch (error) {
      throw new TranscriptError(lesson, line, (error as Error).message);
    }
    if (instruction === undefined) return [];
    const from = blocks.findLast((block) => block < line) ?? 0;
    const to = blocks.find((block) => block > line) ?? Infinity;
    const unsaid = findUnsaid(instruction, lesson, from, to);
    if (unsaid !== undefined) throw new TranscriptError(lesson, line, unsaid);
    return [{ kind: "instruction", instruction, line }];
  });
}

function pageEvent(fence: Fence, lesson: Lesson): PageEvent {
  const event: PageEvent = {
    kind: "page",
    browser: undefined,
    foreign: false,
    line: fence.line,
    expected: linesOf(fence),
    firstLine: fence.line + 1,
  };
  for (const word of fence.words) {
    if (word === "foreign") event.foreign = true;
    else if (browserOf(word)) event.browser = browserOf(word);
    else throw new TranscriptError(lesson, fence.line, `There is no page "${word}".`);
  }
  if (event.expected.length === 0) throw new TranscriptError(lesson, fence.line, "The block is empty.");
  return event;
}

function consoleEvents(fence: Fence, lesson: Lesson): ScriptEvent[] {
  const { line, words } = fence;
  const [name, ...rest] = words;
  if (name === undefined) {
    throw new TranscriptError(lesson, line, "The block must say which terminal it shows: console NAME.");
  }
  const lines = linesOf(fence);
  const browser = browserOf(name);
  if (browser !== undefined) {
    return [{ kind: "words", browser, line, expected: lines, firstLine: line + 1 }];
  }
  const unknown = rest.find((word) => word !== "random-mask");
  if (unknown !== undefined) {
    throw new TranscriptError(lesson, line, `Nobody knows what "${unknown}" means behind console ${name}.`);
  }
  const events: TerminalEvent[] = [];
  const begin = (kind: TerminalEvent["kind"], command: string, at: number, firstLine: number): void => {
    const randomMask = rest.length > 0;
    const base = { kind, command, line: at, firstLine, terminal: name, randomMask };
    events.push({ ...base, expected: [], mustEnd: false, mayEnd: false, last: false });
  };
  for (const [index, text] of lines.entries()) {
    const at = line + 1 + index;
    if (text.startsWith("$ ")) begin("command", text.slice(2).trim(), at, at + 1);
    else if (text === "^C") begin("interrupt", "", at, at + 1);
    else {
      if (events.length === 0) begin("since", "", line, at);
      events.at(-1)?.expected.push(text);
    }
  }
  if (events.length === 0) throw new TranscriptError(lesson, line, "The block is empty.");
  return events;
}

function isOptionalStop(event: ScriptEvent): boolean {
  if (event.kind !== "instruction" || event.instruction.kind !== "stop") return false;
  return event.instruction.ifRuns;
}

function terminalOf(event: ScriptEvent): string | undefined {
  if (event.kind === "instruction") {
    return event.instruction.kind === "stop" ? event.instruction.terminal : undefined;
  }
  return "terminal" in event ? event.terminal : undefined;
}

function linesOf({ content }: Fence): string[] {
  const lines = content.split("\n");
  lines.pop();
  return lines;
}
