/** What an element is given: attributes, or with an `on` in front, listeners. */
export interface Attributes {
  [name: string]: string | boolean | ((event: never) => void) | undefined;
}

/** Makes an element. Text is text, never HTML: what passes the wire comes from strangers. */
export function h<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(key.slice(2), value as EventListener);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

/** A button that says what it does. */
export function button(label: string, press: () => void, attributes: Attributes = {}): HTMLButtonElement {
  return h("button", { type: "button", onclick: press, ...attributes }, label);
}

/** Changes the text only if it differs, so that nothing is announced twice. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * What has `draw` called soon: before the next picture, or a little later where nobody looks. However
 * often it is called until then, it draws once.
 */
export function oncePerPicture(draw: () => void): () => void {
  let isPlanned = false;
  const drawNow = (): void => {
    isPlanned = false;
    draw();
  };
  return () => {
    if (isPlanned) return;
    isPlanned = true;
    if (document.hidden) setTimeout(drawNow, 200);
    else requestAnimationFrame(drawNow);
  };
}

/** The way from this page to the root of the site. */
export function siteRoot(): string {
  return document.documentElement.dataset["root"] ?? "../../";
}

/** Something kept for this reader, or `undefined`; where storage is forbidden, nothing is kept. */
export function recall(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Then it holds for this page only.
  }
}

/** The same, for this tab only. */
export function recallHere(key: string): string | undefined {
  try {
    return sessionStorage.getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

export function rememberHere(key: string, value: string): void {
  try {
    sessionStorage.setItem(key, value);
  } catch {
    // Then it holds for this page only.
  }
}
