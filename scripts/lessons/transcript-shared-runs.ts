import type { Lesson } from "./lesson.ts";
import { resolveCommand, type Command } from "./transcript-commands.ts";
import { LessonPorts } from "./transcript-ports.ts";
import { scriptOf } from "./transcript-script.ts";
import { Program } from "./transcript-terminal.ts";

/** So many run at once: most of them wait for what does not come, but not all. */
const AT_ONCE = 4;

/**
 * Runs of commands that depend on nothing else in a lesson, `npm run check`: the replays of a lesson
 * in several browsers need only one, and it can begin before its turn.
 */
export class SharedRuns {
  #programs = new Map<string, Promise<Program>>();
  #slots: Promise<unknown>[] = Array.from({ length: AT_ONCE }, () => Promise.resolve());
  #stopped = false;

  /** Begins with what the lesson will need. */
  async prepare(lesson: Lesson, root: string): Promise<void> {
    for (const event of scriptOf(lesson)) {
      if (event.kind !== "command" || !event.mustEnd || !event.command.startsWith("npm run check")) continue;
      const command = await resolveCommand(event.command, { root, ports: new LessonPorts() });
      void this.get(command, root);
    }
  }

  /** The program, as soon as it has been started. */
  get(command: Command, root: string): Promise<Program> {
    const found = this.#programs.get(command.text);
    if (found !== undefined) return found;
    // The slots take turns; one that waits behind a slow run does no harm.
    const slot = this.#slots.shift() ?? Promise.resolve();
    const started = slot.then(() => {
      if (this.#stopped) throw new Error("The replays have been stopped.");
      return new Program(command, root);
    });
    this.#slots.push(started.then((program) => program.end(Infinity)).catch(() => {}));
    started.catch(() => {});
    this.#programs.set(command.text, started);
    return started;
  }

  /** Stops what still runs. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const programs = await Promise.allSettled(this.#programs.values());
    await Promise.all(
      programs.map((result) => (result.status === "fulfilled" ? result.value.stop() : undefined)),
    );
  }
}
