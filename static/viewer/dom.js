// Building elements without a framework. Texts are set as text, never as markup; styles only through CSSOM.

const SVG = "http://www.w3.org/2000/svg";

function setProperty(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "text") element.textContent = value;
  else element.setAttribute(name, value === true ? "" : value);
}

/** h("button", {class: "x", onclick: f, text: "Save"}, child, ...) */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) setProperty(element, name, value);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function svg(tag, properties = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(properties)) setProperty(element, name, value);
  element.append(...children);
  return element;
}

/** Sets only what differs: keeps focus, selection and layout quiet. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element, name, value) {
  if (value === null || value === false || value === undefined) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value === true ? "" : value);
}

/**
 * Brings `container` to one child per item, reusing the children it has by key; create(item) gives
 * {element, update(item)}. An element that stays in place is not moved, so it keeps its focus.
 */
export function keyed(container, items, keyOf, create) {
  const views = container.keyedViews ?? (container.keyedViews = new Map());
  const wanted = new Set(items.map(keyOf));
  for (const [key, view] of views) {
    if (wanted.has(key)) continue;
    view.element.remove();
    views.delete(key);
  }
  let place = container.firstElementChild;
  for (const item of items) {
    let view = views.get(keyOf(item));
    if (!view) {
      view = create(item);
      views.set(keyOf(item), view);
    }
    if (view.element === place) place = place.nextElementSibling;
    else container.insertBefore(view.element, place);
    view.update(item);
  }
}

/** Line icons on a 20 px grid, drawn for this page. */
const ICONS = {
  select: "M5 3.5l10 6-4.6 1.2L8 15z",
  window: "M10 3.5a6.5 6.5 0 1 0 0 13z M10 3.5a6.5 6.5 0 0 1 0 13",
  pan: "M10 3v14M3 10h14M10 3l-2 2M10 3l2 2M10 17l-2-2M10 17l2-2M3 10l2-2M3 10l2 2M17 10l-2-2M17 10l-2 2",
  box: "M4 6.5h9v9H4zM15 3v6M12 6h6",
  length: "M4 16L16 4M2.500 14.500l3 3M14.500 2.500l3 3M8 9l1.500 1.500M11 6l1.500 1.500",
  angle: "M4 4v12h12M4 9.500a6.500 6.500 0 0 1 6.500 6.500",
  ctr: "M3 15.500h14M3 13v5M17 13v5M6.500 7.500h6M6.500 5v5M12.500 5v5",
  fit: "M3.5 7.5v-4h4M12.5 3.5h4v4M16.5 12.5v4h-4M7.5 16.5h-4v-4",
  one: "M5 6.5L6.5 5v10M13 6.5L14.5 5v10M10 8v.1M10 12v.1",
  zoomIn: "M9 4a5 5 0 1 0 0 10A5 5 0 0 0 9 4zM12.8 12.8L17 17M9 6.8v4.4M6.8 9h4.4",
  zoomOut: "M9 4a5 5 0 1 0 0 10A5 5 0 0 0 9 4zM12.8 12.8L17 17M6.8 9h4.4",
  invert: "M4 4h12v12H4zM4 16L16 4v12z",
  rotate: "M15.5 10a5.5 5.5 0 1 1-1.8-4.1M16 3v3.5h-3.5",
  flip: "M10 3v14M7.5 6L3 14h4.5zM12.5 6L17 14h-4.5z",
  reset: "M4.5 10a5.5 5.5 0 1 0 1.8-4.1M4 3v3.5h3.5M10 7.5V10l2 1.5",
  loupe: "M9 4a5 5 0 1 0 0 10A5 5 0 0 0 9 4zM12.800 12.800L17 17M6.500 9a2.500 2.500 0 0 1 2.500-2.500",
  filters: "M4 6h5M13 6h3M4 10h1M9 10h7M4 14h7M15 14h1M11 4.500v3M7 8.500v3M13 12.500v3",
  compare: "M3 4h6v12H3zM11 4h6v12h-6zM6 8v4M14 8v4",
  swap: "M4 7h11M12 4l3 3-3 3M16 13H5M8 10l-3 3 3 3",
  close: "M5 5l10 10M15 5L5 15",
  undo: "M7.5 4L4 7.5 7.5 11M4 7.5h7a4.5 4.5 0 0 1 0 9H8",
  redo: "M12.5 4L16 7.5 12.5 11M16 7.5H9a4.5 4.5 0 0 0 0 9h3",
  boxes: "M3.5 5.5h8v8h-8zM8.5 8.5h8v8h-8z",
  heat: "M10 3c.5 3 4.5 4.5 4.5 8.500a4.500 4.500 0 0 1-9 0c0-2 1-3 1.800-4 .5 1.200 1.200 1.800 1.900 2C9 7 9 5 10 3z",
  help: "M7.5 7.500a2.500 2.500 0 1 1 3.600 2.200c-.8.4-1.100.9-1.100 1.800M10 14.500v.1",
};

export function icon(name) {
  return svg("svg", { viewBox: "0 0 20 20", class: "icon", "aria-hidden": "true", focusable: "false" },
    svg("path", { d: ICONS[name] }));
}
