import type { FromLab, LabState } from "../../scripts/lab/messages.ts";
import { button, h, setText, siteRoot } from "./lab-dom.ts";
import { LabLog } from "./lab-log.ts";
import { describeSituation, isAlive, stepNumber, type Bar, type LinkState } from "./lab-sentences.ts";
import { LabLink } from "./lab-socket.ts";
import { split } from "./lab-split.ts";
import { WireView } from "./lab-wire.ts";

/** What the lab needs of a browser. */
function isAbleBrowser(): boolean {
  return "WebSocket" in window && "replaceChildren" in Element.prototype && CSS.supports("selector(:has(*))");
}

/**
 * `<ws-lab step="echo" has-client-page has-client>`: runs the step of this lesson, and shows what
 * passes between its server and its clients. What stands in it stays, for those who cannot.
 */
class WsLab extends HTMLElement {
  #slug = "";
  #hasPage = false;
  #link = new LabLink({ onLink: (state) => this.#onLink(state), onMessage: (message) => this.#onMessage(message) });
  #linkState: LinkState = "looking";
  #state: LabState | undefined;
  #known: string[] = [];
  #withClient = new Set<string>();
  /** The run that the embedded page belongs to. */
  #shownRun: number | undefined;
  #wantsOpen = false;

  #box = h("div", { class: "lab-box" });
  #sentence = h("p", { class: "lab-sentence", role: "status" });
  #problem = h("p", { class: "lab-problem", role: "alert", hidden: true });
  #run = button("Run", () => this.#pressRun(), { class: "primary" });
  #stop = button("Stop", () => this.#link.send({ type: "stop" }));
  #client = button("Run client.ts", () => this.#pressClient());
  #show = button("Show", () => this.#setOpen(!this.#isOpen), { "aria-expanded": "false" });
  #panes = h("div", { class: "lab-panes", hidden: true });
  #page = h("section", { class: "lab-page", "aria-label": "Page" });
  #frameBox = h("div", { class: "lab-frame" });
  #pageLink = h("a", { target: "_blank", hidden: true }, "Open it in a tab");
  #served = h("p", { class: "lab-served" });
  #log = new LabLog();
  #wire!: WireView;

  connectedCallback(): void {
    if (this.#slug !== "" || !isAbleBrowser()) {
      if (this.#slug === "") this.#sayTooOld();
      return;
    }
    this.#slug = this.getAttribute("step") ?? "";
    this.#hasPage = this.hasAttribute("has-client-page");
    this.#wire = new WireView(this.#slug, {
      onClear: () => this.#link.send({ type: "clear" }),
      onRechunk: (direction, mode) => this.#link.send({ type: "rechunk", direction, mode }),
    });
    this.#build();
    this.#draw();
    // Somebody who comes back from the terminal may have started the lab there.
    document.addEventListener("visibilitychange", () => this.#lookAgain());
    window.addEventListener("focus", () => this.#lookAgain());
    void this.#link.connect();
  }

  #sayTooOld(): void {
    const sentence = "This browser is too old for the lab. The step runs in a terminal all the same:";
    this.prepend(h("p", { class: "lab-sentence" }, sentence));
  }

  #build(): void {
    const fallback = h("div", { class: "lab-fallback" }, ...this.childNodes);
    const away = h("p", { class: "lab-away" }, "The lab is open beside the text.");
    const bar = h(
      "div",
      { class: "lab-bar" },
      h("span", { class: "lab-dot", "aria-hidden": "true" }),
      this.#sentence,
      h("div", { class: "lab-buttons" }, this.#run, this.#stop, this.#client, this.#show),
    );
    const pageBar = h("div", { class: "lab-pane-bar" }, h("h3", {}, "Page"), this.#pageLink);
    this.#page.append(pageBar, this.#frameBox);
    this.#page.hidden = !this.#hasPage;
    const of = (): DOMRect => this.#panes.getBoundingClientRect();
    const common = { orientation: "horizontal", on: this.#box, of } as const;
    const belowPage = split({ ...common, label: "Height of the page", variable: "--lab-page", start: 35, min: 10, max: 60 });
    const aboveLog = split({ ...common, label: "Height of the log", variable: "--lab-log", start: 15, min: 8, max: 60, fromEnd: true });
    belowPage.hidden = !this.#hasPage;
    const edge = split({
      label: "Width of the lab",
      orientation: "vertical",
      variable: "--lab-width",
      on: document.documentElement,
      of: () => new DOMRect(0, 0, document.documentElement.clientWidth, window.innerHeight),
      fromEnd: true,
      start: 50,
      min: 30,
      max: 70,
    });
    this.#panes.append(this.#page, belowPage, this.#wire.element, aboveLog, this.#log.element);
    this.#box.append(edge, bar, this.#problem, this.#panes, this.#served);
    this.replaceChildren(this.#box, away, fallback);
  }

  get #isOpen(): boolean {
    return !this.#panes.hidden;
  }

  #setOpen(isOpen: boolean): void {
    this.#panes.hidden = !isOpen;
    this.#box.classList.toggle("is-open", isOpen);
    document.body.classList.toggle("with-lab", isOpen);
    this.#draw();
    if (!isOpen) return;
    this.#wire.refresh();
    this.#log.refresh();
    if (this.#state) this.#showPage();
  }

  #lookAgain(): void {
    if (!document.hidden && (this.#linkState === "none" || this.#linkState === "lost")) void this.#link.connect();
  }

  #pressRun(): void {
    this.#say("");
    if (this.#linkState !== "open") {
      this.#linkState = this.#linkState === "none" ? "looking" : this.#linkState;
      this.#draw();
      void this.#link.connect();
      return;
    }
    this.#wantsOpen = true;
    this.#setOpen(true);
    this.#link.send({ type: "start", slug: this.#slug });
  }

  #pressClient(): void {
    this.#say("");
    const isRunning = this.#state !== undefined && isAlive(this.#state.client);
    this.#link.send({ type: isRunning ? "stop-client" : "start-client" });
  }

  #onLink(state: LinkState): void {
    this.#linkState = state;
    this.#draw();
  }

