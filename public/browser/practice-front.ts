import type { PracticeNews } from "../../scripts/lab/messages.ts";
import { h } from "./lab-dom.ts";
import { LabLink } from "./lab-socket.ts";

/** On the front page: marks the steps that the learner's own server has passed, as soon as a lab tells. */
export function followPractice(line: HTMLElement): void {
  const note = h("span", { class: "practice-note", role: "status" });
  line.after(note);
  const link: LabLink = new LabLink({
    onLink: (state) => {
      if (state === "open") link.send({ type: "only-practice" });
    },
    onMessage: (message) => {
      if (message.type === "hello" || message.type === "state") show(message.state.practice, note);
    },
  });
  window.addEventListener("pagehide", () => link.leave());
  window.addEventListener("pageshow", ({ persisted }) => void (persisted && link.comeBack()));
  void link.comeBack();
}

function show(news: PracticeNews | undefined, note: HTMLElement): void {
  const items = [...document.querySelectorAll<HTMLElement>("[data-slug]")];
  const isDone = (item: HTMLElement): boolean => Object.hasOwn(news?.done ?? {}, item.dataset["slug"] ?? "");
  for (const item of items) {
    item.querySelector(".practice-mark")?.remove();
    if (isDone(item)) item.querySelector(".title")?.append(h("span", { class: "practice-mark" }, " ✔ passed"));
  }
  const passed = items.filter(isDone).length;
  note.textContent = passed === 0 ? "" : `${passed} of ${items.length} passed in your practice.`;
}
