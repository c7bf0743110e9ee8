// The timeline above: stages and steps as bars to scale. The end of a bar can be dragged.

import { el, get } from "../dom.js";
import { clock } from "../times.js";
import { ofRoutine } from "../words.js";
import { setDisabled } from "./form-fields.js";
import { patch } from "./patch.js";
import { isStep, nameOf, same } from "./script-paths.js";
import { timeField } from "./time-field.js";
import { nameOfStep, say } from "./words.js";

const ZOOMS = [1, 1.5, 2, 3, 5, 8, 12];
const TICKS_S = [5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
const TICK_PX = 64;
const GRID_S = 5;
const NAME_PX = 42; // narrower bars have no room for a name

export class Ribbon {
  constructor(studio) {
    this.studio = studio;
    this.track = get("track");
    this.zoom = 0;
    this.drag = null;
    get("zoom-in").addEventListener("click", () => this.setZoom(this.zoom + 1));
    get("zoom-out").addEventListener("click", () => this.setZoom(this.zoom - 1));
    this.track.addEventListener("pointerdown", (event) => this.begin(event));
    this.track.addEventListener("keydown", (event) => this.key(event));
    this.track.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.setZoom(this.zoom + (event.deltaY < 0 ? 1 : -1));
    }, { passive: false });
    new ResizeObserver(() => this.draw()).observe(this.track);
  }

  setZoom(zoom) {
    this.zoom = Math.min(Math.max(zoom, 0), ZOOMS.length - 1);
    this.draw();
    this.reveal();
  }

  /** The steps with their lengths, as changed by the drag in progress. */
  timed() {
    const { timeline } = this.studio.document;
    if (!timeline) return null;
    let now = 0;
    const stages = timeline.stages.map((stage) => {
      const start = now;
      const steps = stage.steps.map((step) => {
        const length = this.drag && same(step.path, this.drag.place.path) ? this.drag.length : step.end - step.start;
        const timed = { ...step, start: now, length, offset: step.start };
        now += length;
        return timed;
      });
      return { ...stage, steps, start, length: now - start };
    });
    return { stages, total: now };
  }

  draw() {
    const focused = document.activeElement?.dataset?.focus;
    const timed = this.timed();
    get("ribbon").classList.toggle("stale", this.studio.document.stale);
    this.drawTotal(timed?.total ?? null);
    setDisabled("zoom-out", this.zoom === 0);
    setDisabled("zoom-in", this.zoom === ZOOMS.length - 1);
    if (!timed || !timed.total) return this.track.replaceChildren();
    this.total = this.drag?.scale ?? timed.total;
    const width = this.width = (this.track.clientWidth - Number.parseFloat(getComputedStyle(this.track).paddingInlineEnd)) * ZOOMS[this.zoom];
    const inner = el("div", { className: "inner" });
    inner.style.width = `${width}px`;
    inner.append(...timed.stages.flatMap((stage) => this.stage(stage)), ...this.ruler(timed.total), el("div", { className: "playhead", hidden: true }));
    // One edge can always be reached with the Tab key; to reach the others, open their cards.
    if (!inner.querySelector("[data-edge][tabindex='0']")) inner.querySelector("[data-edge]")?.setAttribute("tabindex", "0");
    const { scrollLeft } = this.track;
    patch(this.track, [inner]);
    this.playhead = this.track.querySelector(".playhead");
    this.track.scrollLeft = scrollLeft;
    this.movePlayhead();
    if (focused && !this.track.contains(document.activeElement)) this.track.querySelector(`[data-focus='${CSS.escape(focused)}']`)?.focus({ preventScroll: true });
  }

  drawTotal(total) {
    const place = get("total-place");
    get("ribbon-title").textContent = say("total");
    if (total === null) return place.replaceChildren();
    patch(place, [timeField({ label: say("total_of_routine"), seconds: total, focus: "total", className: "total", min: 1, put: (ms) => this.studio.fit(ms) })]);
    return null;
  }

  place(element, start, length) {
    element.style.left = `${(100 * start) / this.total}%`;
    element.style.width = `${(100 * length) / this.total}%`;
    return element;
  }

  stage(stage) {
    const color = this.studio.colorOf(stage.path);
    const head = this.place(ofRoutine(el("div", { className: "stage-bar", "data-color": color, "data-path": JSON.stringify(stage.path), "aria-hidden": "true", onclick: () => this.studio.select(stage.path, { form: true }) }, this.hasRoom(stage) ? stage.title : ""),
      this.studio.language), stage.start, stage.length);
    return [head, ...stage.steps.flatMap((step) => this.step(step, color, stage.title))];
  }

  hasRoom({ length }) {
    return (length / this.total) * this.width >= NAME_PX;
  }

  step(step, color, title) {
    const opened = same(step.path, this.studio.open);
    const editable = isStep(step.path);
    const node = this.studio.document.at(step.path);
    const name = editable ? nameOfStep(node) : nameOf(node) || step.name;
    const bar = el("div", { className: `step-bar${opened ? " opened" : ""}${editable ? "" : " fixed"}`, "data-color": color, "data-path": JSON.stringify(step.path), "data-turn": step.turn,
      title: `${name} \u00b7 ${clock(step.length)}` },
      this.hasRoom(step) ? el("span", { className: "bar-name", "aria-hidden": "true" }, name) : null,
      ...step.cues.filter(({ kind }) => kind === "say").map((cue) => {
        const mark = el("i", { className: "spoken" });
        mark.style.left = `${(100 * (cue.at - step.offset)) / step.length}%`;
        mark.style.width = `${(100 * cue.length) / step.length}%`;
        return mark;
      }));
    bar.addEventListener("click", () => editable ? this.studio.select(step.path, { form: true }) : this.studio.select([], { form: true }));
    const parts = [this.place(bar, step.start, step.length)];
    if (editable && this.studio.canDrag(step.path)) parts.push(this.edge(step, step.turn ? `${name}, ${title}` : name, opened));
    return parts;
  }

  edge(step, name, opened) {
    const { seconds } = this.studio.lengthOf(step.path);
    const first = step.turn === 0;
    const edge = el("div", { className: `edge${opened ? " opened" : ""}`, "data-edge": JSON.stringify(step.path), "data-turn": step.turn, role: "slider", tabIndex: opened && first ? 0 : -1,
      "aria-label": say("length_of", { name }), "aria-orientation": "horizontal", "aria-valuemin": String(Math.ceil(step.speech) || 1), "aria-valuemax": "86400",
      "aria-valuenow": String(Math.round(seconds ?? step.length)), "aria-valuetext": clock(step.length) });
    if (first) edge.dataset.focus = `edge ${JSON.stringify(step.path)}`;
    edge.style.left = `${(100 * (step.start + step.length)) / this.total}%`;
    if (this.drag && same(this.drag.place.path, step.path) && this.drag.turn === step.turn) edge.append(el("output", {}, clock(step.length)));
    return edge;
  }

  ruler(total) {
    const gap = TICKS_S.find((each) => (each / total) * this.width >= TICK_PX) ?? TICKS_S[TICKS_S.length - 1];
    const ticks = [];
    for (let time = 0; time <= total - gap * 0.4; time += gap) {
      const tick = el("span", { className: "tick", "aria-hidden": "true" }, clock(time));
      tick.style.left = `${(100 * time) / this.total}%`;
      ticks.push(tick);
    }
    return ticks;
  }

  /** Show the playback position in the step that is playing. */
  movePlayhead() {
    const { hearing } = this.studio;
    if (!this.playhead) return;
    const step = hearing.step && this.timed()?.stages.flatMap(({ steps }) => steps).find(({ path, turn }) => same(path, hearing.step.path) && turn === hearing.step.turn);
    this.playhead.hidden = !step;
    if (step) this.playhead.style.left = `${(100 * (step.start + Math.min(hearing.at, step.length))) / this.total}%`;
  }

  /** Scroll the open step into view. */
  reveal() {
    const bar = this.track.querySelector(".step-bar.opened");
    if (!bar) return;
    const [left, right] = [bar.offsetLeft, bar.offsetLeft + bar.offsetWidth];
    if (left < this.track.scrollLeft || right > this.track.scrollLeft + this.track.clientWidth) this.track.scrollLeft = left - 40;
  }

  begin(event) {
    const edge = event.target.closest("[data-edge]");
    if (!edge || event.button !== 0 || this.drag) return;
    event.preventDefault();
    const path = JSON.parse(edge.dataset.edge);
    const step = this.timed().stages.flatMap(({ steps }) => steps).find((each) => same(each.path, path));
    this.drag = { place: this.studio.document.follow(path), turn: Number(edge.dataset.turn), length: step.length, first: step.length, x: event.clientX, scale: this.total, lowest: Math.max(1, Math.ceil(step.speech)) };
    const move = (moved) => {
      const wanted = this.drag.first + ((moved.clientX - this.drag.x) / this.width) * this.drag.scale;
      const grid = moved.shiftKey ? 1 : GRID_S;
      this.drag.length = Math.max(Math.round(wanted / grid) * grid, this.drag.lowest);
      this.draw();
    };
    const end = (ended) => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", end);
      removeEventListener("pointercancel", end);
      removeEventListener("keydown", escape, true);
      const { place, length, first } = this.drag;
      this.studio.document.unfollow(place);
      this.drag = null;
      if (ended.type === "pointerup" && place.path && length !== first) this.studio.setLength(place.path, length * 1000);
      else this.draw();
    };
    const escape = (pressed) => pressed.key === "Escape" && (pressed.stopPropagation(), end(pressed));
    addEventListener("pointermove", move);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
    addEventListener("keydown", escape, true);
    this.studio.select(path, {});
    this.track.querySelector(`[data-focus='${CSS.escape(`edge ${JSON.stringify(path)}`)}']`)?.focus({ preventScroll: true });
  }

  key(event) {
    const edge = event.target.closest("[data-edge]");
    const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (!edge || !by || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const path = JSON.parse(edge.dataset.edge);
    const { seconds } = this.studio.lengthOf(path);
    const grid = event.shiftKey ? 1 : GRID_S;
    const next = by > 0 ? Math.floor(seconds / grid + 1e-6) + 1 : Math.ceil(seconds / grid - 1e-6) - 1;
    this.studio.setLength(path, Math.max(next * grid, Number(edge.getAttribute("aria-valuemin"))) * 1000);
  }
}
