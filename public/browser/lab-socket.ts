import type { FromLab, LabAddress, ToLab } from "../../scripts/lab/messages.ts";
import { siteRoot } from "./lab-dom.ts";
import type { LinkState } from "./lab-sentences.ts";

export interface LinkListener {
  onLink(state: LinkState): void;
  onMessage(message: FromLab): void;
}

const FIRST_WAIT = 500;
const LONGEST_WAIT = 10_000;

/** How long a lab may take to accept us, in milliseconds. */
const PATIENCE = 5_000;

/** The connection to the lab: finds it, and finds it again. */
export class LabLink {
  #listener: LinkListener;
  #socket: WebSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wait = FIRST_WAIT;
  #wasOpen = false;

  constructor(listener: LinkListener) {
    this.#listener = listener;
  }

  /** Looks for the lab now. */
  async connect(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#socket) return;
    const port = await labPort();
    if (this.#socket) return;
    if (port === undefined) {
      this.#wasOpen = false;
      this.#wait = FIRST_WAIT;
      this.#listener.onLink("none");
      return;
    }
    this.#open(port);
  }

  send(message: ToLab): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #open(port: number): void {
    const socket = new WebSocket(`ws://${location.hostname}:${port}/`);
    this.#socket = socket;
    const patience = setTimeout(() => socket.close(), PATIENCE);
    socket.onmessage = ({ data }) => {
      const message = parse(data);
      if (message?.type === "hello") {
        clearTimeout(patience);
        this.#wasOpen = true;
        this.#wait = FIRST_WAIT;
        this.#listener.onLink("open");
      }
      if (message) this.#listener.onMessage(message);
    };
    socket.onclose = () => {
      clearTimeout(patience);
      this.#socket = undefined;
      // A lab that was never there is "not running", one that was has gone.
      this.#listener.onLink(this.#wasOpen ? "lost" : "none");
      this.#timer = setTimeout(() => void this.connect(), this.#wait);
      this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT);
    };
  }
}

async function labPort(): Promise<number | undefined> {
  try {
    const response = await fetch(`${siteRoot()}lab.json`, { cache: "no-store" });
    const address = (await response.json()) as Partial<LabAddress> | null;
    const port = address?.port;
    return Number.isInteger(port) && port! > 0 && port! < 65536 ? port! : undefined;
  } catch {
    return undefined;
  }
}

function parse(data: unknown): FromLab | undefined {
  try {
    const message: unknown = JSON.parse(String(data));
    return typeof message === "object" && message !== null && "type" in message ? (message as FromLab) : undefined;
  } catch {
    return undefined;
  }
}
