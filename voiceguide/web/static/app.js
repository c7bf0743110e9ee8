// The page. The part of the address after # selects the screen.

import { Choose } from "./choose.js";
import { forget, heard } from "./memory.js";
import { Player } from "./player.js";
import { make, routines, session } from "./server.js";
import { clock } from "./timeline.js";
import { unlock } from "./unlock.js";

const SCREENS = ["home", "choose", "making", "player"];
const get = (id) => document.getElementById(id);
const choose = new Choose(play);
const player = new Player(() => (location.hash = ""));
let listed = [];
let made = 0; // counts the requests, so that responses to earlier ones are ignored
let justMade = null;

function show(screen) {
  for (const id of SCREENS) get(id).hidden = id !== screen;
  scrollTo(0, 0);
  get(screen).querySelector("h1").focus({ preventScroll: true });
}

function trouble(screen, sentence) {
  const place = get(screen).querySelector(".trouble");
  place.textContent = sentence;
  place.hidden = !sentence;
}

async function list() {
  try {
    listed = await routines();
    trouble("home", "");
  } catch (error) {
    trouble("home", error.message);
  }
  get("routines").replaceChildren(...listed.map((routine) => card(
    `#choose=${encodeURIComponent(routine.name)}`, routine.title, routine.description,
    `${Math.round(routine.total / 60) || 1} min \u00b7 ${routine.stages} ${routine.stages === 1 ? "stage" : "stages"}`,
    routine.language)));
  const recent = heard().slice(0, 3);
  get("recent").hidden = recent.length === 0;
  get("recent-list").replaceChildren(...recent.map((entry) => card(
    `#play=${encodeURIComponent(entry.id)}`, entry.title, "",
    entry.at > 5 ? `stopped at ${clock(entry.at)} of ${clock(entry.total)}` : clock(entry.total))));
}

function card(address, title, about, facts, language = "") {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = address;
  for (const [kind, words] of [["title", title], ["about", about], ["facts", facts]]) {
    if (!words) continue;
    const line = document.createElement("span");
    line.className = kind;
    line.textContent = words;
    if (kind !== "facts" && language) line.lang = language;
    link.append(line);
  }
  item.append(link);
  return item;
}

/** Build a session, and play it when it is ready. */
async function play(wish) {
  const mine = ++made;
  unlock(player.sound);
  show("making");
  progress({ doing: "Preparing" });
  try {
    const id = await make(wish, progress, () => mine !== made);
    if (mine !== made || id === null) return;
    justMade = id;
    location.hash = `#play=${id}`;
  } catch (error) {
    if (mine !== made) return;
    show("choose");
    trouble("choose", error.message);
  }
}

function progress({ doing, done = 0, of = 0 }) {
  get("doing").textContent = doing;
  if (of > 1) get("progress").value = done / of;
  else get("progress").removeAttribute("value");
}

async function openPlayer(id) {
  const atOnce = justMade === id;
  justMade = null;
  try {
    const found = await session(id);
    if (found.state !== "ready") throw new Error("This session isn't ready yet. Please try again.");
    show("player");
    player.open({ id, plan: found.plan, audio: found.audio, picture: new URL("icon-512.png", location).href }, atOnce);
    keep(id, found.audio);
  } catch (error) {
    if (navigator.onLine) forget(id);
    await go("");
    trouble("home", error.message);
  }
}

/** Store a session for offline use, and offer it as a file. */
async function keep(id, audio) {
  navigator.serviceWorker?.ready.then((worker) => worker.active.postMessage({ keep: [`api/sessions/${id}`, audio] }));
  const file = `sessions/${id}.html`;
  const answer = await fetch(file, { method: "HEAD" }).catch(() => null);
  if (!answer?.ok) return;
  player.keep.href = file;
  player.keep.hidden = false;
}

async function go(hash) {
  const [, where = "", what = ""] = /^#(\w+)=(.*)$/.exec(hash) ?? [];
  made += 1;
  choose.leave();
  if (player.session) player.close();
  if (where === "play") {
    await openPlayer(decodeURIComponent(what));
  } else if (where === "choose") {
    if (!listed.length) await list();
    const name = decodeURIComponent(what);
    show("choose");
    choose.open(name, listed.find((routine) => routine.name === name));
  } else {
    show("home");
    await list();
  }
}

get("cancel").addEventListener("click", () => {
  made += 1;
  show("choose");
});
addEventListener("hashchange", () => go(location.hash));
// Browsers allow service workers only over HTTPS or on the same computer. Without one, the page needs its server.
navigator.serviceWorker?.register("service-worker.js").catch(() => null);
go(location.hash);
