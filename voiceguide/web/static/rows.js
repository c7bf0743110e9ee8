// The rows of a routine: minus, time and plus for the total and for each step, grouped by stage.

import { el, get } from "./dom.js";
import { clock, parseLength } from "./times.js";
import { ofRoutine, say } from "./words.js";

const SAMPLES_PER_MS = 48;
const told = new Map(); // the sentence under each row, by row key

/** Forget the sentences under the rows, which are those of another routine. */
export const forgetReasons = () => told.clear();

/** Redraw everything. The focused row keeps the focus. */
export function drawRows(page, timeline) {
  const focused = document.activeElement?.dataset?.focus;
  const rows = page.kit.rows(page.settings);
  const seen = new Set();
  get("rows").replaceChildren(totalRow(page, timeline), ...page.kit.json.stages.map((stage, number) => stageBlock(page, stage, number, rows, timeline, seen)));
  if (focused) get("rows").querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

/** Draw a row: its key, name, length and limits in ms. `set` is called with a new length. */
function lengthRow({ key, name, ms, original, min, max, why, set, language, steps = stepsFor(ms) }) {
  const fixed = min >= max;
  const why_ = told.get(key);
  const put = (wanted, typed) => {
    const value = Math.min(Math.max(wanted, min), max);
    told.clear();
    if (value !== wanted) told.set(key, why(wanted < min ? "min" : "max"));
    set(value, typed);
  };
  const button = (sign, label, to) => el("button", { type: "button", className: "round", "aria-label": say(label, { name }), "data-focus": `${key} ${sign}`,
    onclick: () => put(to) }, sign);
  const time = el("button", { type: "button", className: "time", "aria-label": `${say("length_of", { name })}: ${clock(ms / 1000)}`, "data-focus": `${key} time`,
    onclick: () => type(time, name, ms, put, key, set) }, clock(ms / 1000));
  return el("div", { className: `row${fixed ? " fixed" : ""}` },
    ofRoutine(el("span", { className: "name" }, name), language ?? ""),
    fixed ? el("span", { className: "time" }, clock(ms / 1000)) : el("span", { className: "set" },
      button("\u2212", "shorter", steps.down), time, button("+", "longer", steps.up)),
    original !== ms && !fixed ? el("button", { type: "button", className: "original", "data-focus": `${key} original`,
      onclick: () => (told.clear(), set(null)) }, `${say("original")}: ${clock(original / 1000)}`) : null,
    el("p", { className: "why", role: "status", hidden: !why_ }, why_ ?? ""));
}

/** Return the lengths that the minus and plus buttons select next. They are on a grid that is coarser for longer lengths. */
function stepsFor(ms) {
  const grid = (length) => (length < 120_000 ? 15_000 : length < 300_000 ? 30_000 : 60_000);
  const up = (Math.floor(ms / grid(ms)) + 1) * grid(ms);
  const down = (Math.ceil(ms / grid(ms - 1)) - 1) * grid(ms - 1);
  return { up, down };
}

/** Turn the time into an input field. Pressing Enter or leaving the field accepts the new time. Escape cancels. */
function type(time, name, ms, put, key, set) {
  const field = el("input", { type: "text", inputMode: "numeric", className: "time", value: clock(ms / 1000), "aria-label": say("length_of", { name }),
    autocomplete: "off", enterKeyHint: "done" });
  let over = false;
  const end = (take) => {
    if (over) return;
    over = true;
    const wanted = take ? parseLength(field.value) : null;
    told.clear();
    if (take && wanted === null) told.set(key, say("why_not_a_time"));
    if (wanted === null || wanted === Math.round(ms / 1000) * 1000) set(undefined);
    else put(wanted, true);
  };
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    end(event.key === "Enter");
  });
  leaveWith(field, () => end(true));
  time.replaceWith(field);
  field.focus();
  field.select();
}

/**
 * Call `end` when the field is left. If it is left with a tap, the tap comes after `end` has redrawn the rows, and goes to
 * the new button in the place of the old one.
 */
function leaveWith(field, end) {
  const listening = new AbortController();
  const { signal } = listening;
  let tapped = false;
  const leave = () => (listening.abort(), end());
  document.addEventListener("mousedown", ({ target }) => (tapped = target !== field), { capture: true, signal });
  document.addEventListener("mouseup", () => tapped && setTimeout(() => signal.aborted || leave()), { capture: true, signal });
  document.addEventListener("click", (event) => {
    if (!tapped) return;
    const key = event.target.closest?.("#rows [data-focus]")?.dataset.focus;
    leave();
    if (!key) return;
    event.preventDefault();
    event.stopPropagation();
    get("rows").querySelector(`[data-focus="${CSS.escape(key)}"]`)?.click();
  }, { capture: true, signal });
  field.addEventListener("blur", () => tapped || leave(), { signal });
}

function totalRow(page, timeline) {
  const ms = Math.round(timeline.total * 1000);
  const { kit, settings } = page;
  const limits = kit.json.depends || kit.json.draft ? { shortest: ms, longest: ms } : totalLimits(kit, settings);
  const minute = 60_000;
  const lengths = ({ lengths, given, total }) => ({ ...settings, lengths, given, total });
  const original = Math.round(kit.timeline(lengths(page.original)).total * 1000);
  return el("section", { className: "block total" }, lengthRow({
    key: "total", name: say("total"), ms, original, min: limits.shortest, max: limits.longest,
    steps: { up: (Math.floor(ms / minute) + 1) * minute, down: (Math.ceil(ms / minute) - 1) * minute },
    why: (end) => say(`why_total_${end}`, { time: clock((end === "min" ? limits.shortest : limits.longest) / 1000) }),
    set: (value) => {
      if (value === undefined) return page.draw();
      if (value === null) return page.change(lengths(page.original));
      const shared = kit.share(value, settings);
      if (!shared.reason) return page.change(shared);
      told.set("total", page.why(shared.reason, { time: clock((shared.reason === "total-min" ? shared.shortest : shared.longest) / 1000) }));
      page.draw();
    },
  }));
}

