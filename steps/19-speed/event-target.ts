import { EventEmitter } from "node:events";
import type { ClientRequest, IncomingMessage } from "node:http";

/** The events of a WebSocket, and what `on` gets with them. */
export type WebSocketEvents = {
  open: [];
  message: [data: Buffer | ArrayBuffer, isBinary: boolean];
  ping: [payload: Buffer];
  pong: [payload: Buffer];
  /**
   * The peer has broken a rule: `error.code` is the close code that it was told. Or it does not read.
   * Or there is no connection: then it is what Node calls the reason, such as `ECONNREFUSED`, or is
   * not there.
   */
  error: [error: Error & { code?: number | string }];
  close: [code: number, reason: Buffer];
  /** The server has answered with a 101. It is not checked yet. */
  upgrade: [response: IncomingMessage];
  /**
   * The server has answered with anything else. Whoever listens to this reads the response, and ends
   * the matter by `terminate()`; otherwise it is an error.
   */
  "unexpected-response": [request: ClientRequest, response: IncomingMessage];
  /** Nothing waits any more, after `highWaterMark` had been reached. */
  drain: [];
};

/** What a listener in the manner of browsers gets. Each type of event has some of the fields. */
export type BrowserEvent = {
  type: string;
  target: BrowserEvents;
  data?: unknown;
  code?: number;
  reason?: string;
  wasClean?: boolean;
  error?: Error;
  message?: string;
};

export type BrowserListener = ((event: BrowserEvent) => void) | { handleEvent(event: BrowserEvent): void };

type Emitted = (...args: any[]) => void;

/** The fields of a browser's event, from the arguments of the emitter's. */
const FIELDS: Record<string, (...args: any[]) => Partial<BrowserEvent>> = {
  open: () => ({}),
  message: (data: unknown, isBinary: boolean) => ({ data: isBinary ? data : String(data) }),
  close: (code: number, reason: Buffer) => ({ code, reason: reason.toString(), wasClean: code !== 1006 }),
  error: (error: Error) => ({ error, message: error.message }),
};

/** Which listener stands behind a function that `addEventListener` or `onmessage =` has registered. */
const added = new WeakMap<Emitted, BrowserListener>();
const assigned = new WeakMap<Emitted, BrowserListener>();

/** An `EventEmitter` that one can listen to as in a browser, too. */
export class BrowserEvents extends EventEmitter<WebSocketEvents> {
  declare onopen: BrowserListener | null;
  declare onmessage: BrowserListener | null;
  declare onclose: BrowserListener | null;
  declare onerror: BrowserListener | null;

  /** Listens to `open`, `message`, `close` or `error`; with `once`, to the first one only. */
  addEventListener(type: string, listener: BrowserListener, { once = false } = {}): void {
    const isKnown = registered(this, type).some((emitted) => added.get(emitted) === listener);
    if (isKnown || !Object.hasOwn(FIELDS, type)) return;
    const emitted = toEmitted(this, type, listener);
    added.set(emitted, listener);
    (this as EventEmitter)[once ? "once" : "on"](type, emitted);
  }

  removeEventListener(type: string, listener: BrowserListener): void {
    const emitted = registered(this, type).find((emitted) => added.get(emitted) === listener);
    if (emitted !== undefined) (this as EventEmitter).off(type, emitted);
  }
}

for (const type of Object.keys(FIELDS)) {
  Object.defineProperty(BrowserEvents.prototype, `on${type}`, {
    enumerable: true,
    get(this: BrowserEvents): BrowserListener | null {
      return registered(this, type).map((emitted) => assigned.get(emitted)).find(Boolean) ?? null;
    },
    set(this: BrowserEvents, listener: unknown): void {
      const before = registered(this, type).find((emitted) => assigned.has(emitted));
      if (before !== undefined) (this as EventEmitter).off(type, before);
      if (typeof listener !== "function") return;
      const emitted = toEmitted(this, type, listener as BrowserListener);
      assigned.set(emitted, listener as BrowserListener);
      (this as EventEmitter).on(type, emitted);
    },
  });
}

function registered(target: BrowserEvents, type: string): Emitted[] {
  return (target as EventEmitter).listeners(type) as Emitted[];
}

function toEmitted(target: BrowserEvents, type: string, listener: BrowserListener): Emitted {
  return (...args) => {
    const event: BrowserEvent = { type, target, ...FIELDS[type]?.(...args) };
    if (typeof listener === "function") listener.call(target, event);
    else listener.handleEvent(event);
  };
}
