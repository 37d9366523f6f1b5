// From the names of the key table to what they do.
import { selection } from "./store.js";

const ZOOM = 1.25;
const PAN_PX = 40;
const NUDGE_PX = { near: 1, far: 10 };
const WINDOW_STEPS = 24;

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function windowKeys(stage) {
  const change = (dc, dw) => () => {
    if (!stage.image) return;
    const { center, width } = stage.currentWindow();
    const step = stage.windowStep * WINDOW_STEPS;
    stage.setWindow(center + dc * step, width + dw * step);
  };
  const presets = Array.from({ length: 6 }, (_, i) => [`preset:${i}`, () => stage.usePreset(i)]);
  return {
    "level:down": change(-1, 0), "level:up": change(1, 0), "width:down": change(0, -1), "width:up": change(0, 1),
    ...Object.fromEntries(presets),
  };
}

function viewKeys(stage) {
  return {
    fit: () => stage.fit(), one: () => stage.oneToOne(), invert: () => stage.invert(), rotate: () => stage.rotate(),
    flip: () => stage.flip(), reset: () => stage.reset(),
    "zoom:in": () => stage.zoom(ZOOM), "zoom:out": () => stage.zoom(1 / ZOOM),
  };
}

/** Arrows do nothing outside the stage and the boxes: there they belong to the list or page that has the focus. */
function arrowKeys(stage, act) {
  const away = (event) => event.target !== document.body && !stage.element.contains(event.target);
  const nudge = (px) => (event) => {
    if (away(event) && !selection(act.state)?.box) return false;
    const [dx, dy] = ARROWS[event.key];
    if (!act.nudge(dx * px, dy * px)) stage.pan(-dx * PAN_PX, -dy * PAN_PX);
    return true;
  };
  const size = (event) => {
    const [dx, dy] = ARROWS[event.key];
    return act.nudge(dx * NUDGE_PX.far, dy * NUDGE_PX.far, { resize: true });
  };
  return { nudge: nudge(NUDGE_PX.near), "nudge:far": nudge(NUDGE_PX.far), size };
}

function findingKeys(act, panel, fields) {
  const decide = (action) => () => act.decide(action, undefined, { toggle: false });
  return {
    next: () => act.step(1), previous: () => act.step(-1),
    accept: decide("accept"), correct: decide("correct"), reject: decide("reject"),
    label: () => act.relabel(), details: () => panel.focusDetails(act.state.selected),
    delete: () => act.remove(selection(act.state)?.key), whole: () => act.focusWhole(),
    nofinding: () => act.noFinding(!act.state.review.no_finding), "box:place": () => act.placeBox(),
    notes: () => fields.notes.focus(), impression: () => fields.impression.focus(),
  };
}

/** context: {store, stage, act, panel, editing, fields, dialog, links, stepImage}. */
export function keyActions(context) {
  const { store, stage, act, panel, editing, fields, dialog, links, stepImage } = context;
  const tool = (name) => () => store.set({ tool: name });
  const escape = () => {
    act.dismiss();
    if (document.activeElement !== document.body) document.activeElement.blur();
    if (!store.state.selected) store.set({ tool: "window" });
    act.select(null);
  };
  return {
    "tool:select": tool("select"), "tool:window": tool("window"), "tool:pan": tool("pan"), "tool:box": tool("box"),
    ...viewKeys(stage), ...windowKeys(stage), ...arrowKeys(stage, act), ...findingKeys(act, panel, fields),
    show: () => {
      const { model, reader } = store.state.show;
      act.show({ model: !(model || reader), reader: !(model || reader) });
    },
    heat: () => act.heat({ on: !store.state.heat.on }),
    undo: () => editing.undo(), redo: () => editing.redo(),
    "image:next": () => stepImage(1), "image:previous": () => stepImage(-1),
    sign: () => links.sign.hidden || links.sign.click(), "case:next": () => links.next.hidden || links.next.click(),
    sheet: () => (dialog.open ? dialog.close() : dialog.showModal()), escape,
  };
}
