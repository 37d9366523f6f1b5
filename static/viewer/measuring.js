// Measuring on the stage: drawing point by point, dragging points, nudging them by keyboard.
import * as commands from "./commands.js";
import { keyFor } from "./entry.js";
import { keyOf } from "./keys.js";
import { NAMES, PLACES, POINTS, POINT_NAMES, align, isWhole, measure, movePoint, movePoints, tidyPoint } from "./measure.js";
import { canEdit, selection } from "./store.js";
import { toImage } from "./viewport.js";

const NEXT = {
  length: ["Drag from one end to the other", "Now the other end"],
  angle: ["Drag along one arm to the corner", "Now the corner", "Now the end of the other arm"],
  ctr: ["Drag across the heart at its widest", "Now the other side of the heart", "Now drag across the inside of the thorax at its widest", "Now the other side of the thorax"],
};

export class Measuring {
  #points = [];
  #kind = "";

  /** context: {store, editing, stage, layer, say, select(id)}. */
  constructor(context) {
    Object.assign(this, context);
  }

  get state() { return this.store.state; }

  isTool(tool) { return tool in POINTS; }

  /** The tool's key: takes the tool up; once more, places a measurement in the middle to be moved by keyboard. */
  key(kind) {
    if (this.state.tool === kind) this.#place(kind);
    else {
      this.store.set({ tool: kind });
      this.say(`${NAMES[kind]}: ${NEXT[kind][0].toLowerCase()}, or press the key again to place it.`);
    }
  }

  #mayEdit() {
    if (canEdit(this.state)) return true;
    this.say("This case cannot be changed now.");
    return false;
  }

  #toImage(point) {
    const { x, y } = toImage(this.stage.view, this.stage.image, point.x, point.y);
    return tidyPoint([x, y], this.stage.image);
  }

  #place(kind) {
    const { image, size } = this.stage;
    if (!image || !this.#mayEdit()) return;
    this.cancel();
    const points = PLACES[kind].map(([x, y]) => this.#toImage({ x: x * size.width, y: y * size.height }));
    this.#make(kind, align(kind, points));
  }

  #make(kind, points) {
    const { image } = this.stage;
    if (!isWhole(kind, points)) {
      this.say("Too short to be measured.");
      return;
    }
    const key = keyFor("measurement", this.editing.newId());
    this.editing.run(commands.measure(this.state, key, { image: image.id, kind, points }));
    this.select(`m:${key}`);
    this.say(`${NAMES[kind]} ${measure(kind, points, image).text}`);
  }

  /** What a press on the stage begins: {move, end, cancel, ownClick}, or null when it is none of this. */
  begin(event, point) {
    const chosen = selection(this.state);
    const grip = event.target.closest("[data-point]");
    if (chosen?.measure && canEdit(this.state)) {
      if (grip) return this.#dragOf(chosen, Number(grip.dataset.point), point);
      const onLine = event.target.closest(".measure.selected .hit");
      if (onLine && !this.isTool(this.state.tool)) return this.#dragOf(chosen, null, point);
    }
    return this.isTool(this.state.tool) ? this.#draw(this.state.tool, point) : null;
  }

  /** Moves one point (index) or all of them (null); saved once, when the pointer is lifted. */
  #dragOf(chosen, index, start) {
    const { image } = this.stage;
    const { kind, points: original } = chosen.measure;
    const [fromX, fromY] = this.#toImage(start);
    let points = original;
    const show = () => this.layer.preview(chosen.id, points, measure(kind, points, image).text);
    return {
      move: (point) => {
        const [x, y] = this.#toImage(point);
        points = index === null
          ? movePoints(original, x - fromX, y - fromY, image) : movePoint(kind, original, index, [x, y], image);
        show();
      },
      end: (_point, moved) => {
        if (index !== null) this.store.set({ grip: { id: chosen.id, index } });
        if (moved && isWhole(kind, points)) this.#save(chosen, points);
        else this.#restore(chosen);
      },
      cancel: () => this.#restore(chosen),
      ownClick: index !== null,
    };
  }

  #restore({ id, measure: { kind, points } }) {
    this.layer.preview(id, points, measure(kind, points, this.stage.image).text);
  }

  #save(chosen, points, merge = "") {
    const after = { ...chosen.measure, points };
    if (this.editing.run(commands.measure(this.state, chosen.key, after), { merge })) {
      this.say(measure(after.kind, points, this.stage.image).text);
    }
  }

  /** Dragging draws a line from end to end; clicking sets its ends one by one. */
  #draw(kind, start) {
    if (!this.#mayEdit()) return { move: () => {}, ownClick: true };
    if (this.#kind !== kind) this.cancel();
    this.#kind = kind;
    const before = [...this.#points];
    const starts = !before.length || (kind === "ctr" && before.length === 2);
    const first = this.#toImage(start);
    const so = (point) => [...before, ...(starts ? [first] : []), this.#toImage(point)];
    return {
      move: (point) => this.#preview(so(point)),
      end: (point, moved) => this.#take(moved ? so(point) : [...before, first]),
      cancel: () => this.#preview(before),
      ownClick: true,
    };
  }

  #take(points) {
    const kind = this.#kind;
    this.#points = align(kind, points.slice(0, POINTS[kind]));
    if (this.#points.length === POINTS[kind]) {
      const whole = this.#points;
      this.cancel();
      this.#make(kind, whole);
      return;
    }
    this.#preview(this.#points);
    this.say(NEXT[kind][this.#points.length]);
  }

  #preview(points) {
    const kind = this.#kind;
    const laid = align(kind, points);
    const whole = isWhole(kind, laid);
    const { text } = whole ? measure(kind, laid, this.stage.image) : { text: "" };
    this.layer.showDraft(laid.length ? { kind, points: laid, text } : null);
  }

  /** The line to the pointer while points are still missing. */
  hover(point) {
    if (!this.#points.length || !point || !this.stage.image) return;
    if (this.state.tool !== this.#kind) this.cancel();
    else this.#preview([...this.#points, this.#toImage(point)]);
  }

  /** Drops what is half drawn. True when there was something. */
  cancel() {
    const had = this.#points.length > 0;
    this.#points = [];
    this.#kind = "";
    this.layer.showDraft(null);
    return had;
  }

  /** Chooses the next point for the arrow keys; after the last one, all of them. */
  stepPoint(by) {
    const chosen = selection(this.state);
    if (!chosen?.measure) {
      this.say(`Select a measurement first (${keyOf("next")}).`);
      return;
    }
    const { kind } = chosen.measure;
    const states = POINTS[kind] + 1;
    const now = this.#gripOf(chosen.id) ?? POINTS[kind];
    const next = (now + by + states) % states;
    const all = next === POINTS[kind];
    this.store.set({ grip: all ? null : { id: chosen.id, index: next } });
    this.say(all ? `The whole ${NAMES[kind].toLowerCase()}` : POINT_NAMES[kind][next]);
  }

  #gripOf(id) {
    const { grip } = this.state;
    return grip?.id === id ? grip.index : null;
  }

  /** Arrow keys: the chosen point, or all of them, by image pixels. */
  nudge(chosen, dx, dy) {
    if (!this.#mayEdit()) return;
    const { image } = this.stage;
    const { kind, points } = chosen.measure;
    const index = this.#gripOf(chosen.id);
    const next = index === null
      ? movePoints(points, dx, dy, image)
      : movePoint(kind, points, index, [points[index][0] + dx, points[index][1] + dy], image);
    if (isWhole(kind, next)) this.#save(chosen, next, `nudge:${chosen.id}:${index}`);
  }
}