  #onMessage(message: FromLab): void {
    switch (message.type) {
      case "hello":
        this.#known = message.steps.map(({ slug }) => slug);
        this.#withClient = new Set(message.steps.filter(({ hasClient }) => hasClient).map(({ slug }) => slug));
        this.#drawServedBy(message.servedBy);
        this.#log.reset();
        this.#log.take(message.log);
        this.#wire.reset();
        this.#setState(message.state);
        break;
      case "state":
        this.#setState(message.state);
        break;
      case "log":
        this.#log.take(message.lines);
        break;
      case "wire":
        this.#wire.take(message.entries, message.skipped, () => this.#link.send({ type: "ack", batch: message.batch }));
        break;
      case "cleared":
        this.#wire.cleared();
        break;
      case "problem":
        this.#say(message.sentence);
        break;
    }
  }

  #setState(state: LabState): void {
    this.#state = state;
    this.#wire.rechunk.set(state.rechunk);
    this.#draw();
    this.#showPage();
  }

  /** Loads the step's page anew with each run. */
  #showPage(): void {
    const { server, tapPort } = this.#state!;
    if (server.status !== "running" || server.slug !== this.#slug || !this.#hasPage || tapPort === undefined) return;
    if (server.run === this.#shownRun || !(this.#isOpen || this.#wantsOpen)) return;
    this.#shownRun = server.run;
    const address = `client.html?server=ws://localhost:${tapPort}`;
    this.#pageLink.setAttribute("href", address);
    this.#pageLink.hidden = false;
    // A new element each time: a new address in the old one would be a step in the browser's history.
    const frame = h("iframe", { src: address, title: "The page of this step" });
    frame.addEventListener("load", () => tighten(frame));
    this.#frameBox.replaceChildren(frame);
  }

  #draw(): void {
    const bar = describeSituation({
      link: this.#linkState,
      state: this.#state,
      slug: this.#slug,
      hasClient: this.hasAttribute("has-client") && this.#withClient.has(this.#slug),
      known: this.#known,
    });
    this.#box.dataset["tone"] = bar.tone;
    this.dataset["link"] = this.#linkState;
    setText(this.#sentence, bar.sentence);
    this.#drawButtons(bar);
    const isMine = this.#state?.server.status === "running" && this.#state.server.slug === this.#slug;
    const hint = isMine && this.#linkState === "open"
      ? "Nothing has passed yet. What a client sends to the server shows here."
      : "Nothing has passed. Run the step, or open a recording.";
    this.#wire.setHint(hint);
    this.#wire.rechunk.enable(this.#linkState === "open");
  }

  #drawButtons({ run, stop, client }: Bar): void {
    const hadFocus = this.#box.contains(document.activeElement) ? document.activeElement : undefined;
    this.#run.hidden = run === undefined;
    if (run !== undefined) setText(this.#run, run);
    this.#stop.hidden = !stop;
    this.#client.hidden = client === undefined;
    if (client !== undefined) setText(this.#client, client);
    setText(this.#show, this.#isOpen ? "Close" : this.#linkState === "open" ? "Show" : "Open a recording");
    this.#show.setAttribute("aria-expanded", String(this.#isOpen));
    // The keyboard stays in the bar when the button that had it goes.
    if (hadFocus instanceof HTMLButtonElement && hadFocus.hidden) {
      [this.#run, this.#stop, this.#show].find(({ hidden }) => !hidden)?.focus();
    }
  }

  #drawServedBy({ slug, title }: { slug: string; title: string }): void {
    const step = h("a", { href: `${siteRoot()}steps/${encodeURIComponent(slug)}/index.html` }, `step ${stepNumber(slug, this.#known)}`);
    step.title = title;
    this.#served.replaceChildren("This view comes to you over a WebSocket served by the code of ", step, ".");
  }

  #say(problem: string): void {
    setText(this.#problem, problem);
    this.#problem.hidden = problem === "";
  }
}

/** The page of a step has little room here, and the lesson says what its heading says. */
function tighten(frame: HTMLIFrameElement): void {
  const style = frame.contentDocument?.createElement("style");
  if (!style) return;
  style.textContent = `
    html { font-size: 87.5%; }
    body { max-width: none; padding: 0.75rem 1rem; }
    h1, .note { display: none; }
    .card { margin: 0 0 0.6rem; padding: 0.65rem 0.8rem; }
  `;
  frame.contentDocument?.head.append(style);
}

customElements.define("ws-lab", WsLab);