/** The shortest and the longest total in ms, taken from the reply to a request for an impossible total. */
function totalLimits(kit, settings) {
  const { shortest, longest } = kit.share(0, settings);
  return { shortest: Math.ceil(shortest / 1000) * 1000, longest: Math.floor(longest / 1000) * 1000 };
}

function stageBlock(page, stage, number, rows, timeline, seen) {
  const { kit, settings } = page;
  const { language } = kit.json;
  const skipped = settings.skip.includes(stage.title);
  const timed = timeline.stages.find(({ title }) => title === stage.title);
  const own = uniqueRows(rows, stage);
  const linked = own.length > 0 && own.every(({ step }) => isFixed(kit, step) || seen.has(step.both)) && own.some(({ step }) => seen.has(step.both) && !isFixed(kit, step));
  const follows = linked && !page.parted.has(stage.title);
  for (const { step } of own) seen.add(step.both);
  const key = `stage ${stage.title}`;
  return el("section", { className: `block${skipped ? " skipped" : ""}` },
    el("div", { className: "head" },
      ofRoutine(el("h2", { className: "name" }, stage.title), language),
      el("span", { className: "time" }, skipped ? say("skipped") : clock(timed ? timed.end - timed.start : 0)),
      stage.skip && !kit.json.draft ? skipSwitch(page, stage, number, skipped, key) : null),
    el("p", { className: "why", role: "status", hidden: !told.get(key) }, told.get(key) ?? ""),
    linked && !skipped ? partButton(page, stage, own, follows) : null,
    ...(skipped || follows || own.every(({ step }) => isFixed(kit, step)) ? [] : own.map((row) => stepRow(page, stage, row, language))));
}

const isFixed = (kit, step) => kit.limits({ tables: step }).min >= kit.limits({ tables: step }).max;

/** Return one row per target, because all repetitions of a step have the same length. */
function uniqueRows(rows, stage) {
  const targets = new Set();
  return rows.filter((row) => row.stage === stage && !targets.has(row.step.target) && targets.add(row.step.target));
}

function skipSwitch(page, stage, number, skipped, key) {
  const { settings, kit } = page;
  const toggle = () => {
    const skip = skipped ? settings.skip.filter((title) => title !== stage.skip) : [...settings.skip, stage.skip];
    const reason = kit.skipReason(skip);
    told.clear();
    if (reason) told.set(key, page.why(reason));
    if (reason) page.draw();
    else page.change({ ...page.kit.withoutTotal(settings), skip });
  };
  const input = el("input", { type: "checkbox", checked: !skipped, "aria-label": say("leave_out", { name: stage.title }), "data-focus": key, onchange: toggle });
  input.setAttribute("role", "switch");
  input.dataset.color = number % 5;
  return input;
}

/** The button that lets the same step have a different length on each side, or makes the lengths equal again. */
function partButton(page, stage, own, follows) {
  const toggle = () => {
    if (follows) page.parted.add(stage.title);
    else page.parted.delete(stage.title);
    page.keep();
    if (follows) return page.draw();
    const first = new Map(page.kit.rows(page.settings).map(({ step, length }) => [step.both, length]).reverse());
    let { settings } = page;
    for (const { step } of own) settings = page.kit.set(settings, [step.target], Math.round(first.get(step.both) / SAMPLES_PER_MS));
    page.change(settings);
  };
  return el("p", { className: "linked" }, follows ? el("span", {}, say("both")) : null,
    el("button", { type: "button", className: "original", "data-focus": `part ${stage.title}`, onclick: toggle }, say(follows ? "part" : "join")));
}

function stepRow(page, stage, row, language) {
  const { kit, settings } = page;
  const { step } = row;
  const { min, max, minReason, maxReason } = kit.limits(row);
  const sides = kit.json.stages.filter((other) => other === stage || !page.parted.has(other.title)).flatMap(({ steps }) => steps)
    .filter((other) => other.both === step.both).map(({ target }) => target);
  const targets = page.parted.has(stage.title) ? [step.target] : [...new Set([step.target, ...sides])];
  const ms = Math.round(row.length / SAMPLES_PER_MS);
  const [lowest, highest] = [Math.ceil(min / 1000) * 1000, Math.floor(max / 1000) * 1000];
  return lengthRow({
    key: step.target, name: step.label, language, ms, original: Math.round(row.tables.length / SAMPLES_PER_MS),
    min: lowest < highest ? Math.min(lowest, ms) : lowest, max: lowest < highest ? Math.max(highest, ms) : highest, why: (end) => page.why(end === "min" ? minReason : maxReason),
    set: (value) => {
      if (value === undefined) return page.draw();
      if (value !== null) return page.change(kit.set(settings, targets, value));
      const changed = kit.set(settings, [], 0);
      for (const target of targets) delete changed.lengths[target];
      page.change(changed);
    },
  });
}
