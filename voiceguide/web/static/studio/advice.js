// Problems and advice, each with a link to its field.

import { el, get } from "../dom.js";
import { icon } from "./icons.js";
import { patch } from "./patch.js";
import { fieldPath, translated } from "./problem-words.js";
import { isStage, isStep } from "./script-paths.js";
import { nameOfStep, say } from "./words.js";

export class Advice {
  constructor(studio) {
    this.studio = studio;
  }

  draw() {
    const { problems } = this.studio.document;
    const errors = problems.filter(({ severity }) => severity === "error").length;
    const title = countOf(problems) || say("all_well");
    if (get("advice-title").textContent !== title) get("advice-title").textContent = title;
    get("advice").classList.toggle("well", !problems.length);
    get("advice").classList.toggle("wrong", errors > 0);
    get("advice-list").hidden = !problems.length;
    const focused = document.activeElement?.dataset?.focus;
    patch(get("advice-list"), problems.map((problem, index) => this.line(problem, index)));
    if (focused && !get("advice-list").contains(document.activeElement)) get("advice-list").querySelector(`[data-focus='${CSS.escape(focused)}']`)?.focus({ preventScroll: true });
  }

  line(problem, index) {
    const path = cardOf(problem.path);
    const node = this.studio.document.at(path);
    const name = isStep(path) ? nameOfStep(node) : isStage(path) ? String(node?.stage ?? "") : this.studio.document.readable ? "" : say("line", { n: problem.line });
    return el("li", { className: problem.severity }, el("button", { type: "button", "data-focus": `advice ${index}`, "data-path": JSON.stringify(fieldPath(problem)), onclick: ({ currentTarget }) => this.studio.goTo(JSON.parse(currentTarget.dataset.path)) },
      icon(problem.severity === "error" ? "warning" : "advice"), name ? el("b", {}, name) : null, el("span", {}, translated(problem.message))));
  }
}

/** The number of problems or, if there are none, the number of pieces of advice. */
export function countOf(problems) {
  const errors = problems.filter(({ severity }) => severity === "error").length;
  if (errors) return say(errors === 1 ? "one_problem" : "problems", { n: errors });
  return problems.length ? say(problems.length === 1 ? "one_advice" : "advices", { n: problems.length }) : "";
}

/** The path of the card to which a path in the script belongs. */
export function cardOf(path) {
  for (let end = path.length; end > 1; end -= 1) {
    const here = path.slice(0, end);
    if ((isStep(here) || isStage(here)) && typeof here[end - 1] === "number") return here;
  }
  return [];
}
