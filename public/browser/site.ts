import { markContents } from "./contents.ts";
import { addCopyButtons } from "./copy.ts";
import { enhanceDiffs } from "./diff.ts";
import { followArrows } from "./keys.ts";
import { showProgress, trackLesson } from "./progress-view.ts";
import { defineWsFrame } from "./ws-frame.ts";

// What every page of the site does. All of it is readable without.

defineWsFrame();
enhanceDiffs();
addCopyButtons();
followArrows();
markContents();

const lesson = document.querySelector<HTMLElement>("main[data-step]");
const end = document.getElementById("end");
if (lesson?.dataset["step"] && end) trackLesson(lesson.dataset["step"], end);

const progress = document.getElementById("progress");
if (progress) {
  showProgress(document.querySelector<HTMLAnchorElement>("#begin"), progress);
  void import("./practice-front.ts").then(({ followPractice }) => followPractice(progress));
}

// The lab is large, and most pages have none.
if (document.querySelector("ws-lab")) void import("./lab.ts");
