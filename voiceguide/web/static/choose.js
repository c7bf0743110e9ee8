// The screen where a routine is adjusted. After each change, the session is planned again and the bars are redrawn.

import { Ahead } from "./ahead.js";
import { drawBars } from "./bars.js";
import { plan } from "./server.js";
import { clock } from "./timeline.js";
import { Wish } from "./wish.js";

const WAIT_MS = 120;
const STEP_S = 15;
const DETAILS = { full: "Full", brief: "Brief", chime: "Chimes only" };
const BEDS = { none: "No background" };
const get = (id) => document.getElementById(id);

export class Choose {
  constructor(play) {
    this.trouble = get("choose").querySelector(".trouble");
    this.rows = [];
    this.ahead = new Ahead();
    get("play").addEventListener("click", () => play(this.wish.body));
    get("as-written").addEventListener("click", () => this.change(() => this.wish.clear()));
    get("shorter").addEventListener("click", () => this.setTotal(this.minutes(-1)));
    get("longer").addEventListener("click", () => this.setTotal(this.minutes(1)));
    get("whole").addEventListener("input", () => this.setTotal(Number(get("whole").value)));
    get("bed").addEventListener("change", () => this.change(() => (this.wish.bed = get("bed").value)));
    get("bed-level").addEventListener("input", () => this.change(() => (this.wish.bedLevel = get("bed-level").value)));
  }

  open(name, about) {
    if (this.wish?.routine !== name) {
      this.wish = new Wish(name);
      this.drawn = null;
    }
    get("choose-title").textContent = about?.title ?? "";
    get("choose-about").textContent = about?.description ?? "";
    this.planSoon(0);
  }

  /** The screen was closed. */
  leave() {
    this.ahead.stop();
  }

  change(make) {
    make();
    this.planSoon(WAIT_MS);
  }

  setTotal(seconds) {
    this.change(() => (this.wish.total = Math.max(60, seconds)));
  }

  /** Return the next whole minute below or above the current total. */
  minutes(direction) {
    const now = (this.wish.total ?? this.data.total) / 60;
    return (direction < 0 ? Math.ceil(now) - 1 : Math.floor(now) + 1) * 60;
  }

