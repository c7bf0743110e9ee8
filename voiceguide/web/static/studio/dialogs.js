// Dialogs: open or create a script, paste text, resolve a conflict, edit the text itself, show the keys.

import { el, get } from "../dom.js";
import { clock } from "../times.js";
import { api } from "./api.js";
import { draftNames } from "./drafts.js";
import { changedLines, withBreaks } from "./line-diff.js";
import { isGroup, stagesOf, stepsOf } from "./script-paths.js";
import { nameOfStep, say } from "./words.js";

export class Dialogs {
  constructor(studio) {
    this.studio = studio;
  }

  /**
   * Show a dialog and return it. Escape and the close button close it, unless it requires an answer. `mayClose()` is asked
   * first, because text that is typed in it would be lost.
   */
  show(name, title, children, { closable = true, mayClose = () => true, className = "" } = {}) {
    const leave = (event) => {
      event.preventDefault();
      if (closable && mayClose()) dialog.close();
    };
    const dialog = el("dialog", { className: `dialog ${className}`, "aria-labelledby": `${name}-title` },
      el("form", { method: "dialog" }, el("div", { className: "dialog-head" }, el("h2", { id: `${name}-title` }, title),
        closable ? el("button", { type: "button", className: "plain", onclick: leave }, say("close")) : null), ...children));
    dialog.id = name;
    dialog.addEventListener("close", () => dialog.remove());
    dialog.addEventListener("cancel", leave);
    dialog.addEventListener("keydown", (event) => event.key === "Escape" && !event.isComposing && leave(event)); // browsers do not always ask a second time
    let isOutside = false; // a selection can end outside the dialog
    dialog.addEventListener("pointerdown", ({ target }) => (isOutside = target === dialog));
    dialog.addEventListener("click", (event) => isOutside && event.target === dialog && leave(event));
    get("dialogs").append(dialog);
    dialog.showModal();
    return dialog;
  }

  /** Wait until no dialog is open. */
  async closed() {
    for (let dialog; (dialog = document.querySelector("dialog[open]"));) await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  }

  closeAll() {
    for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  }

  /** Nothing can be typed while a script is being opened. */
  opening(name) {
    return this.show("opening-dialog", say("opening", { name }), [], { closable: false });
  }

  /** Show the dialog again in which something was being typed when the page was closed. */
  restore(typed) {
    if (typed?.dialog === "text") this.text();
    if (typed?.dialog === "paste") this.paste("", null, null, typed.text);
  }

  /** Show text that was refused, and whose field is gone, until the user drops it. */
  unused() {
    const { document: script } = this.studio;
    const shown = get("unused-text");
    if (shown) return void (shown.value = script.unused);
    const { opened } = script;
    const mayClose = () => {
      if (!confirm(say("drop_text"))) return false;
      if (script.opened === opened) script.dropUnused();
      return true;
    };
    const area = el("textarea", { id: "unused-text", rows: 8, value: script.unused, readOnly: true });
    this.show("unused-dialog", say("unused_title"), [el("label", { className: "field wide" }, el("span", {}, say("unused_text")), area)], { mayClose });
    area.select();
  }

  /** Keep what is typed in a dialog, and ask before it is dropped. Return `mayClose` and `done` for when it has been used. */
  keeper(dialog, area, given) {
    const { document: script } = this.studio;
    const { opened } = script;
    const done = () => script.opened === opened && script.keepTyped(null);
    const isChanged = () => area.value !== given;
    area.addEventListener("input", () => script.keepTyped(isChanged() ? { dialog, text: area.value } : null));
    const mayClose = () => {
      if (isChanged() && !confirm(say("drop_text"))) return false;
      done();
      return true;
    };
    return { mayClose, done };
  }

  /** Choose a script in the folder, or start a new one. */
  open() {
    const { choices } = this.studio;
    const drafts = new Set(draftNames(choices.folder.id));
    const names = [...new Set([...choices.files, ...drafts])];
    const pick = (name, from) => (dialog.close(), this.studio.openScript(name, from));
    const files = names.map((name) => el("li", {}, el("button", { type: "button", className: "pick", onclick: () => pick(name) }, name,
      drafts.has(name) ? el("span", { className: "facts" }, say("not_saved")) : null)));
    const name = el("input", { type: "text", name: "name", value: freeName(names), autocomplete: "off", spellcheck: false, id: "new-name" });
    const from = el("select", { id: "new-from" }, el("option", { value: "" }, say("from_nothing")), ...choices.bundled.map((each) => el("option", { value: each }, each)));
    const create = () => {
      const file = /\.ya?ml$/i.test(name.value.trim()) ? name.value.trim() : `${name.value.trim()}.yaml`;
      if (name.value.trim()) pick(file, from.value);
    };
    name.addEventListener("keydown", (event) => event.key === "Enter" && (event.preventDefault(), create()));
    const dialog = this.show("open-dialog", say("open_title", { folder: choices.folder.title }), [
      files.length ? el("ul", { className: "picks" }, ...files) : el("p", { className: "about" }, say("no_scripts")),
      el("h3", {}, say("new_script")),
      el("div", { className: "pair" }, el("label", { className: "field" }, el("span", {}, say("file_name")), name), el("label", { className: "field" }, el("span", {}, say("start_from")), from)),
      el("p", { className: "actions" }, el("button", { type: "button", className: "main", id: "create", onclick: create }, say("create"))),
    ], { closable: Boolean(this.studio.document.tree) });
    if (!files.length) name.select();
  }

