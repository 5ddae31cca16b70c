import { freePort } from "../lib/ports.ts";

const ADDRESS = /\b(localhost|127\.0\.0\.1|\[::1\]):(\d+)\b/g;

/** Where output speaks of a port. */
const MENTION = /((?:\blocalhost|\b127\.0\.0\.1|\[::1?\]):|\bport )(\d+)\b/gi;

/**
 * A lesson says 8000, 3000 and 4000; a replay takes free ports instead, and gives their output the
 * lesson's numbers back.
 */
export class LessonPorts {
  #real = new Map<number, number>();
  readonly #site: number | undefined;
  #asked = new Map<number, Promise<number>>();

  /** `site` is the port on which the course's site is already being served, for a lesson's 3000. */
  constructor(site?: number) {
    this.#site = site;
    if (site !== undefined) this.#keep(3000, site);
  }

  /** The port of this replay for a port of the lesson. */
  real(lesson: number): Promise<number> {
    let port = this.#asked.get(lesson);
    if (port === undefined) {
      port = freePort().then((real) => this.#keep(lesson, real));
      this.#asked.set(lesson, port);
    }
    return port;
  }

  /** What a server is told: its port, and that the pages of the course's site may connect. */
  async serverEnvironment(lesson = 8000): Promise<Record<string, string>> {
    const site = await this.real(3000);
    return {
      PORT: String(await this.real(lesson)),
      ALLOWED_ORIGINS: `http://localhost:${site},http://127.0.0.1:${site}`,
    };
  }

  /** Arguments of a command, with the addresses and the `--port` in them changed. */
  async inArguments(args: readonly string[]): Promise<string[]> {
    const changed: string[] = [];
    for (const [index, arg] of args.entries()) {
      const [, start = "", number] = /^(--port=)(\d+)$/.exec(arg) ?? [];
      if (number !== undefined) changed.push(start + (await this.real(Number(number))));
      else if (args[index - 1] === "--port" && /^\d+$/.test(arg)) {
        changed.push(String(await this.real(Number(arg))));
      } else changed.push(await this.inText(arg));
    }
    return changed;
  }

  /** The value of an environment variable that a lesson sets in front of a command. */
  async inAssignment(name: string, value: string): Promise<string> {
    if (name === "PORT" && /^\d+$/.test(value)) return String(await this.real(Number(value)));
    return this.inText(value);
  }

  /** A text of the lesson with the addresses in it changed to those of this replay. */
  async inText(text: string): Promise<string> {
    for (const [, , number = ""] of text.matchAll(ADDRESS)) await this.real(Number(number));
    return text.replace(ADDRESS, (_, host: string, number: string) => {
      return `${host}:${this.#real.get(Number(number))}`;
    });
  }

  /** Output of this replay as the lesson would show it. */
  toLesson(text: string): string {
    const marked = text.replace(MENTION, (all, start: string, number: string) => {
      const real = this.#real.get(Number(number));
      // A program that was given the port has it from somewhere else.
      const isGiven = real !== undefined && real !== this.#site;
      return !isGiven ? all : `${start}${number} (but the port in this run is ${real})`;
    });
    const numbers = new Map([...this.#real].map(([lesson, real]) => [real, lesson]));
    const mentions = marked.replace(/\(but the port in this run is \d+\)|\b\d{4,5}\b/g, (found) => {
      return String(numbers.get(Number(found)) ?? found);
    });
    return mentions;
  }

  #keep(lesson: number, real: number): number {
    this.#real.set(lesson, real);
    this.#asked.set(lesson, Promise.resolve(real));
    return real;
  }
}
