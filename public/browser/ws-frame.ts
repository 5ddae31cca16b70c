import { renderFrame, type FrameOptions } from "./render-frame.ts";

/**
 * `<ws-frame hex="81 05 48 65 6c 6c 6f" from="server">`: a frame, drawn by {@link renderFrame}. The
 * build of the site has drawn it already; then the element only links what belongs together. It draws
 * when it is empty, and when its bytes or options change.
 */
export class WsFrame extends HTMLElement {
  static observedAttributes = ["hex", "from"];

  #bytes: Uint8Array | undefined;
  #options: FrameOptions = {};
  /** The field that the keys ← and → have come to. */
  #field: string | undefined;

  /** The frame's bytes; they come before those of the attribute `hex`. */
  get bytes(): Uint8Array {
    return this.#bytes ?? parseHex(this.getAttribute("hex") ?? "");
  }

  set bytes(bytes: Uint8Array) {
    this.#bytes = bytes;
    if (this.isConnected) this.#draw();
  }

  /** What {@link renderFrame} takes, beside the sender in the attribute `from`. */
  get options(): FrameOptions {
    return this.#options;
  }

  set options(options: FrameOptions) {
    this.#options = options;
    if (this.isConnected) this.#draw();
  }

  connectedCallback(): void {
    this.#takeEarlyProperties();
    if (this.childElementCount === 0) this.#draw();
    else this.#name();
    this.tabIndex = 0;
    this.addEventListener("pointerover", this.#onPointer);
    this.addEventListener("pointerleave", this.#onLeave);
    this.addEventListener("keydown", this.#onKey);
    this.addEventListener("blur", this.#onLeave);
  }

  disconnectedCallback(): void {
    this.removeEventListener("pointerover", this.#onPointer);
    this.removeEventListener("pointerleave", this.#onLeave);
    this.removeEventListener("keydown", this.#onKey);
    this.removeEventListener("blur", this.#onLeave);
  }

  attributeChangedCallback(name: string, before: string | null): void {
    if (name === "hex" && before !== null) this.#bytes = undefined;
    // At the upgrade of an element from the build, the attributes are new, and its content is right.
    if (this.isConnected && (before !== null || this.childElementCount === 0)) this.#draw();
  }

  /** Properties that somebody set before the element knew them. */
  #takeEarlyProperties(): void {
    for (const name of ["bytes", "options"] as const) {
      if (!Object.hasOwn(this, name)) continue;
      const value = this[name];
      Reflect.deleteProperty(this, name);
      Reflect.set(this, name, value);
    }
  }

  #draw(): void {
    const from = this.getAttribute("from");
    const root = document.documentElement.dataset.root;
    this.innerHTML = renderFrame(this.bytes, {
      from: from === "client" || from === "server" ? from : undefined,
      playground: root === undefined ? undefined : `${root}playground/index.html`,
      ...this.#options,
    });
    this.#name();
    if (this.#field !== undefined) this.#light(this.#field.split(" "));
  }

  #name(): void {
    this.setAttribute("role", "group");
    const title = this.querySelector(".f-title");
    const parts = [title?.querySelector("b"), title?.querySelector("span")].map((part) => part?.textContent);
    this.setAttribute("aria-label", parts.filter(Boolean).join(", ") || "Frame");
  }

  #onPointer = ({ target }: Event): void => {
    if (!(target instanceof Element)) return;
    const column = this.#columns().indexOf(target.closest(".f-payload span") as Element);
    if (column >= 0) return this.#lightByte(column);
    const field = target.closest<HTMLElement>("[data-field]")?.dataset.field;
    this.#light(field?.split(" ") ?? []);
    const key = this.#keyTiles().indexOf(target);
    if (key >= 0) this.#lightKeyByte(key);
  };

  #onLeave = (): void => {
    this.#field = undefined;
    this.#light([]);
  };

  #onKey = (event: KeyboardEvent): void => {
    if (event.target !== this || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Escape") return this.#onLeave();
    if (step === undefined) return;
    // These keys turn the pages of the lessons elsewhere.
    event.preventDefault();
    event.stopPropagation();
    const fields = [...this.querySelectorAll<HTMLElement>("tr[data-field]")].map((row) => row.dataset.field ?? "");
    const before = this.#field === undefined ? (step > 0 ? -1 : fields.length) : fields.indexOf(this.#field);
    this.#field = fields[Math.min(Math.max(before + step, 0), fields.length - 1)];
    this.#light(this.#field?.split(" ") ?? []);
  };

  /** Marks everything that shows one of these fields, and nothing else. */
  #light(fields: string[]): void {
    for (const lit of this.querySelectorAll(".lit, .lit-byte")) lit.classList.remove("lit", "lit-byte");
    for (const element of this.querySelectorAll<HTMLElement>("[data-field]")) {
      const isLit = (element.dataset.field ?? "").split(" ").some((field) => fields.includes(field));
      element.classList.toggle("lit", isLit);
    }
    if (!fields.includes("key")) return;
    for (const column of this.#columns()) column.children[1]?.classList.add("lit");
  }

  /** Marks a byte of the payload, in all its rows, and the byte of the key that masks it. */
  #lightByte(index: number): void {
    const column = this.#columns()[index];
    this.#light([column?.closest<HTMLElement>("[data-field]")?.dataset.field ?? ""]);
    column?.classList.add("lit-byte");
    this.#keyTiles()[index % 4]?.classList.add("lit-byte");
  }

  /** Marks a byte of the key, and where it is used. */
  #lightKeyByte(index: number): void {
    this.#keyTiles()[index]?.classList.add("lit-byte");
    for (const [position, column] of this.#columns().entries()) {
      if (position % 4 === index) column.children[1]?.classList.add("lit-byte");
    }
  }

  #keyTiles(): Element[] {
    return [...this.querySelectorAll(".f-header [data-field=key] i")];
  }

  /** The bytes of the payload, each with its rows. */
  #columns(): Element[] {
    return [...this.querySelectorAll(".f-payload span")];
  }
}

function parseHex(text: string): Uint8Array {
  const pairs = text.match(/[0-9a-f]{2}/gi) ?? [];
  return Uint8Array.from(pairs, (pair) => parseInt(pair, 16));
}

/** Makes `<ws-frame>` known to the page; a second call does nothing. */
export function defineWsFrame(): void {
  if (!customElements.get("ws-frame")) customElements.define("ws-frame", WsFrame);
}