  /**
   * Make stages and steps of a text or of a file, {name, document}. `into` puts the text into the field where it was
   * pasted instead.
   */
  async paste(text = "", into = null, file = null, typed = null) {
    const area = el("textarea", { id: "paste-text", rows: 10, value: typed ?? text, placeholder: say("paste_hint") });
    const { mayClose, done } = this.keeper("paste", area, text);
    const { document: script } = this.studio;
    const { opened } = script;
    const use = (act) => async () => {
      dialog.close();
      const made = act();
      done();
      if ((await made) !== false || file || script.opened !== opened) return;
      script.keepTyped({ dialog: "paste", text: area.value });
      this.restore(script.typed);
    };
    const outcome = el("div", { id: "paste-outcome", className: "about", role: "status" });
    const add = el("button", { type: "button", className: "main", id: "paste-add", disabled: true }, say("paste_add"));
    const replace = el("button", { type: "button", className: "plain", id: "paste-replace", disabled: true }, say("paste_replace"));
    const asWords = into ? el("button", { type: "button", className: "plain", onclick: use(() => into(area.value)) }, say("paste_as_words")) : null;
    const dialog = this.show("paste-dialog", say("paste_title"), [file ? el("p", { className: "file-of" }, file.name) : el("label", { className: "field wide" }, el("span", {}, say("paste_label")), area), outcome, el("p", { className: "actions" }, add, replace, asWords)], { mayClose });
    const { studio } = this;
    let draft = null;
    let turn = 0;
    const read = async () => {
      const mine = (turn += 1);
      draft = null;
      add.disabled = replace.disabled = true;
      if (!file && !area.value.trim()) return outcome.replaceChildren();
      try {
        const made = await api.draft(file ? { document: file.document } : { text: area.value }, String(studio.document.tree?.title ?? "")
          || say("new_routine"));
        if (mine !== turn) return;
        draft = made;
        add.disabled = replace.disabled = false;
        outcome.replaceChildren(...preview(made.tree));
      } catch (error) {
        if (mine === turn) outcome.replaceChildren(error.message);
      }
    };
    let timer = 0;
    area.addEventListener("input", () => (clearTimeout(timer), timer = setTimeout(read, 300)));
    add.addEventListener("click", use(() => studio.addDraft(draft.tree)));
    replace.addEventListener("click", use(() => void studio.document.replaceText(draft.text, []))); // a refused text is shown in its own dialog
    await read();
    if (draft) (studio.isUntouched ? replace : add).focus();
    if (studio.isUntouched) (replace.className = "main", add.className = "plain");
  }

  /** Another program has changed the file. Show both versions; nothing is lost, whichever is chosen. */
  conflict({ theirs, sha256 }) {
    const { studio } = this;
    if (document.querySelector("#conflict-dialog[open]")) return;
    const mine = studio.document.text;
    const [left, right] = changedLines(mine, theirs);
    const version = (title, lines, id) => el("div", { className: "version" }, el("h3", { id }, title), el("pre", { tabIndex: 0, role: "region", "aria-labelledby": id },
      ...lines.map(({ text, changed }) => el("span", { className: changed ? "changed" : "" }, `${text}\n`))));
    const name = el("input", { type: "text", value: freeName([...studio.choices.files, ...draftNames(studio.choices.folder.id)], studio.document.name), "aria-label": say("file_name"), id: "other-name" });
    const choose = (act) => async () => {
      dialog.close();
      await act();
    };
    const dialog = this.show("conflict-dialog", say("conflict_title", { name: studio.document.name }), [
      el("p", {}, say("conflict_text")),
      el("div", { className: "versions" }, version(say("your_version"), left, "mine-title"), version(say("their_version"), right, "theirs-title")),
      el("p", { className: "actions" },
        el("button", { type: "button", className: "main", id: "keep-mine", onclick: choose(() => studio.document.rememberTheirs(theirs) && studio.save(studio.document.name, sha256)) }, say("keep_mine")),
        el("button", { type: "button", className: "plain", id: "take-theirs", onclick: choose(() => studio.document.discard(theirs, sha256).then(() => studio.announce(say("theirs_taken")))) }, say("take_theirs")),
        el("span", { className: "row" }, name, el("button", { type: "button", className: "plain", id: "save-as", onclick: choose(() => studio.save(name.value.trim(), null)) }, say("save_under")))),
    ], { className: "large" });
    for (const pre of dialog.querySelectorAll("pre")) pre.scrollTop = Math.max(0, (pre.querySelector(".changed")?.offsetTop ?? 0) - pre.offsetTop - 60);
  }

