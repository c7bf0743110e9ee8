// A field for a length of time: type it, or change it with the arrow keys.

import { el } from "../dom.js";
import { clock, parseLength } from "../times.js";
import { say } from "./words.js";

const STEP_S = 5;

/**
 * Make a field. `put(ms, typed)` is called with a new length. `seconds` may be null: then the field is empty, and
 * `hint` says what that means. `min` is in seconds.
 */
export function timeField({ label, seconds, put, focus, field: key, hint = "", min = 0, className = "" }) {
  const shown = seconds === null ? "" : clock(seconds);
  const field = el("input", { type: "text", className: `time ${className}`, value: shown, placeholder: hint, "aria-label": label, autocomplete: "off", spellcheck: false,
    inputMode: "numeric", enterKeyHint: "done", ...spoken(seconds, min) });
  if (focus) field.dataset.focus = focus;
  if (key) field.dataset.field = key;
  let given = shown;
  const take = () => {
    if (field.value === given) return;
    const ms = parseLength(field.value);
    field.setAttribute("aria-invalid", String(ms === null));
    field.title = ms === null ? say("not_a_time") : "";
    if (ms === null) return;
    given = field.value;
    put(Math.max(ms, min * 1000), true);
  };
  const nudge = (direction) => {
    const now = parseLength(field.value);
    const from = now === null ? (seconds ?? 0) : now / 1000;
    const grid = direction > 0 ? Math.floor(from / STEP_S + 1e-6) + 1 : Math.ceil(from / STEP_S - 1e-6) - 1;
    const next = Math.max(grid * STEP_S, min, 0);
    field.adopt(clock(next));
    for (const [name, value] of Object.entries(spoken(next, min))) field.setAttribute(name, value);
    put(next * 1000, false);
  };
  field.isTyping = () => field.value !== given;
  field.take = take;
  field.adopt = (value) => {
    field.value = given = value;
    if (field === document.activeElement) field.select();
  };
  field.addEventListener("focus", () => field.select());
  field.addEventListener("blur", take);
  field.addEventListener("keydown", (event) => {
    const acts = { Enter: take, Escape: field.isTyping() && (() => { field.value = given; }), ArrowUp: () => nudge(1), ArrowDown: () => nudge(-1) };
    if (!acts[event.key] || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    acts[event.key]();
    if (event.key === "Enter" || event.key === "Escape") field.select();
  });
  return field;
}

/** What is being typed in a field, and the cursor: {typed, start, end}. `typed` is null if nothing is. */
export function typingOf(field) {
  return { typed: field.isTyping?.() ? field.value : null, start: field.selectionStart, end: field.selectionEnd };
}

/** Focus the field that has taken the place of another one, and continue what was being typed in that. */
export function typeOn(field, { typed, start, end }) {
  field.focus({ preventScroll: true });
  if (typed !== null) field.value = typed;
  if (Number.isInteger(start)) field.setSelectionRange?.(start, end);
}

/** What makes screen readers say a time that is changed with the arrow keys. */
function spoken(seconds, min) {
  return seconds === null ? {} : { role: "spinbutton", "aria-valuemin": String(min), "aria-valuenow": String(Math.round(seconds)), "aria-valuetext": clock(seconds) };
}
