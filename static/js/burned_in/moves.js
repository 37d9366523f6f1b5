// Where the keys lead in a grid of cards. No DOM here.

/** The index that an arrow key leads to from ``index``; the same one at an edge. */
export function moved(key, index, count, columns) {
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[key];
  if (step === undefined) return index;
  const next = index + step;
  return next < 0 || next >= count ? index : next;
}

/** How many cards stand beside each other, from the tops of all of them. */
export function columnsOf(tops) {
  const other = tops.findIndex((top) => Math.abs(top - tops[0]) > 2);
  return other === -1 ? Math.max(tops.length, 1) : other;
}

/** "3 of 24 chosen". */
export const counted = (chosen, count) => `${chosen} of ${count} chosen`;