  /** A recording that the computer has refused. Return whether to save it again. Otherwise, it is deleted. */
  async unsavedRecording(blob, name, reason) {
    const address = URL.createObjectURL(blob);
    const ending = /^audio\/(\w+)/.exec(blob.type)?.[1] ?? "webm";
    let isAgain = true;
    const dialog = this.show("recording-dialog", say("recording_not_saved", { name }), [el("p", {}, reason), el("p", { className: "actions" },
      el("button", { type: "button", className: "main", id: "save-again", onclick: () => dialog.close() }, say("save_again")),
      el("a", { className: "plain", id: "download-recording", href: address, download: `${name || say("recording")}.${ending}` }, say("download_recording")),
      el("button", { type: "button", className: "plain", id: "delete-recording", onclick: () => ((isAgain = false), dialog.close()) }, say("delete_recording")))], { closable: false });
    await new Promise((resolve) => dialog.addEventListener("close", resolve));
    URL.revokeObjectURL(address);
    return isAgain;
  }

  /** The text of the script itself, or what has been typed in this dialog and was not used. */
  async text() {
    const { studio } = this;
    await studio.document.settled();
    if (get("text-dialog")) return;
    const { text, typed } = studio.document;
    const given = text.replace(/\r\n?/g, "\n"); // as a text area converts every line break
    const area = el("textarea", { id: "whole-text", className: "code", value: typed?.dialog === "text" ? typed.text : given, spellcheck: false, rows: 24, wrap: "off" });
    const { mayClose, done } = this.keeper("text", area, given);
    const take = () => {
      dialog.close();
      if (area.value !== given) studio.document.replaceText(withBreaks(area.value, text));
      done();
    };
    const dialog = this.show("text-dialog", say("text_title", { name: studio.document.name }), [el("label", { className: "field wide" }, el("span", {}, say("text_label")), area),
      el("p", { className: "actions" }, el("button", { type: "button", className: "main", id: "take-text", onclick: take }, say("take_text")))], { className: "large", mayClose });
    area.setSelectionRange(0, 0);
    area.focus();
  }

  help() {
    const rows = [["\u2191 \u2193", "key_move"], ["Alt \u2191 \u2193", "key_shift"], [say("key_space"), "key_hear"], ["Enter", "key_enter"], ["Ctrl Enter", "key_add"], ["Ctrl Shift Enter", "key_add_stage"], [say("key_delete"), "key_remove"], ["Ctrl D", "key_copy"],
      ["Ctrl Z", "key_undo"], ["Ctrl Shift Z", "key_redo"], ["Ctrl S", "key_save"], ["Ctrl V", "key_paste"], ["\u2191 \u2193", "key_time"], ["F6", "key_part"]];
    this.show("help-dialog", say("help_title"), [el("dl", { className: "keys" }, ...rows.flatMap(([keys, text]) => [el("dt", {}, ...keys.split(" ").map((key) => el("kbd", {}, key))), el("dd", {}, say(text))]))]);
  }
}

/** A preview of the result of an import. */
function preview(tree) {
  const stages = stagesOf(tree).filter(({ group }) => !group);
  const steps = stepsOf(tree);
  const lines = stages.slice(0, 6).map(({ node }) => el("li", {}, el("b", {}, String(node.stage)), ` ${(node.steps ?? []).map(nameOfStep).join(" \u00b7 ")}`));
  return [el("p", {}, say("paste_found", { stages: stages.length, steps: steps.length })), el("ul", {}, ...lines, stages.length > 6 ? el("li", {}, "\u2026") : null)];
}

/** A file name that is not taken. */
function freeName(names, like = `${say("file_stem")}.yaml`) {
  const stem = like.replace(/(-\d+)?\.ya?ml$/i, "");
  const taken = new Set(names);
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? `${stem}.yaml` : `${stem}-${number}.yaml`;
    if (!taken.has(name) && name !== like) return name;
    if (!taken.has(name) && number === 1 && !names.includes(like)) return name;
  }
}
