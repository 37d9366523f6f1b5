// Type-to-search in a vocabulary of {code, name}. DOM-free.

const words = (text) => text.toLowerCase().split(/[^a-z0-9]+/).filter(Boolean);

/** Lower is better; null when it does not match. */
function rank(name, query) {
  const text = name.toLowerCase();
  if (text.startsWith(query)) return 0;
  const parts = words(name);
  if (parts.some((part) => part.startsWith(query))) return 1;
  const typed = words(query);
  if (typed.length > 1 && typed.every((t) => parts.some((part) => part.startsWith(t)))) return 2;
  if (parts.length > 1 && parts.map((part) => part[0]).join("").startsWith(query)) return 3;
  return text.includes(query) ? 4 : null;
}

/** Matching options, best first; those used lately (codes, newest first) lead while nothing is typed. */
export function search(options, query, recent = []) {
  const typed = query.trim().toLowerCase();
  if (!typed) {
    const place = (option) => (recent.includes(option.code) ? recent.indexOf(option.code) : recent.length);
    return [...options].sort((a, b) => place(a) - place(b));
  }
  return options
    .map((option, order) => ({ option, order, rank: rank(option.name, typed) }))
    .filter((match) => match.rank !== null)
    .sort((a, b) => a.rank - b.rank || a.order - b.order)
    .map((match) => match.option);
}

export function nameOf(options, code) {
  const found = options.find((option) => option.code === code);
  return found ? found.name : code;
}
