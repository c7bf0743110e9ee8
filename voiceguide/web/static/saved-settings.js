// Named versions of a routine. They are saved on this phone, shared as a link, QR code or text, and exported as MP3.

import { el, get, tell } from "./dom.js";
import { dropVersion, keepVersion, versions } from "./local-storage.js";
import { plainSettings } from "./kit.js";
import { canSave } from "./kit-save.js";
import { plainWish, qrCode } from "./server.js";
import { scriptLength } from "./times.js";
import { say } from "./words.js";

export class VersionsPart {
  constructor(page) {
    this.page = page;
    this.place = get("versions");
    this.form = null; // for the name of a version. It is the same element whenever the rest is redrawn
  }

  draw() {
    const { page } = this;
    const { activeElement } = document;
    const own = versions().filter(({ routine }) => routine === page.entry.name);
    this.place.replaceChildren(
      own.length || this.form ? el("h2", {}, say("versions")) : "",
      el("ul", {}, ...own.map((version) => this.line(version))),
      this.form ?? el("p", { className: "actions" },
        this.button("save_version", () => (this.form = this.nameForm(), this.draw(), this.place.querySelector("input").focus())),
        page.kit && canSave ? this.button("save_mp3", () => this.saveFile()) : null,
        page.kit ? this.button("copy_text", () => this.copy(this.text())) : null,
        page.alone ? null : this.button("copy_link", () => this.copy(this.link())),
        page.alone ? null : this.button("qr_code", () => this.showCode())),
      el("p", { id: "version-told", role: "status", hidden: true }));
    if (this.form?.contains(activeElement)) activeElement.focus();
  }

  button(key, act) {
    return el("button", { type: "button", className: "original", onclick: act }, say(key));
  }

  line(version) {
    const { page } = this;
    const open = () => (page.leave(), page.alone ? page.adopt(version) : (page.open(page.entry, version), page.keep()));
    return el("li", {}, el("button", { type: "button", className: "version", "aria-current": version.name === page.version ? "true" : null, onclick: open }, version.name),
      el("button", { type: "button", className: "original", "aria-label": `${say("delete")}: ${version.name}`, onclick: () => (dropVersion(version), this.draw()) }, say("delete")));
  }

  nameForm() {
    const field = el("input", { type: "text", maxLength: 60, value: this.page.version, "aria-label": say("version_name"), placeholder: say("version_name") });
    const cancel = () => (this.form = null, this.draw());
    const save = (event) => {
      event.preventDefault();
      const name = field.value.trim();
      if (!name) return field.focus();
      this.form = null;
      this.page.version = name;
      this.page.keep();
      keepVersion(this.current(name));
      this.draw();
    };
    const escape = (event) => event.key === "Escape" && (event.stopPropagation(), cancel());
    return el("form", { className: "actions", onsubmit: save, onkeydown: escape }, field, el("button", { className: "original" }, say("save")), this.button("cancel", cancel));
  }

  current(name) {
    const { entry, wish, settings, parted, fresh } = this.page;
    return { name, version: name, routine: entry.name, title: entry.title, language: entry.language, wish, settings, parted: [...parted], fresh: fresh || undefined };
  }

  /** A link to this page that contains the settings of the version, except those with default values. Browsers never send the part after the #. */
  link() {
    const version = this.current(this.page.version || this.page.entry.title);
    const { settings, wish } = version;
    const { given, ...chosen } = settings;
    const plain = plainSettings();
    const changed = (values, usual) => Object.fromEntries(Object.entries(values).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(usual[key])));
    const lengths = settings.total === null ? { ...given, ...settings.lengths } : settings.lengths;
    const data = JSON.stringify({ ...version, version: undefined, parted: version.parted.length ? version.parted : undefined,
      wish: changed(wish, plainWish()), settings: changed({ ...chosen, lengths }, plain) });
    return `${location.origin}${location.pathname}#version=${encodeURIComponent(data)}`;
  }

  /** The version as a YAML file for `voiceguide build --variant-file`. JSON is valid YAML. */
  text() {
    const { entry, kit, settings, version } = this.page;
    const overrides = kit.json.overrides ?? {}; // a phone may have a kit without them
    const { set: fixed, skip = [], ...words } = overrides;
    const set = { ...fixed };
    const isWritten = settings.total === null && !Object.keys(overrides).length;
    const lengths = isWritten ? settings.lengths : { ...kit.breathLengths(settings), ...settings.lengths };
    const lines = [`# ${version || entry.title}: voiceguide build ${entry.command ?? entry.name} --variant-file FILE`];
    if (settings.total !== null) words.total = scriptLength(settings.total);
    for (const [target, ms] of Object.entries(lengths)) set[target] = scriptLength(ms);
    if (Object.keys(set).length) lines.push("set:");
    for (const [target, length] of Object.entries(set)) lines.push(`  ${JSON.stringify(target)}: ${length}`);
    const skips = [...skip, ...settings.skip];
    if (skips.length) lines.push(`skip: ${JSON.stringify(skips)}`);
    for (const [key, value] of Object.entries(words)) lines.push(`${key}: ${JSON.stringify(value)}`);
    if (lines.length === 1) lines.push("set: {}");
    return `${lines.join("\n")}\n`;
  }

  /** A file name for this version. */
  fileName(extension) {
    const { entry, version } = this.page;
    return `${(version || entry.title).toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "")}.${extension}`;
  }

  /** Save the session as an MP3 with chapters. */
  async saveFile() {
    const { page } = this;
    if (!page.ready) return void tell(get("version-told"), say("not_here_yet"));
    const { entry } = page;
    const file = this.fileName("mp3");
    tell(get("version-told"), say("saving"));
    const blob = await page.kit.save(page.settings, page.version);
    const address = URL.createObjectURL(blob);
    el("a", { href: address, download: file }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
    this.tellIn(entry, (place) => tell(place, say("saved", { file })));
  }

  /** Show what came of a request, unless the user has left the routine it was made for. */
  tellIn(entry, show) {
    if (this.page.entry === entry) show(get("version-told"));
  }

  /** Show the link as a QR code for the camera of another phone. The computer draws the code. */
  async showCode() {
    const { entry } = this.page;
    try {
      const picture = el("img", { src: await qrCode(this.link()), alt: say("qr_code"), className: "code" });
      this.tellIn(entry, (place) => {
        place.replaceChildren(say("qr_hint"), picture);
        place.hidden = false;
      });
    } catch (error) {
      this.tellIn(entry, (place) => tell(place, error.message));
    }
  }

  async copy(text) {
    const { entry } = this.page;
    const file = this.fileName("yaml");
    const hint = text.includes("--variant-file") ? ` ${say("text_hint", { file, routine: entry.command ?? entry.name })}` : "";
    try {
      await navigator.clipboard.writeText(text);
      tell(get("version-told"), say("copied") + hint);
    } catch {
      // not allowed without HTTPS: show the text, selected, so that it can be copied manually
      const field = el("textarea", { readOnly: true, value: text, rows: 6, "aria-label": say("copy_text") });
      get("version-told").replaceChildren(hint, field);
      get("version-told").hidden = false;
      field.select();
    }
  }
}
