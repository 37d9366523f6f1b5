// One note: who, when, what, and what may be done with it.
import { h } from "../../viewer/dom.js";

const WHEN = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "short" }); // ISO order

export const when = (iso) => WHEN.format(new Date(iso));

const time = (iso, text) => h("time", { datetime: iso, text: text ?? when(iso) });

const small = (text, onclick) => h("button", { type: "button", class: "note-act", text, onclick });

/** The element of a note. `discussion` carries the acts out. */
export function noteView(note, discussion, { canReply = false }) {
  const acts = h("div", { class: "note-acts" });
  const below = h("div");
  const element = h("article", { class: note.deleted_at ? "note-item is-deleted" : "note-item" },
    h("header", {}, h("strong", { text: note.author }), " ", time(note.created_at),
      note.edited_at && h("span", { class: "note-mark", text: `edited ${when(note.edited_at)}` })),
    h("p", { class: "note-text", text: note.deleted_at ? `Deleted ${when(note.deleted_at)}.` : note.text }), acts, below);

  /** A field below the note; closing it puts the focus back on what opened it. */
  function open(composer) {
    below.replaceChildren(composer.element);
    composer.onFailed = () => below.replaceChildren(composer.element);
    composer.field.focus();
  }

  const close = (event) => {
    const from = event?.currentTarget;
    return () => {
      below.replaceChildren();
      from?.focus();
    };
  };

  if (canReply && !note.deleted_at) {
    acts.append(small("Reply", (event) =>
      open(discussion.composer({ label: `Reply to ${note.author}`, act: "Reply", parent: note.id, onDone: close(event) }))));
  }
  if (note.mine && !note.deleted_at) {
    acts.append(small("Edit", (event) => open(editor(note, discussion, close(event)))),
      small("Delete", () => remove(note, discussion)));
  }
  if (note.edited_at || note.deleted_at) acts.append(small("Versions", () => versions(note, discussion, below)));
  return element;
}

function editor(note, discussion, onDone) {
  const plain = discussion.composer({ label: "Change the note", act: "Save", onDone });
  plain.field.value = note.text;
  plain.send = async (text) => {
    await discussion.change("PATCH", `notes/${note.id}/`, { text, version: note.version });
    await discussion.load();
  };
  return plain;
}

async function remove(note, discussion) {
  await discussion.change("DELETE", `notes/${note.id}/?version=${note.version}`).catch(() => null);
  await discussion.load();
}

/** Every text the note ever had; pressed again, they go. */
async function versions(note, discussion, below) {
  if (below.firstChild) return below.replaceChildren();
  try {
    const answer = await discussion.api.json(`/api/v1/notes/${note.id}/versions/`);
    const line = ({ number, text, written_at: at }) =>
      h("li", {}, h("span", { class: "note-mark" }, `Version ${number}, `, time(at)), h("p", { class: "note-text", text }));
    return below.replaceChildren(h("ol", { class: "note-versions" }, answer.versions.map(line)));
  } catch (error) {
    return discussion.say(error.message);
  }
}
