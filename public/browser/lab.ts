import type { FromLab, LabState } from "../../scripts/lab/messages.ts";
import { button, h, recallHere, rememberHere, setText, siteRoot } from "./lab-dom.ts";
import { adaptPage } from "./lab-client-page.ts";
import { LabLog } from "./lab-log.ts";
import { describeSituation, isAlive, stepNumber, type Bar, type LinkState } from "./lab-sentences.ts";
import { LabLink } from "./lab-socket.ts";
import { split } from "./lab-split.ts";
import { PracticeView } from "./practice-view.ts";
import type { WireView } from "./lab-wire.ts";

/** What this tab remembers of the lab: whether it is open. */
const OPEN = "lab-open";

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
  /** Ends what listens to the page. */
  #gone = new AbortController();
  /** The run that the embedded page belongs to. */
  #shownRun: number | undefined;

  #box = h("div", { class: "lab-box" });
  #sentence = h("p", { class: "lab-sentence", role: "status" });
  #problem = h("p", { class: "lab-problem", role: "alert", hidden: true });
  #run = button("Run", () => this.#pressRun(), { class: "primary" });
  #stop = button("Stop", () => this.#link.send({ type: "stop" }));
  #client = button("Run client.ts", () => this.#pressClient());
  #show = button("Show", () => this.#pressShow(), { "aria-expanded": "false" });
  #panes = h("div", { class: "lab-panes", hidden: true });
  #page = h("section", { class: "lab-page", "aria-label": "Page" });
  #frameBox = h("div", { class: "lab-frame" });
  #pageLink = h("a", { target: "_blank", hidden: true }, "Open it in a tab");
  #served = h("p", { class: "lab-served" });
  #log = new LabLog((isOpen) => (this.#aboveLog.hidden = !isOpen));
  #aboveLog = split({
    label: "Height of the log",
    orientation: "horizontal",
    variable: "--lab-log",
    on: this.#box,
    of: () => this.#panes.getBoundingClientRect(),
    fromEnd: true,
    start: 25,
    min: 8,
    max: 60,
  });
  #practice: PracticeView | undefined;
  #wire: WireView | undefined;
  /** What is to be done with the wire view as soon as it is there. */
  #waiting: ((wire: WireView) => void)[] = [];

  connectedCallback(): void {
    if (!isAbleBrowser()) return this.#sayTooOld();
    if (this.#slug === "") this.#begin();
    this.#listen();
    void this.#link.comeBack();
  }

  disconnectedCallback(): void {
    this.#gone.abort();
    this.#link.leave();
  }

  #begin(): void {
    this.#slug = this.getAttribute("step") ?? "";
    this.#hasPage = this.hasAttribute("has-client-page");
    this.#build();
    // It stays open over a reload, and from lesson to lesson.
    this.#setOpen(recallHere(OPEN) === "yes");
  }

  /** Listens to the page, as long as the lab is in it. */
  #listen(): void {
    this.#gone = new AbortController();
    const { signal } = this.#gone;
    // Somebody who comes back from the terminal may have started the lab there.
    document.addEventListener("visibilitychange", () => this.#lookAgain(), { signal });
    window.addEventListener("focus", () => this.#lookAgain(), { signal });
    // The browser may keep a page that was left, and its connections with it.
    window.addEventListener("pagehide", () => this.#link.leave(), { signal });
    window.addEventListener("pageshow", ({ persisted }) => void (persisted && this.#link.comeBack()), { signal });
    document.addEventListener("pointerdown", ({ target }) => this.#wire?.pressed(target as Node), { signal });
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
    const belowPage = split({
      label: "Height of the page",
      orientation: "horizontal",
      variable: "--lab-page",
      on: this.#box,
      of: () => this.#panes.getBoundingClientRect(),
      start: 44,
      min: 10,
      max: 75,
    });
    belowPage.classList.add("below-page");
    belowPage.hidden = !this.#hasPage;
    this.#aboveLog.hidden = true;
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
    this.#panes.append(this.#page, belowPage, this.#aboveLog, this.#log.element);
    this.#box.append(edge, bar, this.#problem, this.#panes, this.#served);
    this.#practice = new PracticeView(this.#slug);
    this.replaceChildren(this.#box, away, fallback);
    this.after(this.#practice.element);
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
    void this.#loadWire();
    this.#withWire((wire) => wire.refresh());
    this.#log.refresh();
    if (this.#state) this.#showPage();
  }

  /** The wire view is the largest part of the lab, and most readers of a page do not open it. */
  async #loadWire(): Promise<void> {
    const { WireView } = await import("./lab-wire.ts");
    if (this.#wire !== undefined) return;
    const wire = new WireView(this.#slug, {
      onClear: () => this.#link.send({ type: "clear" }),
      onRechunk: (direction, mode) => this.#link.send({ type: "rechunk", direction, mode }),
      onReading: (isReading) => this.#panes.classList.toggle("is-reading", isReading),
    });
    this.#wire = wire;
    this.#aboveLog.before(wire.element);
    for (const use of this.#waiting.splice(0)) use(wire);
    this.#draw();
  }

  /** Until it is loaded, the lab holds back: no batch is acknowledged. */
  #withWire(use: (wire: WireView) => void): void {
    if (this.#wire === undefined) this.#waiting.push(use);
    else use(this.#wire);
  }

  #pressShow(): void {
    this.#setOpen(!this.#isOpen);
    rememberHere(OPEN, this.#isOpen ? "yes" : "no");
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
    this.#setOpen(true);
    rememberHere(OPEN, "yes");
    // Where the lab stands in the text, it fills the screen.
    if (getComputedStyle(this.#box).position !== "fixed") this.#box.scrollIntoView({ block: "start" });
    this.#link.send({ type: "start", slug: this.#slug });
  }

  #pressClient(): void {
    this.#say("");
    const isRunning = this.#state !== undefined && isAlive(this.#state.client);
    this.#link.send({ type: isRunning ? "stop-client" : "start-client" });
  }

  #onLink(state: LinkState): void {
    // Nothing to show that was open on the page before.
    if (this.#linkState === "looking" && state === "none") this.#setOpen(false);
    this.#linkState = state;
    // Without a lab nobody knows.
    if (state === "none" || state === "lost") this.#practice?.show(undefined);
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
        this.#waiting = [];
        this.#withWire((wire) => wire.reset());
        this.#setState(message.state);
        break;
      case "state":
        this.#setState(message.state);
        break;
      case "log":
        this.#log.take(message.lines);
        break;
      case "wire":
        this.#withWire((wire) =>
          wire.take(message.entries, message.skipped, () => this.#link.send({ type: "ack", batch: message.batch })),
        );
        break;
      case "cleared":
        this.#withWire((wire) => wire.cleared());
        break;
      case "problem":
        this.#say(message.sentence);
        break;
    }
  }

  #setState(state: LabState): void {
    if (runOf(state) !== runOf(this.#state)) this.#withWire((wire) => wire.newRun());
    this.#state = state;
    this.#practice?.show(state.practice);
    // The reason of a crash is worth a look.
    if (hasCrashed(state) && this.#isMine(state)) this.#log.setOpen(true);
    this.#withWire((wire) => wire.rechunk.set(state.rechunk));
    this.#draw();
    this.#showPage();
  }

  /** Whether the server is that of this lesson. */
  #isMine({ server }: LabState): boolean {
    return server.status !== "none" && server.slug === this.#slug;
  }

  /** Loads the step's page anew with each run. */
  #showPage(): void {
    const { server, tapPort } = this.#state!;
    if (server.status !== "running" || server.slug !== this.#slug || !this.#hasPage || tapPort === undefined) return;
    if (server.run === this.#shownRun || !this.#isOpen) return;
    this.#shownRun = server.run;
    const address = `client.html?server=ws://localhost:${tapPort}`;
    this.#pageLink.setAttribute("href", address);
    this.#pageLink.hidden = false;
    // A new element each time: a new address in the old one would be a step in the browser's history.
    const frame = h("iframe", { src: address, title: "The page of this step" });
    frame.addEventListener("load", () => adaptPage(frame));
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
    this.#wire?.setHint(hint, this.#linkState !== "open");
    this.#wire?.rechunk.enable(this.#linkState === "open");
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

function runOf(state: LabState | undefined): number | undefined {
  return state === undefined || state.server.status === "none" ? undefined : state.server.run;
}

function hasCrashed({ server }: LabState): boolean {
  return server.status === "ended" && server.why === "itself" && server.signal === null;
}

customElements.define("ws-lab", WsLab);
