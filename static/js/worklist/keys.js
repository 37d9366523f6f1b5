// What a key does in the list, and how the choice is told. DOM-free.

const MOVES = { j: 1, k: -1 };

/** The row to go to from `row` (-1: none yet) of `count`, or null where the key moves nowhere. */
export function rowAfter(key, row, count) {
  if (!(key in MOVES) || !count) return null;
  if (row < 0) return MOVES[key] > 0 ? 0 : count - 1;
  return Math.max(0, Math.min(count - 1, row + MOVES[key]));
}

/** A key belongs to the list only where nobody types and no other command is meant. */
export function isForList({ key, ctrlKey, metaKey, altKey }, { tag, editable }) {
  if (ctrlKey || metaKey || altKey || key.length !== 1) return false;
  return !editable && !["INPUT", "SELECT", "TEXTAREA"].includes(tag);
}

export function chosenWords(count) {
  if (!count) return "Choose cases to assign or prioritise them.";
  return count === 1 ? "1 case chosen" : `${count} cases chosen`;
}
