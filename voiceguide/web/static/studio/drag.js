// Drag cards in the outline with a mouse, a pen or a finger.

import { el } from "../dom.js";
import { same } from "./script-paths.js";

const START_PX = 6;
const SCROLL_EDGE_PX = 48;

/** Make the cards of a script in `place` movable. `drop(from, to)` receives paths; `to` is the index before anything has been moved. */
export function makeMovable(place, scroller, script, drop) {
  let drag = null;
  const line = el("div", { className: "drop-line" });

  const begin = (event) => {
    if (event.button !== 0 || drag) return;
    const onGrip = event.target.closest(".grip");
    if (event.target.closest("input, select, textarea, .card-tools") || (event.pointerType === "touch" && !onGrip)) return;
    const card = event.target.closest("[data-card]");
    if (!card) return;
    drag = { card, from: script.follow(JSON.parse(card.dataset.card)), x: event.clientX, y: event.clientY, id: event.pointerId, ghost: null, to: null };
    place.addEventListener("pointermove", move);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", cancel);
    addEventListener("keydown", escape, true);
  };

  const move = (event) => {
    if (event.pointerId !== drag.id) return;
    drag.last = { x: event.clientX, y: event.clientY };
    if (!drag.ghost) {
      if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < START_PX) return;
      lift();
    }
    event.preventDefault();
    follow();
  };

  const lift = () => {
    const box = drag.card.getBoundingClientRect();
    drag.offset = { x: drag.x - box.left, y: drag.y - box.top };
    drag.ghost = drag.card.cloneNode(true);
    drag.ghost.classList.add("ghost");
    drag.ghost.style.width = `${box.width}px`;
    for (const each of [drag.ghost, ...drag.ghost.querySelectorAll("[id], [data-focus], [data-card]")]) {
      each.removeAttribute("id");
      delete each.dataset.focus;
      delete each.dataset.card;
    }
    document.body.append(drag.ghost);
    drag.card.classList.add("lifted");
    document.body.classList.add("dragging");
    try {
      place.setPointerCapture(drag.id);
    } catch { /* the pointer is already gone */ }
    drag.timer = setInterval(scroll, 16);
  };

  const follow = () => {
    const { x, y } = drag.last;
    drag.ghost.style.transform = `translate(${x - drag.offset.x}px, ${y - drag.offset.y}px)`;
    drag.to = drag.from.path && findPlace(place, drag.from.path, y, line);
  };

  const scroll = () => {
    const box = scroller.getBoundingClientRect();
    const { y } = drag.last;
    const by = y < box.top + SCROLL_EDGE_PX ? -8 : y > box.bottom - SCROLL_EDGE_PX ? 8 : 0;
    if (!by) return;
    scroller.scrollTop += by;
    follow();
  };

  const finish = () => {
    const { ghost, card, timer } = drag;
    clearInterval(timer);
    ghost?.remove();
    line.remove();
    card.classList.remove("lifted");
    document.body.classList.remove("dragging");
    place.removeEventListener("pointermove", move);
    removeEventListener("pointerup", end);
    removeEventListener("pointercancel", cancel);
    removeEventListener("keydown", escape, true);
    const was = drag;
    script.unfollow(drag.from);
    drag = null;
    return was;
  };

  const end = (event) => {
    if (event.pointerId !== drag.id) return;
    if (drag.ghost) follow(); // the cards may have changed since it was moved last
    const { ghost, from, to } = finish();
    if (!ghost) return;
    // The click that follows would open the card under the pointer.
    const swallow = (click) => (click.stopPropagation(), click.preventDefault());
    addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => removeEventListener("click", swallow, { capture: true }), 0); // a touch does not cause a click
    if (to) drop(from.path, to);
  };
  const cancel = () => finish();
  const escape = (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    finish();
  };
  place.addEventListener("pointerdown", begin);
}

/** Show a line where the card would go, and return its path there, or null if it must not go there. */
function findPlace(place, from, y, line) {
  const kind = from[from.length - 2];
  const lists = [...place.querySelectorAll(`[data-list]`)].filter((list) => {
    const path = JSON.parse(list.dataset.list);
    return path[path.length - 1] === kind && !same(path.slice(0, from.length), from);
  });
  const distance = (list) => {
    const box = list.getBoundingClientRect();
    return y < box.top ? box.top - y : y > box.bottom ? y - box.bottom : 0;
  };
  // If lists are nested, the innermost one comes last in the document.
  const list = lists.reduce((best, each) => (best && distance(best) < distance(each) ? best : each), null);
  if (!list) return null;
  const cards = [...list.children].filter((each) => each.dataset.card && !each.classList.contains("ghost"));
  const next = cards.find((each) => {
    const box = each.getBoundingClientRect();
    return y < box.top + box.height / 2;
  });
  const index = next ? cards.indexOf(next) : cards.length;
  list.insertBefore(line, next ?? cards[cards.length - 1]?.nextSibling ?? list.firstChild);
  const to = [...JSON.parse(list.dataset.list), index];
  const own = same(to.slice(0, -1), from.slice(0, -1)) && (index === from[from.length - 1] || index === from[from.length - 1] + 1);
  return own ? null : to;
}
