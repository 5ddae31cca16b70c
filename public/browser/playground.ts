import { toHex } from "../../scripts/wire/decode-frame.ts";
import type { LengthForm } from "../../scripts/wire/encode-frame.ts";
import { compose, decompose, type Wishes } from "./playground-compose.ts";
import { readHash, readHex, toHash } from "./playground-hex.ts";
import { guessSender, readFrames, renderReading, summarize, type Sender, type StepLinks } from "./playground-reading.ts";
import { defineWsFrame } from "./ws-frame.ts";

// The playground: the field of hex holds the truth. The composer writes it, and follows it where it can.

/** More bytes make a link that is too long for some programs. */
const LINK_BYTES = 2048;

const NOTHING_READ = `<p class="quiet">These are no bytes that could be read.</p>`;

const form = document.querySelector<HTMLFormElement>("#playground");
if (form) start(form);

function start(form: HTMLFormElement): void {
  defineWsFrame();
  const field = (name: string): HTMLInputElement => form.elements.namedItem(name) as HTMLInputElement;
  const readings = byId("readings");
  const links = stepLinks(form.dataset.steps ?? "");

  const show = (bytes: Uint8Array): void => {
    const reading = readFrames(bytes, sender());
    readings.innerHTML = bytes.length > 0 ? renderReading(reading, links) : `<p class="quiet">There are no bytes yet.</p>`;
    byId("summary").textContent = summarize(reading);
    // Not a new entry in the history for each key that is pressed.
    history.replaceState(null, "", bytes.length <= LINK_BYTES ? toHash(bytes, sender()) : location.pathname);
  };

  const sender = (): Sender => (choice(form, "from") === "server" ? "server" : "client");

  const onWish = (): void => {
    const { bytes, problem } = compose(readWishes(form));
    sayMistake("compose-mistake", problem);
    if (!bytes) return;
    field("hex").value = toHex(bytes);
    sayMistake("hex-mistake", undefined);
    readings.classList.remove("outdated");
    byId("compose-note").hidden = true;
    show(bytes);
  };

  /** Takes the field of hex for what it is. */
  const onHex = (): void => {
    const { bytes, problem } = readHex(field("hex").value);
    sayMistake("hex-mistake", problem);
    // What was read before stays in sight while one types, but it is not what stands there now.
    readings.classList.toggle("outdated", !bytes);
    if (!bytes) {
      if (!readings.querySelector("ws-frame")) readings.innerHTML = NOTHING_READ;
      byId("summary").textContent = "";
      return;
    }
    const wishes = decompose(bytes);
    if (wishes) writeWishes(form, wishes);
    byId("compose-note").hidden = wishes !== undefined || bytes.length === 0;
    sayMistake("compose-mistake", undefined);
    show(bytes);
  };

  const onHash = (): boolean => {
    const link = readHash(location.hash);
    if (!link) return false;
    const bytes = readHex(link.hex).bytes;
    field("hex").value = bytes ? toHex(bytes) : link.hex;
    setChoice(form, "from", link.from ?? guessSender(bytes ?? new Uint8Array()));
    onHex();
    return true;
  };

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", ({ target }) => {
    const { name } = target as HTMLInputElement;
    if (name === "hex" || name === "from") onHex();
    else if (name === "kind") convertPayload(form, onWish);
    else onWish();
  });
  field("new-key").addEventListener("click", () => {
    field("masked").checked = true;
    field("key").value = toHex(crypto.getRandomValues(new Uint8Array(4)));
    onWish();
  });
  field("copy").addEventListener("click", () => void copy(field("hex").value, field("hex")));
  field("link").addEventListener("click", () => void copy(location.href, undefined));
  addEventListener("hashchange", onHash);

  for (const fieldset of form.querySelectorAll("fieldset")) fieldset.disabled = false;
  // After a reload the browser may put back what was typed.
  if (!onHash() && field("hex").value !== field("hex").defaultValue) onHex();
}

function readWishes(form: HTMLFormElement): Wishes {
  const field = (name: string): HTMLInputElement => form.elements.namedItem(name) as HTMLInputElement;
  const lengthForm = field("form").value;
  return {
    fin: field("fin").checked,
    rsv: (field("rsv1").checked ? 4 : 0) | (field("rsv2").checked ? 2 : 0) | (field("rsv3").checked ? 1 : 0),
    opcode: Number(field("opcode").value),
    masked: field("masked").checked,
    key: field("key").value,
    form: lengthForm === "shortest" ? lengthForm : (Number(lengthForm) as LengthForm),
    falseLength: field("false").value,
    payload: field("payload").value,
    kind: choice(form, "kind") === "hex" ? "hex" : "text",
  };
}

function writeWishes(form: HTMLFormElement, wishes: Wishes): void {
  const field = (name: string): HTMLInputElement => form.elements.namedItem(name) as HTMLInputElement;
  field("fin").checked = wishes.fin;
  for (const [index, name] of ["rsv1", "rsv2", "rsv3"].entries()) field(name).checked = (wishes.rsv & (4 >> index)) !== 0;
  field("opcode").value = String(wishes.opcode);
  field("masked").checked = wishes.masked;
  // Without a mask the key stays, for the next time.
  if (wishes.masked) field("key").value = wishes.key;
  field("form").value = String(wishes.form);
  field("false").value = wishes.falseLength;
  setChoice(form, "kind", wishes.kind);
  field("payload").value = wishes.payload;
}

/** From text to hex and back, so that the bytes stay the same. */
function convertPayload(form: HTMLFormElement, done: () => void): void {
  const wishes = readWishes(form);
  const payload = form.elements.namedItem("payload") as HTMLTextAreaElement;
  if (wishes.kind === "hex") payload.value = toHex(new TextEncoder().encode(wishes.payload));
  else {
    const { bytes } = readHex(wishes.payload);
    try {
      if (bytes) payload.value = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      setChoice(form, "kind", "hex");
      return sayMistake("compose-mistake", "Payload: these bytes are no UTF-8, so they stay in hex.");
    }
  }
  done();
}

async function copy(text: string, field: HTMLInputElement | undefined): Promise<void> {
  let said = "Copied.";
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    field?.select();
    said = field ? "The browser does not let us copy; the hex is selected." : "The browser does not let us copy; take the link from its address bar.";
  }
  byId("copied").textContent = said;
}

function sayMistake(id: string, sentence: string | undefined): void {
  byId(id).textContent = sentence ?? "";
}

/** The attribute of the form says the numbers: `utf8=12 closing-handshake=13`. */
function stepLinks(list: string): StepLinks {
  const numbers = new Map(list.split(" ").map((pair) => pair.split("=") as [string, string]));
  const root = document.documentElement.dataset.root ?? "../";
  return (slug) => ({ name: `step ${numbers.get(slug) ?? slug}`, href: `${root}steps/${slug}/index.html` });
}

function choice(form: HTMLFormElement, name: string): string {
  return (form.elements.namedItem(name) as RadioNodeList).value;
}

function setChoice(form: HTMLFormElement, name: string, value: string): void {
  (form.elements.namedItem(name) as RadioNodeList).value = value;
}

function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no #${id}.`);
  return element;
}