  planSoon(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.planNow(), wait);
  }

  async planNow() {
    this.asking?.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    try {
      this.data = await plan(this.wish.body, signal);
      if (signal.aborted) return;
      this.trouble.hidden = true;
      get("play").disabled = false;
      this.show();
      this.ahead.soon(this.wish.body);
    } catch (error) {
      if (error.name === "AbortError") return;
      this.trouble.textContent = error.message;
      this.trouble.hidden = false;
      get("play").disabled = true;
    }
  }

  show() {
    const { choices, total, title, stages, estimated } = this.data;
    get("choose-title").textContent = title;
    get("total").textContent = `${estimated ? "about " : ""}${clock(total)}`;
    drawBars(get("bars"), stages);
    if (this.drawn !== this.wish.routine) this.drawOnce(choices, total);
    this.showStages(choices.stages, [...stages]);
    const whole = get("whole");
    if (document.activeElement !== whole || this.wish.total === null) whole.value = String(total);
    whole.setAttribute("aria-valuetext", clock(total));
    get("bed").value = choices.bed;
    get("bed-level").value = String(choices.bed_level);
    get("bed-level").disabled = choices.bed === "none";
    get("bed-level").setAttribute("aria-valuetext", `${choices.bed_level} decibels`);
    for (const slider of [whole, get("bed-level")]) paint(slider);
    for (const chip of document.querySelectorAll("#variants input")) chip.checked = chip.value === (this.wish.variant ?? "");
    for (const chip of document.querySelectorAll("#details input")) chip.checked = chip.value === (this.wish.detail ?? "full");
  }

  drawOnce(choices, total) {
    this.drawn = this.wish.routine;
    get("whole").max = String(Math.max(600, Math.ceil((total * 2) / 300) * 300));
    get("bed").replaceChildren(...choices.beds.map((bed) => option(bed, BEDS[bed] ?? bed.split(/[/\\]/).pop())));
    const variants = { "": "Original", ...Object.fromEntries(choices.variants.map((name) => [name, name])) };
    drawChips(get("variants"), "variant", variants, (name) => this.change(() => this.wish.choose(name || null)));
    get("variants").hidden = choices.variants.length === 0;
    const details = Object.fromEntries(choices.detail.map((name) => [name, DETAILS[name] ?? name]));
    drawChips(get("details"), "detail", details, (name) => this.change(() => (this.wish.detail = name)));
    this.rows = choices.stages.map((stage, index) => this.row(stage, index));
    get("stages").replaceChildren(...this.rows.map((row) => row.item));
  }

  row(stage, index) {
    const item = document.createElement("li");
    const name = text("span", "name", stage.title);
    name.id = `stage-${index}`;
    const time = text("span", "time", "");
    const slider = document.createElement("input");
    slider.type = "range";
    slider.min = slider.step = String(STEP_S);
    slider.max = String(Math.max(180, Math.ceil((stage.default * 2.5) / 60) * 60));
    slider.setAttribute("aria-labelledby", name.id);
    slider.addEventListener("input", () => {
      time.textContent = clock(Number(slider.value));
      paint(slider);
      this.setStage(stage.skip, index, Number(slider.value));
    });
    const box = document.createElement("input");
    box.type = "checkbox";
    box.setAttribute("role", "switch");
    box.setAttribute("aria-label", `Include ${stage.title}`);
    box.addEventListener("change", () => this.change(() => this.wish.skip(stage.skip, !box.checked)));
    item.append(box, name, time, slider);
    return { item, time, slider, box };
  }

  /** If a step has the same name as the stage, the server applies the length to the step. In that case,
   * change the stage's longest step, given as STAGE/STEP. */
  setStage(title, index, seconds) {
    const same = ({ name }) => name.toLowerCase() === title.toLowerCase();
    const timed = this.rows[index].timed;
    if (!this.data.stages.some((stage) => stage.steps.some(same))) {
      this.change(() => this.wish.set(title, seconds));
      return;
    }
    const length = (span) => span.end - span.start;
    const longest = timed.steps.reduce((found, step) => (length(step) > length(found) ? step : found));
    const others = length(timed) - length(longest);
    this.change(() => this.wish.set(`${title}/${longest.name}`, Math.max(1, Math.round((seconds - others) * 1000) / 1000)));
  }

  /** `planned` contains the stages that are not skipped, in order. */
  showStages(stages, planned) {
    stages.forEach((stage, index) => {
      const { item, time, slider, box } = this.rows[index];
      const timed = stage.skipped ? null : planned.shift();
      this.rows[index].timed = timed;
      const seconds = timed ? timed.end - timed.start : 0;
      item.classList.toggle("skipped", stage.skipped);
      item.dataset.color = timed ? String(this.data.stages.indexOf(timed) % 5) : "";
      time.textContent = timed ? clock(seconds) : "skipped";
      box.checked = !stage.skipped;
      box.disabled = stage.skipped && !this.wish.skips.has(stage.skip); // skipped by a variant
      slider.disabled = stage.skipped;
      slider.setAttribute("aria-valuetext", time.textContent);
      if (timed && document.activeElement !== slider) slider.value = String(seconds);
      paint(slider);
    });
  }
}

/** Color the track of a slider up to its thumb. Not every browser does this automatically. */
function paint(slider) {
  const { min, max, value } = slider;
  slider.style.setProperty("--fill", `${((value - min) / (max - min)) * 100}%`);
}

function text(tag, kind, words) {
  const element = document.createElement(tag);
  element.className = kind;
  element.textContent = words;
  return element;
}

function option(value, words) {
  const element = document.createElement("option");
  element.value = value;
  element.textContent = words;
  return element;
}

function drawChips(place, name, choices, chosen) {
  place.querySelectorAll("label").forEach((label) => label.remove());
  for (const [value, words] of Object.entries(choices)) {
    const label = document.createElement("label");
    const input = document.createElement("input");
    Object.assign(input, { type: "radio", name, value });
    input.addEventListener("change", () => chosen(value));
    label.append(input, text("span", "", words));
    place.append(label);
  }
}
