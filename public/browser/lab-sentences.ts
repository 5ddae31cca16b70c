import type { LabState, ProgramState } from "../../scripts/lab/messages.ts";

/** How it stands with the lab: being looked for; not started; connected; or gone, and looked for again. */
export type LinkState = "looking" | "none" | "open" | "lost";

/** What the lab's bar says, and which buttons it has. */
export interface Bar {
  /** For the dot in front of the sentence. */
  tone: "idle" | "busy" | "good" | "bad";
  sentence: string;
  /** The label of the first button, which starts or looks again. */
  run: "Run" | "Run again" | "Restart" | "Look again" | "Try now" | `Run step ${string}` | undefined;
  stop: boolean;
  client: "Run client.ts" | "Stop client.ts" | undefined;
}

export interface Situation {
  link: LinkState;
  state: LabState | undefined;
  /** The step of this lesson. */
  slug: string;
  hasClient: boolean;
  /** The slugs that the lab can start, in the order of the steps. */
  known: readonly string[];
}

/** The number of a step as lessons write it. */
export function stepNumber(slug: string, known: readonly string[]): string {
  const index = known.indexOf(slug);
  return index < 0 ? `“${slug}”` : String(index + 1).padStart(2, "0");
}

/** Every state that the lab can be in, in one sentence, with a way on. */
export function describeSituation({ link, state, slug, hasClient, known }: Situation): Bar {
  const idle = { tone: "idle", stop: false, client: undefined } as const;
  if (link === "looking") return { ...idle, tone: "busy", sentence: "Looking for the lab …", run: undefined };
  if (link === "lost") {
    const sentence = "The lab does not answer any more. Has npm start ended? This page goes on trying.";
    return { ...idle, tone: "bad", sentence, run: "Try now" };
  }
  if (link === "none" || state === undefined) {
    const sentence = "The lab is not running. Start it with npm start in the course’s folder.";
    return { ...idle, sentence, run: "Look again" };
  }
  if (!known.includes(slug)) {
    const sentence = "The lab does not know this step. End npm start with Ctrl-C, and start it again.";
    return { ...idle, tone: "bad", sentence, run: undefined };
  }
  const { server } = state;
  if (server.status !== "none" && server.slug !== slug) return describeOther(server, slug, known);
  switch (server.status) {
    case "none":
      return { ...idle, sentence: "Run this step here, and watch every byte that passes.", run: "Run" };
    case "starting":
      return { tone: "busy", sentence: "The server starts …", run: undefined, stop: true, client: undefined };
    case "running":
      return {
        tone: "good",
        sentence: running(state),
        run: "Restart",
        stop: true,
        client: hasClient ? (isAlive(state.client) ? "Stop client.ts" : "Run client.ts") : undefined,
      };
    case "ended":
      return { ...idle, ...describeEnd(server) };
  }
}

function running(state: LabState): string {
  const parts = [`The server runs: ws://localhost:${state.tapPort}.`];
  if (state.tapMoved) parts.push("Port 8000 is busy, so it has this one.");
  if (state.pages > 1) parts.push(`${state.pages} pages share it.`);
  return parts.join(" ");
}

function describeOther(server: ProgramState & { slug: string }, slug: string, known: readonly string[]): Bar {
  const other = stepNumber(server.slug, known);
  const mine = stepNumber(slug, known);
  const idle = { stop: false, client: undefined } as const;
  if (server.status === "ended") {
    return { ...idle, tone: "idle", sentence: "Run this step here, and watch every byte that passes.", run: "Run" };
  }
  const sentence = `Step ${other} runs now. The lab runs one step at a time.`;
  return { ...idle, tone: "busy", sentence, run: `Run step ${mine}` };
}

function describeEnd({ why, code, signal }: Extract<ProgramState, { status: "ended" }>): Pick<Bar, "tone" | "sentence" | "run"> {
  if (why === "asked") return { tone: "idle", sentence: "The server is stopped.", run: "Run" };
  if (signal !== null) {
    return { tone: "bad", sentence: `The server was killed from outside the lab, with ${signal}.`, run: "Run again" };
  }
  if (code === 0) return { tone: "bad", sentence: "The server ended by itself, with exit code 0.", run: "Run again" };
  return {
    tone: "bad",
    sentence: `The server crashed, with exit code ${code ?? "unknown"}. The log shows its stack.`,
    run: "Run again",
  };
}

export function isAlive(program: ProgramState): boolean {
  return program.status === "starting" || program.status === "running";
}
