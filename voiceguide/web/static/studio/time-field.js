// A field for a length of time: type it, or change it with the arrow keys.

import { el } from "../dom.js";
import { clock, parseLength } from "../times.js";
import { say } from "./words.js";

const STEP_S = 5;

/** Redraw a part of the page. If a time is being typed there, typing continues in the new field. */
export function keepTyping(place, redraw) {
  const field = document.activeElement;
  const typed = place.contains(field) ? field.drop?.() : null;
  const { focus } = field?.dataset ?? {};
  redraw();
  if (typed && focus) place.querySelector(`[data-focus='${CSS.escape(focus)}']`)?.resume?.(typed);
}

/**
 * Make a field. `put(ms, typed)` is called with a new length. `seconds` may be null: then the field is empty, and
 * `hint` says what that means. `min` is in seconds.
 */
export function timeField({ label, seconds, put, focus, field: key, hint = "", min = 0, className = "" }) {
  const shown = seconds === null ? "" : clock(seconds);
  const field = el("input", { type: "text", className: `time ${className}`, value: shown, placeholder: hint, "aria-label": label, autocomplete: "off", spellcheck: false,
    inputMode: "numeric", enterKeyHint: "done" });
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
    field.value = given = clock(next);
    put(next * 1000, false);
  };
  /** Return the text being typed, and do not apply it when the field loses focus. */
  field.drop = () => {
    const typed = field.value === given ? null : { value: field.value, start: field.selectionStart, end: field.selectionEnd };
    given = field.value;
    return typed;
  };
  field.resume = ({ value, start, end }) => {
    field.focus({ preventScroll: true });
    field.value = value;
    field.setSelectionRange(start, end);
  };
  field.addEventListener("focus", () => field.select());
  field.addEventListener("blur", take);
  field.addEventListener("keydown", (event) => {
    const acts = { Enter: take, Escape: () => { field.value = given; }, ArrowUp: () => nudge(1), ArrowDown: () => nudge(-1) };
    if (!acts[event.key] || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    acts[event.key]();
    if (event.key === "Enter" || event.key === "Escape") field.select();
  });
  return field;
}
