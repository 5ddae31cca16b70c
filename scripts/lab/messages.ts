/**
 * What a page of the site and the lab say to each other: text messages over one WebSocket, each one
 * a JSON object with a `type`. Runs in Node and in browsers.
 */

import type { FrameProblem } from "../wire/judge.ts";

export type { FrameProblem };

/**
 * The subprotocol that a page of the site asks the lab for. The step's client pages share the site's
 * origin, and connect to whatever server their address names: this is what they cannot say.
 */
export const LAB_PROTOCOL = "course-lab";

/** The address of the lab, as the site's `lab.json` gives it; without a port, no lab was started. */
export interface LabAddress {
  port: number | null;
  /** The site that `npm start` serves, such as `http://localhost:3000`; it is there as long as that runs. */
  site?: string;
}

/** Which way bytes go. */
export type Direction = "to-server" | "to-client";

/**
 * How the tap passes bytes on: as they come; one byte at a time; everything that comes within a
 * second in one write; or half a second later.
 */
export type Rechunk = "as-is" | "bytes" | "gather" | "delay";

export type ToLab =
  /** Starts the server of a step, instead of the one that runs. The same slug starts it again. */
  | { type: "start"; slug: string }
  | { type: "stop" }
  /** Runs the `client.ts` of the step whose server runs. */
  | { type: "start-client" }
  | { type: "stop-client" }
  | { type: "rechunk"; direction: Direction; mode: Rechunk }
  /** This page only shows the practice: it is told of nothing else, and counts for no page that has the lab open. */
  | { type: "only-practice" }
  /** Forgets what the wire view has shown. */
  | { type: "clear" }
  /** The page has taken this batch in, and wants the next. */
  | { type: "ack"; batch: number };

export type FromLab =
  /** The first message: everything that a page needs to draw itself. */
  | {
      type: "hello";
      /** The step whose code serves this very WebSocket. */
      servedBy: { number: number; slug: string; title: string };
      /** The slugs that can be started, and which of them have a `client.ts`. */
      steps: { slug: string; hasClient: boolean }[];
      state: LabState;
      log: LogLine[];
    }
  | { type: "state"; state: LabState }
  | { type: "log"; lines: LogLine[] }
  /** New entries, and new states of known ones. `skipped` counts entries that were left out since the last batch. */
  | { type: "wire"; batch: number; entries: WireEntry[]; skipped: number }
  | { type: "cleared" }
  /** Why a wish could not be fulfilled, in one sentence. */
  | { type: "problem"; sentence: string };

export interface LabState {
  server: ProgramState;
  client: ProgramState;
  /** Where browsers and programs connect; 8000, or another one if that was busy. */
  tapPort: number | undefined;
  /** True if 8000 was busy. */
  tapMoved: boolean;
  rechunk: Record<Direction, Rechunk>;
  /** How many pages have the lab open. */
  pages: number;
  /** How it stands with `npm run practice`, if somebody has begun one. */
  practice?: PracticeNews;
}

/** What `npm run practice` has to tell. */
export interface PracticeNews {
  /** When each step was passed, as an ISO date, by its slug. */
  done: Record<string, string>;
  /** Whether it runs at this moment. */
  isLive: boolean;
  /** The slug of the step that is being worked on; the rest is about its last verdict. */
  step?: string;
  phase?: "checking" | "failing" | "passed";
  checks?: { title: string; state: "open" | "passed" | "failed" | "skipped" }[];
  /** The checks of the steps before, once they have been run. */
  earlier?: { passed: number; total: number };
  /** What fails first. */
  failing?: { title: string; message: string; details: string };
}

export type ProgramState =
  | { status: "none" }
  /** `run` counts all starts, so that a page can tell one from the next. */
  | { status: "starting"; slug: string; run: number }
  /** `port` is where the program itself listens, behind the tap. */
  | { status: "running"; slug: string; run: number; port: number }
  | {
      status: "ended";
      slug: string;
      run: number;
      /** `asked`: by Stop or by another start. `itself`: it ended, crashed, or was killed from outside. */
      why: "asked" | "itself";
      code: number | null;
      signal: string | null;
    };

export interface LogLine {
  /** Increases by one with each line. */
  id: number;
  from: "server" | "client" | "lab";
  stream: "out" | "err";
  text: string;
}

/**
 * One thing that the tap has seen. An entry that comes again with the same `id` replaces the older
 * one: a frame grows until it is complete.
 */
export type WireEntry = HeadEntry | FrameEntry | RawEntry | EventEntry;

interface Entry {
  /** Increases with each new entry. */
  id: number;
  /** Numbers the connections since the last start of a server, from 1. */
  connection: number;
  /** When its first byte passed the tap: milliseconds since 1970, with fractions. */
  time: number;
}

interface Bytes extends Entry {
  direction: Direction;
  /** The first bytes in base64; of the rest, `size` tells how many there were. */
  bytes: string;
  /** How many bytes there were so far. */
  size: number;
  /** Where in it a chunk began, in bytes from its beginning; 0 is one if a chunk began with it. At most 64. */
  cuts: number[];
}

/** The head of the HTTP request or response; of a response, also its body if it is no 101. */
export interface HeadEntry extends Bytes {
  kind: "head";
  complete: boolean;
  /** Why a browser refuses this answer. */
  problem?: HandshakeProblem;
}

/** A rule that a handshake breaks; there is no close code yet, since there is no WebSocket yet. */
export type HandshakeProblem = Omit<FrameProblem, "code">;

export interface FrameEntry extends Bytes {
  kind: "frame";
  complete: boolean;
  /** Its header was accepted with these extensions in use: with `permessage-deflate`, RSV1 says "compressed". */
  extensions: string[];
  /** What a strict receiver would say of it. */
  problem?: FrameProblem;
}

/** Bytes that cannot be read as frames, and why: no handshake, or a header that a receiver gives up at. */
export interface RawEntry extends Bytes {
  kind: "raw";
  reason: string;
  problem?: FrameProblem;
}

/** The fate of the TCP connection. */
export interface EventEntry extends Entry {
  kind: "event";
  what: "open" | "end" | "close" | "reset" | "refused";
  /** Who did it; for `open`, always the client. */
  by: "client" | "server";
}

/** A recording, as it is saved in a file. */
export interface Recording {
  format: "websockets-from-scratch recording";
  version: 1;
  slug: string | undefined;
  entries: WireEntry[];
}
