// The outline: stages and steps as cards.

import { el, get } from "../dom.js";
import { clock } from "../times.js";
import { ofRoutine } from "../words.js";
import { countOf } from "./advice.js";
import { icon } from "./icons.js";
import { patch } from "./patch.js";
import { isGroup, isStage, isStep, same, wordsOf } from "./script-paths.js";
import { timeField, typeOn, typingOf } from "./time-field.js";
import { nameOfGroup, nameOfStep, say } from "./words.js";

export class Cards {
  constructor(studio) {
    this.studio = studio;
    this.place = get("cards");
    this.place.addEventListener("keydown", (event) => this.key(event));
    this.timed = null; // the step whose time has the focus
    this.place.addEventListener("focusin", ({ target }) => (this.timed = target.classList.contains("time") ? studio.document.follow(pathOf(target)) : null));
    this.place.addEventListener("focusout", () => {
      if (this.timed) studio.document.unfollow(this.timed);
      this.timed = null;
    });
  }

  draw() {
    const moved = this.movedTime();
    this.drawCards();
    if (moved) typeOn(this.place.querySelector(`[data-focus='${CSS.escape(`time ${JSON.stringify(moved.path)}`)}']`), moved);
  }

  /** The time that is being typed for a step that is not in the same place any more: {path, typed, start, end}, or null. */
  movedTime() {
    const field = document.activeElement;
    if (!this.timed || !this.place.contains(field) || same(this.timed.path, pathOf(field))) return null;
    const moved = { path: this.timed.path, ...typingOf(field) };
    field.adopt(field.value); // it is that of another step now
    if (moved.path) return moved;
    field.blur();
    return null;
  }

  drawCards() {
    const focused = document.activeElement?.dataset?.focus;
    const { tree } = this.studio.document;
    const stages = Array.isArray(tree?.stages) ? tree.stages : [];
    patch(this.place, [this.routineCard(tree), this.list(["stages"], "stages", stages.map((node, index) => this.stageCard(node, ["stages", index]))),
      this.adder(say("add_stage"), "stage", () => this.studio.addStage())]);
    if (focused && !this.place.contains(document.activeElement)) this.place.querySelector(`[data-focus='${CSS.escape(focused)}']`)?.focus({ preventScroll: true });
  }

  list(path, kind, items) {
    return el("ul", { className: kind, "data-list": JSON.stringify(path), role: "list" }, ...items);
  }

  routineCard(tree) {
    const path = [];
    const facts = [tree?.needs?.length, tree?.safety?.length].some(Boolean) ? say("has_opening") : "";
    return el("div", { className: `card routine${this.marks(path)}` }, this.opener(path, say("whole_routine"),
      el("span", { className: "kind" }, say("routine")), ofRoutine(el("span", { className: "words" }, String(tree?.title ?? "")), this.studio.language),
      facts ? el("span", { className: "facts" }, facts) : null));
  }

  /** The button that opens a card. It covers the card. */
  opener(path, label, ...children) {
    const troubles = countOf(this.studio.problemsAt(path));
    // If the card is opened with the keyboard, the focus moves to its fields.
    return el("button", { type: "button", className: "open", "data-focus": `card ${JSON.stringify(path)}`, "aria-label": troubles ? `${label}, ${troubles}` : label,
      "aria-current": same(path, this.studio.open) ? "true" : null, onclick: ({ detail }) => this.studio.select(path, { form: true, field: detail ? null : path }) }, ...children);
  }

  marks(path) {
    const troubles = this.studio.problemsAt(path);
    const worst = troubles.some(({ severity }) => severity === "error") ? " has-error" : troubles.length ? " has-advice" : "";
    return `${same(path, this.studio.open) ? " opened" : ""}${worst}`;
  }

  stageCard(node, path) {
    if (isGroup(node)) return this.groupCard(node, path);
    const color = this.studio.colorOf(path);
    const title = String(node?.stage ?? "");
    const steps = Array.isArray(node?.steps) ? node.steps : [];
    const seconds = this.studio.lengthOfStage(path);
    return el("li", { className: "stage", "data-card": JSON.stringify(path), "data-color": color },
      el("div", { className: `card stage-head${this.marks(path)}` }, grip(), this.opener(path, say("stage_named", { name: title, n: steps.length }),
        ofRoutine(el("span", { className: "words" }, title), this.studio.language)),
        el("span", { className: "length" }, seconds === null ? "" : clock(seconds)), this.tools(path, title)),
      this.list([...path, "steps"], "steps", steps.map((step, index) => this.stepCard(step, [...path, "steps", index]))),
      this.adder(say("add_step"), `step ${JSON.stringify(path)}`, () => this.studio.addStep([...path, "steps", (this.studio.document.at([...path, "steps"]) ?? []).length]), say("add_step_to", { name: title })));
  }

