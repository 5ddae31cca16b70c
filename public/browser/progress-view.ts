import { parseProgress, whereToGoOn, type Progress } from "./progress.ts";

/** Which lessons have been read. It is kept in this browser and nowhere else. */

const KEY = "websockets-from-scratch";

/** Reads the progress; a browser that keeps nothing, or something else, has none. */
export function readProgress(): Progress {
  try {
    return parseProgress(localStorage.getItem(KEY));
  } catch {
    // The user has forbidden storage.
    return { done: {} };
  }
}

/** Keeps the progress, if the browser lets us. */
export function writeProgress(progress: Progress): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(progress));
  } catch {
    // The course works without.
  }
}

/** On a lesson: notes that it is open, marks it as read at its end, and gives a button for it. */
export function trackLesson(slug: string, end: Element): void {
  writeProgress({ ...readProgress(), last: slug });

  const bar = document.createElement("div");
  bar.className = "reading";
  const state = document.createElement("p");
  state.setAttribute("role", "status");
  const button = document.createElement("button");
  button.type = "button";
  bar.append(state, button);
  end.after(bar);

  const isRead = (): boolean => Object.hasOwn(readProgress().done, slug);
  const show = (read: boolean): void => {
    state.textContent = read ? "You have read this lesson." : "";
    button.textContent = read ? "Mark as unread" : "Mark as read";
  };
  const mark = (read: boolean): void => {
    const { done, last } = readProgress();
    delete done[slug];
    if (read) done[slug] = new Date().toISOString();
    writeProgress({ done, last: last ?? slug });
    show(read);
  };
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
    observer.disconnect();
    if (!isRead()) mark(true);
  });
  button.addEventListener("click", () => {
    // From now on the reader decides.
    observer.disconnect();
    mark(button.textContent === "Mark as read");
  });
  show(isRead());
  observer.observe(end);
}

/** On the front page: the marks on the map, the way on, and a button that forgets it all. */
export function showProgress(begin: HTMLAnchorElement | null, line: HTMLElement): void {
  const items = [...document.querySelectorAll<HTMLElement>("[data-slug]")];
  const beginning = begin && { href: begin.href, text: begin.textContent };
  draw();
  // Another tab, or the lesson to which one goes back, may have changed it.
  addEventListener("storage", draw);
  addEventListener("pageshow", draw);

  function draw(): void {
    const progress = readProgress();
    const slugs = items.map((item) => item.dataset["slug"] ?? "");
    const done = slugs.filter((slug) => Object.hasOwn(progress.done, slug)).length;
    const hasBegun = done > 0 || progress.last !== undefined;
    const goOn = hasBegun ? whereToGoOn(slugs, progress) : undefined;
    for (const item of items) {
      const slug = item.dataset["slug"] ?? "";
      mark(item, Object.hasOwn(progress.done, slug), slug === goOn);
    }
    if (begin && beginning) {
      const item = items.find(({ dataset }) => dataset["slug"] === goOn);
      begin.href = item?.querySelector("a")?.href ?? beginning.href;
      begin.textContent = item ? `Continue with step ${textOf(item, ".number")}` : beginning.text;
    }
    line.replaceChildren();
    if (!hasBegun) return;
    line.append(done === slugs.length ? "You have read all of them." : `${done} of ${slugs.length} read.`, resetButton(progress));
  }

  function resetButton(before: Progress): HTMLButtonElement {
    return button("Forget my progress", () => {
      writeProgress({ done: {} });
      draw();
      const undo = button("Undo", () => {
        writeProgress(before);
        draw();
        line.querySelector("button")?.focus();
      });
      line.replaceChildren("Forgotten.", undo);
      undo.focus();
    });
  }
}

function mark(item: HTMLElement, isDone: boolean, isHere: boolean): void {
  item.classList.toggle("done", isDone);
  item.classList.toggle("here", isHere);
  item.querySelector(".mark")?.remove();
  const text = isHere ? "you are here" : isDone ? "read" : "";
  if (text === "") return;
  const note = document.createElement("span");
  note.className = "mark";
  note.textContent = text;
  item.querySelector(".title")?.append(" ", note);
}

function button(text: string, onClick: () => void): HTMLButtonElement {
  const element = document.createElement("button");
  element.type = "button";
  element.textContent = text;
  element.addEventListener("click", onClick);
  return element;
}

function textOf(item: Element, selector: string): string {
  return item.querySelector(selector)?.textContent?.trim() ?? "";
}
