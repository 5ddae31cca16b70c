import { LAB_PROTOCOL, type FromLab, type LabAddress, type ToLab } from "../../scripts/lab/messages.ts";
import { siteRoot } from "./lab-dom.ts";
import type { LinkState } from "./lab-sentences.ts";

export interface LinkListener {
  onLink(state: LinkState): void;
  onMessage(message: FromLab): void;
}

const FIRST_WAIT = 500;
const LONGEST_WAIT = 10_000;
/** While no lab is there, the site on this machine is asked for one so often, in milliseconds. */
const LOOK_INTERVAL = 3_000;
/** If the site itself does not answer, each time is an error in the console: we wait longer, and soon give up. */
const MOST_REFUSALS = 6;
const THIS_MACHINE = ["localhost", "127.0.0.1", "[::1]"];

/** How long a lab may take to accept us, in milliseconds. */
const PATIENCE = 5_000;

/** The connection to the lab: finds it, and finds it again. */
export class LabLink {
  #listener: LinkListener;
  #socket: WebSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wait = FIRST_WAIT;
  #wasOpen = false;
  #refusals = 0;
  /** The page is not looked at: no lab should count it. */
  #isAway = false;

  constructor(listener: LinkListener) {
    this.#listener = listener;
  }

  /** Looks for the lab now, because somebody wants it. */
  async connect(): Promise<void> {
    this.#refusals = 0;
    await this.#look();
  }

  /** The page is left; the browser may keep it for Back, and must not keep the connection. */
  leave(): void {
    this.#isAway = true;
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }

  /** Somebody came back to the page. */
  async comeBack(): Promise<void> {
    this.#isAway = false;
    await this.connect();
  }

  async #look(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#socket || this.#isAway) return;
    const { port, isRefused } = await labPort();
    if (this.#socket || this.#isAway) return;
    if (port !== undefined) {
      this.#refusals = 0;
      this.#open(port);
      return;
    }
    this.#refusals = isRefused ? this.#refusals + 1 : 0;
    this.#wasOpen = false;
    this.#wait = FIRST_WAIT;
    this.#listener.onLink("none");
    this.#lookLater();
  }

  #lookLater(): void {
    clearTimeout(this.#timer);
    if (this.#refusals >= MOST_REFUSALS || !THIS_MACHINE.includes(location.hostname)) return;
    this.#timer = setTimeout(() => {
      if (document.hidden) this.#lookLater();
      else void this.#look();
    }, LOOK_INTERVAL * 2 ** this.#refusals);
  }

  send(message: ToLab): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #open(port: number): void {
    const socket = new WebSocket(`ws://${location.hostname}:${port}/`, LAB_PROTOCOL);
    this.#socket = socket;
    const patience = setTimeout(() => socket.close(), PATIENCE);
    socket.onmessage = ({ data }) => {
      if (this.#socket !== socket) return;
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
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      // A lab that was never there is "not running", one that was has gone.
      this.#listener.onLink(this.#wasOpen ? "lost" : "none");
      this.#timer = setTimeout(() => void this.#look(), this.#wait);
      this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT);
    };
  }
}

/** The port of the lab, if the site knows one; `isRefused` says that the site does not answer. */
async function labPort(): Promise<{ port?: number; isRefused: boolean }> {
  try {
    const response = await fetch(`${siteRoot()}lab.json`, { cache: "no-store" });
    const address = (await response.json()) as Partial<LabAddress> | null;
    const port = address?.port;
    return Number.isInteger(port) && port! > 0 && port! < 65536 ? { port: port!, isRefused: false } : { isRefused: false };
  } catch {
    return { isRefused: true };
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
