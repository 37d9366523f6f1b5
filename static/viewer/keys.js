// Keys: one table for what they do, for the tooltips and for the sheet, and the reader's own keys over it.
// The table and the matching are DOM-free.

/** [action, keys, group, words]. A key is written as "Ctrl+Shift+Z" or "?"; letters are without regard to case. */
export const KEYMAP = [
  ["tool:select", ["V"], "Tools", "Select and move boxes"],
  ["tool:window", ["W"], "Tools", "Window/level: drag sideways for width, up and down for centre"],
  ["tool:pan", ["P"], "Tools", "Pan (also: hold Space, or the middle button)"],
  ["tool:box", ["B"], "Tools", "Draw a box"],
  ["box:place", ["Shift+B"], "Tools", "Place a box in the middle, to move with the arrow keys"],
  ["compare", ["Shift+P"], "Prior", "Prior study beside the case, and away again"],
  ["compare:link", ["Shift+K"], "Prior", "Link zoom, pan and window of both, or not"],
  ["compare:swap", ["Shift+W"], "Prior", "Swap the sides"],
  ["tool:length", ["D"], "Measurements", "Measure a length (once more: place one to move with the arrow keys)"],
  ["tool:angle", ["Shift+A"], "Measurements", "Measure an angle (once more: place one)"],
  ["tool:ctr", ["Shift+C"], "Measurements", "Cardiothoracic ratio: heart, then thorax (once more: place one)"],
  ["point:next", ["]"], "Measurements", "Next point of the selected measurement, for the arrow keys"],
  ["point:previous", ["["], "Measurements", "Previous point"],
  ["fit", ["F"], "View", "Fit the image to the stage"],
  ["one", ["Z"], "View", "One image pixel to one screen pixel"],
  ["zoom:in", ["+", "="], "View", "Zoom in (also: wheel, right drag)"],
  ["zoom:out", ["-"], "View", "Zoom out"],
  ["invert", ["I"], "View", "Invert"],
  ["rotate", ["R"], "View", "Rotate a quarter turn clockwise"],
  ["rotate:back", ["Shift+R"], "View", "Rotate a quarter turn the other way"],
  ["flip", ["H"], "View", "Flip left and right"],
  ["flip:vertical", ["Shift+H"], "View", "Flip top and bottom"],
  ["loupe", ["U"], "View", "Magnifier under the pointer: 2, 3, 4 times, off; or while the key is held"],
  ["filters", ["Shift+F"], "View", "Image filters"],
  ["filter:toggle", ["Y"], "View", "The original image, and back to the filter"],
  ["reset", ["0"], "View", "Reset window and view"],
  ["preset:0", ["1"], "Window", "Window preset 1 (2, 3 ... for the next)"],
  ["preset:1", ["2"], "", ""], ["preset:2", ["3"], "", ""], ["preset:3", ["4"], "", ""],
  ["preset:4", ["5"], "", ""], ["preset:5", ["6"], "", ""], ["preset:6", ["7"], "", ""], ["preset:7", ["8"], "", ""],
  ["level:down", [","], "Window", "Window centre down (brighter)"],
  ["level:up", ["."], "Window", "Window centre up (darker)"],
  ["width:down", ["<", "Shift+,"], "Window", "Window narrower"],
  ["width:up", [">", "Shift+."], "Window", "Window wider"],
  ["show", ["O"], "Overlays", "Show or hide all boxes and measurements"],
  ["heat", ["M"], "Overlays", "Heat map of the selected finding on or off"],
  ["next", ["J"], "Findings", "Next finding"],
  ["previous", ["K"], "Findings", "Previous finding"],
  ["accept", ["A"], "Findings", "Accept the model's finding"],
  ["correct", ["C"], "Findings", "Correct it: another label or box"],
  ["reject", ["X"], "Findings", "Reject it, with a reason"],
  ["label", ["L"], "Findings", "Change the label"],
  ["details", ["E"], "Findings", "Edit laterality, certainty, comment"],
  ["side", ["Shift+L"], "Findings", "Side: left, right, both, not stated"],
  ["certainty", ["Shift+E"], "Findings", "Certainty: certain, probable, possible"],
  ["delete", ["Delete", "Backspace"], "Findings", "Delete the finding, or take the decision back"],
  ["whole", ["G"], "Findings", "Add a finding of the whole image"],
  ["nofinding", ["N"], "Findings", "No finding"],
  ["notes", ["T"], "Text", "Write notes"],
  ["impression", ["Shift+T"], "Text", "Write the impression"],
  ["nudge", ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"], "Boxes", "Move the selected box; pan when none is selected"],
  ["nudge:far", ["Shift+ArrowLeft", "Shift+ArrowRight", "Shift+ArrowUp", "Shift+ArrowDown"], "Boxes", "The same, ten times as far"],
  ["size", ["Ctrl+ArrowLeft", "Ctrl+ArrowRight", "Ctrl+ArrowUp", "Ctrl+ArrowDown"], "Boxes", "Resize the selected box"],
  ["undo", ["Ctrl+Z"], "Case", "Undo"],
  ["redo", ["Ctrl+Shift+Z", "Ctrl+Y"], "Case", "Redo"],
  ["image:next", ["PageDown"], "Case", "Next image of the case"],
  ["image:previous", ["PageUp"], "Case", "Previous image of the case"],
  ["read:goon", ["Shift+S"], "Case", "Commit a blind read, or complete one of several"],
  ["sign", ["S"], "Case", "Go on to sign"],
  ["case:next", ["Shift+N"], "Case", "Next case"],
  ["sheet", ["?"], "Case", "This list"],
  ["escape", ["Escape"], "Case", "Back out: close, deselect, back to window/level"],
];

/** "Ctrl+Shift+Z" from a keyboard event; Shift is left out where it only makes the character ("?", "+"). */
export function chord(event) {
  const letter = /^[a-z]$/i.test(event.key);
  const named = event.key.length > 1;
  const parts = [];
  if (event.ctrlKey || event.metaKey) parts.push("Ctrl");
  if (event.altKey) parts.push("Alt");
  if (event.shiftKey && (letter || named)) parts.push("Shift");
  parts.push(letter ? event.key.toUpperCase() : event.key);
  return parts.join("+");
}

const FIXED = ["escape", "sheet", "nudge", "nudge:far", "size"];
const RESERVED = ["Escape", "Tab", "Enter", " ", "?"];
const BROWSERS = ["Ctrl+W", "Ctrl+T", "Ctrl+N", "Ctrl+Shift+N", "Ctrl+Shift+T", "Ctrl+Shift+W", "Ctrl+R", "Ctrl+L", "Ctrl+P", "F5", "F11", "F12"];

/** The table that is in force: KEYMAP with the reader's own keys in it. */
let table = KEYMAP;

/** Rows of the table in force. */
export const keyTable = () => table;

/** own: {action: key}; what it does not name keeps its usual key. */
export function useKeys(own) {
  table = KEYMAP.map(([action, keys, ...rest]) => [action, action in own ? [own[action]] : keys, ...rest]);
}

/** May the reader give this action another key? Rows without words stand under another row. */
export const isRemappable = ([action, , group]) => Boolean(group) && !FIXED.includes(action);

/** Why `pressed` cannot become the key of `action`, in words; "" when it can. */
export function refusal(action, pressed) {
  const bare = pressed.split("+").at(-1) || "+";
  if (RESERVED.includes(bare) || bare.startsWith("Arrow")) return `${keyName(pressed)} cannot be given to anything else.`;
  if (BROWSERS.includes(pressed)) return `The browser keeps ${keyName(pressed)} for itself.`;
  const taken = table.find(([other, keys]) => other !== action && keys.includes(pressed));
  if (!taken) return "";
  const words = taken[3] || KEYMAP.find(([other]) => other === taken[0].replace(/\d+$/, "0"))?.[3] || taken[0];
  return `${keyName(pressed)} is \u201c${words}\u201d already. Choose another key, or change that one first.`;
}

/** The action of a chord, or null. Single characters can be switched off (WCAG 2.1.4). */
export function actionOf(pressed, { singleKeys = true } = {}) {
  const row = table.find(([, keys]) => keys.includes(pressed));
  if (!row) return null;
  const single = pressed.replace("Shift+", "").length === 1;
  return single && !singleKeys && pressed !== "?" ? null : row[0];
}

/** How a key is written for people. */
export function keyName(key) {
  const names = { ArrowLeft: "\u2190", ArrowRight: "\u2192", ArrowUp: "\u2191", ArrowDown: "\u2193", "-": "\u2212" };
  return key.split("+").map((part) => names[part] ?? part).filter(Boolean).join("+") || "+";
}

export function keyOf(action) {
  const row = table.find(([name]) => name === action);
  return row ? keyName(row[1][0]) : "";
}

/** True where typed characters belong to the element: keys are then left alone; Escape leaves it. */
export function isTyping(target) {
  if (target.isContentEditable || target.tagName === "TEXTAREA" || target.tagName === "SELECT") return true;
  const buttons = ["checkbox", "radio", "button", "submit", "range"];
  return target.tagName === "INPUT" && !buttons.includes(target.type);
}

/** Sends keys of the page to `actions` ({action: (event) => ...}). onSpace(held) while the space bar is down. */
export function listen(actions, { onSpace, singleKeys }) {
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]")) return;
    const typing = isTyping(event.target);
    const onControl = event.target.closest("button, a, input, summary");
    if (event.key === " " && !typing && !onControl) {
      onSpace(true);
      event.preventDefault();
      return;
    }
    if (typing) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.target.type === "range" && event.key.startsWith("Arrow")) return;
    const action = actionOf(chord(event), { singleKeys: singleKeys() });
    if (!action || !actions[action]) return;
    if (actions[action](event) !== false) event.preventDefault();
  });
  document.addEventListener("keyup", (event) => { if (event.key === " ") onSpace(false); });
  window.addEventListener("blur", () => onSpace(false));
}
