// From the names of the key table to what they do.
import { selection } from "./store.js";

const ZOOM = 1.25;
const PAN_PX = 40;
const NUDGE_PX = { near: 1, far: 10 };
const WINDOW_STEPS = 24;

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function windowKeys(pane) {
  const change = (dc, dw) => () => {
    const stage = pane();
    if (!stage.image) return;
    const { center, width } = stage.currentWindow();
    const step = stage.windowStep * WINDOW_STEPS;
    stage.setWindow(center + dc * step, width + dw * step);
  };
  const presets = Array.from({ length: 8 }, (_, i) => [`preset:${i}`, () => pane().usePreset(i)]);
  return {
    "level:down": change(-1, 0), "level:up": change(1, 0), "width:down": change(0, -1), "width:up": change(0, 1),
    ...Object.fromEntries(presets),
  };
}

function viewKeys(pane) {
  return {
    fit: () => pane().fit(), one: () => pane().oneToOne(), invert: () => pane().invert(), rotate: () => pane().rotate(),
    "rotate:back": () => pane().rotateBack(), flip: () => pane().flip(), "flip:vertical": () => pane().flipVertical(), reset: () => pane().reset(),
    "zoom:in": () => pane().zoom(ZOOM), "zoom:out": () => pane().zoom(1 / ZOOM),
  };
}

/** Arrows do nothing outside the stage and the boxes: there they belong to the list or page that has the focus. */
function arrowKeys(stage, pane, act) {
  const away = (event) => event.target !== document.body && !pane().element.contains(event.target);
  const nudge = (px) => (event) => {
    const chosen = selection(act.state);
    if (away(event) && !chosen?.box && !chosen?.measure) return false;
    const [dx, dy] = ARROWS[event.key];
    if (pane() !== stage || !act.nudge(dx * px, dy * px)) pane().pan(-dx * PAN_PX, -dy * PAN_PX);
    return true;
  };
  const size = (event) => {
    const [dx, dy] = ARROWS[event.key];
    return act.nudge(dx * NUDGE_PX.far, dy * NUDGE_PX.far, { resize: true });
  };
  return { nudge: nudge(NUDGE_PX.near), "nudge:far": nudge(NUDGE_PX.far), size };
}

function measureKeys({ measuring }) {
  return {
    "tool:length": () => measuring.key("length"), "tool:angle": () => measuring.key("angle"), "tool:ctr": () => measuring.key("ctr"),
    "point:next": () => measuring.stepPoint(1), "point:previous": () => measuring.stepPoint(-1),
  };
}

function findingKeys(act, panel, fields) {
  const decide = (action) => () => act.decide(action, undefined, { toggle: false });
  return {
    next: () => act.step(1), previous: () => act.step(-1),
    accept: decide("accept"), correct: decide("correct"), reject: decide("reject"),
    label: () => act.relabel(), details: () => panel.focusDetails(act.state.selected),
    side: () => act.turn("laterality"), certainty: () => act.turn("certainty"),
    delete: () => act.remove(selection(act.state)?.key), whole: () => act.focusWhole(),
    nofinding: () => act.noFinding(!act.state.review.no_finding), "box:place": () => act.placeBox(),
    notes: () => panel.focusOn(fields.notes), impression: () => panel.focusOn(fields.impression),
  };
}

function processingKeys({ processing, filters, loupe, compare, act }) {
  return {
    compare: () => compare.toggle(), "compare:link": () => compare.isOpen && compare.link(), "compare:swap": () => compare.swap(),
    loupe: (event) => loupe.next(event), filters: () => filters.toggle(),
    "filter:toggle": () => processing.toggle() || act.say("The original image."),
  };
}

/** context: {store, stage, act, panel, editing, fields, dialog, links, stepImage, read, processing, filters, loupe, compare}. */
export function keyActions(context) {
  const { store, stage, act, panel, editing, fields, dialog, links, stepImage, read } = context;
  const tool = (name) => () => store.set({ tool: name });
  const pane = () => context.compare.pane;
  const escape = () => {
    act.dismiss();
    if (act.measuring.cancel() || panel.drawer.close()) return;
    context.loupe.off();
    if (document.activeElement !== document.body) document.activeElement.blur();
    if (!store.state.selected) store.set({ tool: "window" });
    act.select(null);
  };
  return {
    "tool:select": tool("select"), "tool:window": tool("window"), "tool:pan": tool("pan"), "tool:box": tool("box"),
    ...viewKeys(pane), ...windowKeys(pane), ...arrowKeys(stage, pane, act), ...findingKeys(act, panel, fields), ...measureKeys(act),
    ...processingKeys(context),
    show: () => {
      const { model, reader, before, others, measures } = store.state.show;
      const on = !(model || reader || before || others || measures);
      act.show({ model: on, reader: on, before: on, others: on, measures: on });
    },
    heat: () => act.heat({ on: !store.state.heat.on }),
    undo: () => editing.undo(), redo: () => editing.redo(),
    "image:next": () => stepImage(1), "image:previous": () => stepImage(-1),
    "read:goon": () => read.goOn(), sign: () => links.sign.hidden || links.sign.click(), "case:next": () => links.next.hidden || links.next.click(),
    sheet: () => (dialog.open ? dialog.close() : dialog.showModal()), escape,
  };
}
