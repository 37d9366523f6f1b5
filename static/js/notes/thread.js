// Notes without the page: how they hang together, and the mention that is being typed. DOM-free.

/** [{note, replies}] in the order given; a reply whose note is withheld stands alone. */
export function threads(notes) {
  const roots = new Map();
  const found = [];
  for (const note of notes) {
    const above = roots.get(note.parent);
    if (above) {
      above.replies.push(note);
      continue;
    }
    const thread = { note, replies: [] };
    roots.set(note.id, thread);
    found.push(thread);
  }
  return found;
}

const TYPED = /(?:^|[^\p{L}\p{N}_])@([\p{L}\p{N}._+\-']*(?: [\p{L}\p{N}._\-']*)?)$/u;

/** {start, typed} of the mention that ends at the caret, or null. `start` is where its @ stands. */
export function mentionAt(text, caret) {
  const found = TYPED.exec(text.slice(0, caret));
  return found && { start: caret - found[1].length - 1, typed: found[1] };
}

/** {text, caret} with `insert` (it begins with @) in place of what was typed, and a space after it. */
export function withMention(text, caret, insert) {
  const { start } = mentionAt(text, caret);
  const rest = text.slice(caret).replace(/^ /, "");
  return { text: `${text.slice(0, start)}${insert} ${rest}`, caret: start + insert.length + 1 };
}