  groupCard(node, path) {
    const label = nameOfGroup(node);
    return el("li", { className: "group", "data-card": JSON.stringify(path) },
      el("div", { className: `card group-head${this.marks(path)}` }, grip(), this.opener(path, label, el("span", { className: "words" }, label)), this.tools(path, label)),
      this.list([...path, "stages"], "stages", node.stages.map((stage, index) => this.stageCard(stage, [...path, "stages", index]))));
  }

  stepCard(node, path) {
    const { full } = wordsOf(node);
    const name = nameOfStep(node);
    const { seconds, own } = this.studio.lengthOf(path);
    const { in: inhale, hold, out, rest } = node?.breathe ?? {};
    const breath = node?.breathe && `${say("breath")}: ${[inhale, hold, out, rest].filter(Boolean).join(" \u2013 ")}`;
    const words = full || breath || name;
    const shown = this.studio.hearing?.isPlaying(path) ? " playing" : "";
    return el("li", { className: `card step${this.marks(path)}${shown}`, "data-card": JSON.stringify(path) }, grip(),
      this.opener(path, say("step_named", { name: words, time: seconds === null ? "" : clock(seconds) }),
        ofRoutine(el("span", { className: `words${full ? "" : " empty"}` }, words), this.studio.language)),
      timeField({ label: say("length_of", { name }), seconds, focus: `time ${JSON.stringify(path)}`, min: 1, className: own ? "" : "measured",
        put: (ms) => this.studio.setLength(path, ms) }),
      this.tools(path, name));
  }

  tools(path, name) {
    const tool = (key, picture, act) => el("button", { type: "button", className: "tool small", "aria-label": say(key, { name }), title: say(`${key}_short`), "data-focus": `${key} ${JSON.stringify(path)}`,
      tabIndex: same(path, this.studio.open) ? 0 : -1, onclick: act }, icon(picture));
    return el("span", { className: "card-tools" },
      isStep(path) ? tool("hear", "play", () => this.studio.hear(path)) : null,
      tool("copy", "copy", () => this.studio.copy(path)), tool("delete", "delete", () => this.studio.remove(path)));
  }

  adder(label, focus, act, full = label) {
    return el("button", { type: "button", className: "adder", "data-focus": `add ${focus}`, "aria-label": full, onclick: act }, icon("add"), label);
  }

  focus(path) {
    const card = this.place.querySelector(`[data-focus='${CSS.escape(`card ${JSON.stringify(path)}`)}']`);
    card?.focus({ preventScroll: true });
    card?.closest(".card").scrollIntoView({ block: "nearest" });
  }

  reveal(path) {
    this.place.querySelector(`[data-focus='${CSS.escape(`card ${JSON.stringify(path)}`)}']`)?.closest(".card").scrollIntoView({ block: "nearest" });
  }

  key(event) {
    const opener = event.target.closest(".open");
    if (!opener || event.ctrlKey || event.metaKey) return;
    const path = JSON.parse(opener.dataset.focus.slice("card ".length));
    const all = [...this.place.querySelectorAll(".open")];
    const next = all[all.indexOf(opener) + (event.key === "ArrowDown" ? 1 : -1)];
    const acts = {
      ArrowDown: () => (event.altKey ? this.studio.shift(path, 1) : this.go(next)),
      ArrowUp: () => (event.altKey ? this.studio.shift(path, -1) : this.go(next)),
      Delete: () => this.studio.remove(path), Backspace: () => this.studio.remove(path),
    };
    if (!acts[event.key] || (!path.length && event.key !== "ArrowDown")) return;
    if (!isStep(path) && !isStage(path) && path.length) return;
    event.preventDefault();
    acts[event.key]();
  }

  go(opener) {
    if (!opener) return;
    const path = JSON.parse(opener.dataset.focus.slice("card ".length));
    this.studio.select(path, {});
    this.focus(path);
  }
}

const pathOf = (element) => JSON.parse(element.closest("[data-card]").dataset.card);
const grip = () => el("span", { className: "grip", "aria-hidden": "true" }, icon("grip"));
