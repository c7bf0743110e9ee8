// The page that `voiceguide serve` serves. The part of the address after # selects the screen.

import { el, get, tell } from "./dom.js";
import { played, versions } from "./local-storage.js";
import { Player } from "./player.js";
import { RoutinePage } from "./routine.js";
import { routines } from "./server.js";
import { clock } from "./times.js";
import { ofRoutine, say, speak } from "./words.js";

const SCREENS = ["home", "routine", "player"];
const player = new Player(() => back(), (settings) => changePlayed(settings));
const page = new RoutinePage((session) => openPlayer(session, true), () => player.unlock(), (kit) => player.goOnWith(kit), (sentence) => player.lose(sentence), () => settle());
let listed = [];
let shown = "";
let visit = 0; // counts the places the user went to, so that what arrives late is not shown in another

function show(screen) {
  for (const id of SCREENS) get(id).hidden = id !== screen;
  if (shown !== screen) scrollTo(0, 0);
  shown = screen;
  get(screen).querySelector("h1").focus({ preventScroll: true });
}

/** Go back one screen. If the user came from another screen of this page, do the same as the phone's Back button. */
function back() {
  if (history.state?.inside) history.back();
  else location.replace(location.hash.startsWith("#play") ? "#routine=" + encodeURIComponent(page.entry?.name ?? "") : "#");
}

function goTo(hash) {
  history.pushState({ inside: true }, "", hash);
  go();
}

async function list() {
  try {
    listed = await routines();
    tell(get("home").querySelector(".trouble"), "");
  } catch (error) {
    tell(get("home").querySelector(".trouble"), error.message);
  }
}

async function home() {
  speak();
  document.title = "voiceguide";
  show("home");
  get("home-title").textContent = say("home_title");
  drawHome();
  await list();
  drawHome();
}

function drawHome() {
  const stages = (count) => say(count === 1 ? "stage_count" : "stages_count", { n: count });
  get("routines").replaceChildren(...listed.map((routine) => card(`#routine=${encodeURIComponent(routine.name)}`, routine.title, routine.description,
    `${say("minutes", { n: Math.round(routine.total / 60) || 1 })} \u00b7 ${stages(routine.stages)}`, routine.language)));
  const recent = played().slice(0, 3).map((entry) => card(`#again=${encodeURIComponent(entry.key)}`, entry.version ? `${entry.version}: ${entry.title}` : entry.title, "",
    `${clock(entry.total)}${entry.at > 5 ? ` \u00b7 ${say("resume_at", { time: clock(entry.at) })}` : ""} \u00b7 ${day(entry.when)}`, entry.language));
  const own = versions().map((version) => card(`#version=${encodeURIComponent(JSON.stringify(version))}`, version.name, version.title, "", version.language));
  for (const [id, cards, key] of [["recent", recent, "recent"], ["own", own, "versions"]]) {
    get(id).hidden = !cards.length;
    get(`${id}-title`).textContent = say(key);
    get(`${id}-list`).replaceChildren(...cards);
  }
}

function day(when) {
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(when).setHours(0, 0, 0, 0)) / 86_400_000);
  const lang = document.documentElement.lang;
  return days < 7 ? new Intl.RelativeTimeFormat(lang, { numeric: "auto" }).format(-days, "day") : new Intl.DateTimeFormat(lang, { dateStyle: "medium" }).format(when);
}

function card(address, title, about, facts, language) {
  const lines = [["title", title], ["about", about], ["facts", facts]].filter(([, words]) => words);
  const link = el("a", { href: address, onclick: (event) => (event.preventDefault(), goTo(address)) });
  for (const [kind, words] of lines) {
    const line = el("span", { className: kind }, words);
    link.append(kind === "facts" ? line : ofRoutine(line, language));
  }
  return el("li", {}, link);
}

/** Open a routine. `whenReady` is called when all of it is on the phone, unless the user does something else first. */
async function openRoutine(name, kept = null, whenReady = null) {
  const mine = visit;
  if (!listed.length) await list();
  if (mine !== visit) return;
  const entry = listed.find((routine) => routine.name === name) ?? fromKept(name, kept);
  if (!entry) return home();
  document.title = entry.title;
  show("routine");
  await page.open(entry, kept, whenReady);
}

/** Rebuild, from a saved version or the play history, the entry of a routine that the computer cannot currently list. */
function fromKept(name, kept) {
  const known = kept ?? [...versions(), ...played()].find(({ routine }) => routine === name);
  return known ? { name, title: known.title, language: known.language, description: "", total: known.total ?? 0 } : null;
}

/** Change the session that plays. After a reload, its new key leads to it. */
function changePlayed(settings) {
  page.change(settings);
  history.replaceState({ ...history.state, key: page.session().key }, "");
}

/** From now on, the address leads to the routine as it was left, not to the version or session it was opened from. */
function settle() {
  if (/^#(version|again)=/.test(location.hash)) history.replaceState(history.state, "", `#routine=${encodeURIComponent(page.entry.name)}`);
}

function openPlayer(session, atOnce) {
  page.keep();
  if (!location.hash.startsWith("#play")) history.pushState({ inside: true, key: session.key }, "", `#play=${encodeURIComponent(session.routine)}`);
  show("player");
  player.open({ ...session, picture: new URL("icon-512.png", location).href }, atOnce);
}

/** The screen that an address names and what to show there. A link can be cut anywhere. */
function placeOf(hash) {
  const [, where = "", what = ""] = /^#(\w+)=(.*)$/.exec(hash) ?? [];
  try {
    return [where, decodeURIComponent(what)];
  } catch {
    return ["", ""];
  }
}

async function go() {
  visit += 1;
  const [where, value] = placeOf(location.hash);
  if (player.session) player.close();
  page.leave();
  if (where === "routine") await openRoutine(value);
  else if (where === "version") await openVersion(value);
  else if (where === "again") await openAgain(value);
  else if (where === "play") await openAgain(history.state?.key ?? played().find(({ routine }) => routine === value)?.key, value);
  else await home();
}

async function openVersion(value) {
  let version = null;
  try {
    version = JSON.parse(value);
  } catch {
    // a link that was cut
  }
  if (isVersion(version)) await openRoutine(version.routine, version);
  else await home();
}

/** Whether data from a link can be opened. */
function isVersion(version) {
  const { lengths = {}, given = {}, skip = [] } = version?.settings ?? {};
  const maps = [lengths, given].every((each) => each && typeof each === "object");
  return typeof version?.routine === "string" && maps && Array.isArray(skip);
}

/** Open the player for a previously played session. Until its frames are loaded, the routine is shown. */
async function openAgain(key, routine) {
  const entry = played().find((known) => known.key === key);
  if (!entry) return openRoutine(routine);
  await openRoutine(entry.routine, entry, () => openPlayer(page.session(), false));
}

addEventListener("popstate", go);
addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || shown === "home") return;
  if (!get("more").hidden) get("close-more").click();
  else back();
});
get("all-routines").addEventListener("click", (event) => (event.preventDefault(), goTo("#")));
// Browsers allow service workers only over HTTPS or on the same computer. Without one, the page needs its server.
navigator.serviceWorker?.register("service-worker.js").catch(() => null);
go();
