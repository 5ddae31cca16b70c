import type { PracticeNews } from "../../scripts/lab/messages.ts";
import { h, setText } from "./lab-dom.ts";
import { describePractice } from "./practice-text.ts";

/** On a lesson: how it stands with the learner's own server, as `npm run practice` says at each save. */
export class PracticeView {
  readonly element: HTMLElement;
  #slug: string;
  #sentence = h("p", { role: "status" });
  #why = h("details", {});
  #message = h("summary", {});
  #details = h("pre", { tabindex: "0" });

  constructor(slug: string) {
    this.#slug = slug;
    this.#why.append(this.#message, this.#details);
    this.element = h("section", { class: "practice", "aria-label": "Your practice", hidden: true }, this.#sentence, this.#why);
  }

  /** Shows news; without any, nothing. */
  show(news: PracticeNews | undefined): void {
    const sentence = news && describePractice(news, this.#slug);
    this.element.hidden = sentence === undefined;
    const isMine = news?.step === this.#slug;
    const failing = isMine && news?.phase === "failing" ? news.failing : undefined;
    setText(this.#sentence, sentence ?? "");
    this.element.dataset["tone"] = failing ? "bad" : news?.phase === "checking" && isMine ? "busy" : "good";
    this.#why.hidden = failing === undefined;
    setText(this.#message, failing?.message ?? "");
    setText(this.#details, failing?.details ?? "");
    this.#details.hidden = failing?.details === "";
    markChecks(isMine ? news?.checks : undefined);
  }
}

const MARKS = { open: "", passed: "✔ ", failed: "✖ ", skipped: "" };

/** Marks the list of the lesson's checks, which has them in the same order. */
function markChecks(checks: PracticeNews["checks"]): void {
  document.querySelectorAll<HTMLElement>("section.checks li").forEach((item, i) => {
    const state = checks?.[i]?.state ?? "open";
    if ((item.dataset["practice"] ?? "open") === state) return;
    item.dataset["practice"] = state;
    item.querySelector(".practice-mark")?.remove();
    if (MARKS[state] !== "") item.prepend(h("span", { class: "practice-mark" }, MARKS[state]));
  });
}
