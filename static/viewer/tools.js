// Pointer and touch on the stage: which gesture a press begins, and what its moves do.
import { isBigEnough, moveBox, resizeBox, smallestAt, tidy } from "./boxes.js";
import { toImage } from "./viewport.js";

const CLICK_PX = 4;

/** A drag is {move(point, previous), end(point, moved), cancel()}; points are CSS px on the stage. */
function windowDrag(stage) {
  const { center, width } = stage.currentWindow();
  const step = stage.windowStep;
  const total = { x: 0, y: 0 };
  return {
    move(point, previous) {
      total.x += point.x - previous.x;
      total.y += point.y - previous.y;
      stage.setWindow(center + total.y * step, width + total.x * step);
    },
  };
}

const panDrag = (stage) => ({ move: (p, q) => stage.pan(p.x - q.x, p.y - q.y) });

function zoomDrag(stage, start) {
  return { move: (p, q) => stage.zoom(Math.exp((q.y - p.y) / 150), start.x, start.y) };
}

/** Moving (handle null) or resizing a box; saved once, when the pointer is lifted. */
function boxDrag({ stage, overlay, act }, shown, handle, start) {
  const from = toImage(stage.view, stage.image, start.x, start.y);
  const original = shown.box;
  let box = original;
  return {
    move(point) {
      const to = toImage(stage.view, stage.image, point.x, point.y);
      const [dx, dy] = [to.x - from.x, to.y - from.y];
      box = handle ? resizeBox(original, handle, dx, dy, stage.image) : moveBox(original, dx, dy, stage.image);
      overlay.preview(shown.id, box);
    },
    end(_point, moved) {
      if (moved && isBigEnough(box)) act.changeBox(shown.row, box);
      else overlay.preview(shown.id, original);
    },
    cancel: () => overlay.preview(shown.id, original),
  };
}

/** Drawing a new box; the label is asked for when the pointer is lifted. */
function drawDrag({ stage, overlay, act }, start) {
  const from = toImage(stage.view, stage.image, start.x, start.y);
  let box = null;
  return {
    move(point) {
      const to = toImage(stage.view, stage.image, point.x, point.y);
      box = tidy([from.x, from.y, to.x, to.y], stage.image);
      overlay.showDraft(box);
    },
    end(_point, moved) {
      if (moved && box && isBigEnough(box)) act.drawn(box);
      else overlay.showDraft(null);
    },
    cancel: () => overlay.showDraft(null),
  };
}

export class Tools {
  #pointers = new Map();
  #drag = null;
  #start = null;
  #moved = false;
  spaceHeld = false;

  /** context: {element, stage, overlay, act, tool(): name}. */
  constructor(context) {
    this.context = context;
    const { element } = context;
    element.addEventListener("pointerdown", (event) => this.#down(event));
    element.addEventListener("pointermove", (event) => this.#move(event));
    element.addEventListener("pointerup", (event) => this.#up(event));
    element.addEventListener("pointercancel", (event) => this.#cancel(event));
    element.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    element.addEventListener("contextmenu", (event) => event.preventDefault());
    element.addEventListener("pointerleave", () => context.act.hover(null));
  }

  #point(event) {
    const frame = this.context.element.getBoundingClientRect();
    return { x: event.clientX - frame.left, y: event.clientY - frame.top };
  }

  #down(event) {
    const { element, stage, act } = this.context;
    if (!stage.image || event.target.closest("button, input, select, .picker, .popover")) return;
    element.focus({ preventScroll: true });
    element.setPointerCapture(event.pointerId);
    event.preventDefault();
    const point = this.#point(event);
    this.#pointers.set(event.pointerId, point);
    if (this.#pointers.size > 1) {
      this.#drag?.cancel?.();
      this.#drag = null;
      this.#moved = true;
      return;
    }
    act.dismiss();
    this.#start = point;
    this.#moved = false;
    this.#drag = this.#begin(event, point);
  }

  #begin(event, point) {
    const { stage, overlay, act, tool } = this.context;
    if (event.button === 1 || this.spaceHeld) return panDrag(stage);
    if (event.button === 2) return zoomDrag(stage, point);
    const measuring = act.measuring.begin(event, point);
    if (measuring) return measuring;
    const grip = event.target.closest("[data-handle]");
    const chosen = overlay.boxes.find((box) => box.selected && box.editable);
    if (grip && chosen) {
      return boxDrag(this.context, chosen, grip.dataset.handle.split(",").map(Number), point);
    }
    if (tool() === "box") return drawDrag(this.context, point);
    if (tool() === "pan") return panDrag(stage);
    const at = toImage(stage.view, stage.image, point.x, point.y);
    if (chosen && (tool() === "select" || event.target.closest(".box.selected")) && smallestAt([chosen], at)) {
      return boxDrag(this.context, chosen, null, point);
    }
    return tool() === "select" ? panDrag(stage) : windowDrag(stage);
  }

  #move(event) {
    const { stage, act } = this.context;
    const point = this.#point(event);
    const previous = this.#pointers.get(event.pointerId);
    if (!previous) {
      if (stage.image && event.pointerType === "mouse") act.hover(point);
      return;
    }
    if (this.#pointers.size === 2) this.#pinch(event.pointerId, previous, point);
    else if (this.#drag) {
      const far = Math.hypot(point.x - this.#start.x, point.y - this.#start.y) >= CLICK_PX;
      if (!this.#moved && !far) return;
      const from = this.#moved ? previous : this.#start;
      this.#moved = true;
      this.#drag.move(point, from);
    }
    this.#pointers.set(event.pointerId, point);
  }

  /** Two fingers: the distance zooms, the middle pans. */
  #pinch(id, previous, point) {
    const { stage } = this.context;
    const other = [...this.#pointers].find(([key]) => key !== id)[1];
    const distance = (p) => Math.max(1, Math.hypot(p.x - other.x, p.y - other.y));
    stage.zoom(distance(point) / distance(previous), (point.x + other.x) / 2, (point.y + other.y) / 2);
    stage.pan((point.x - previous.x) / 2, (point.y - previous.y) / 2);
  }

  #up(event) {
    if (!this.#pointers.delete(event.pointerId) || this.#pointers.size) return;
    const point = this.#point(event);
    this.#drag?.end?.(point, this.#moved);
    if (!this.#moved && event.button === 0 && this.context.tool() !== "pan" && !this.#drag?.ownClick) this.#click(point);
    this.#drag = null;
  }

  #click(point) {
    const { stage, overlay, act } = this.context;
    const at = toImage(stage.view, stage.image, point.x, point.y);
    const under = document.elementsFromPoint(...Object.values(this.#toPage(point)));
    const closest = (selector) => under.map((e) => e.closest?.(selector)).find(Boolean);
    const measured = closest(".measure");
    if (measured?.dataset.measure?.startsWith("m:")) {
      act.select(measured.dataset.measure);
      return;
    }
    const label = closest(".label-group");
    const labelled = label && overlay.boxes.find((box) => box.id === label.parentNode.dataset.box);
    const hit = labelled || smallestAt(overlay.boxes.filter((box) => box.row), at);
    act.select(hit?.row || null);
  }

  #toPage(point) {
    const frame = this.context.element.getBoundingClientRect();
    return { x: point.x + frame.left, y: point.y + frame.top };
  }

  #cancel(event) {
    this.#pointers.delete(event.pointerId);
    this.#drag?.cancel?.();
    this.#drag = null;
  }

  #wheel(event) {
    const { stage } = this.context;
    if (!stage.image || event.target.closest(".picker, .popover")) return;
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 33 : 1;
    const point = this.#point(event);
    const delta = Math.max(-240, Math.min(240, event.deltaY * lines));
    stage.zoom(Math.exp(-delta / 400), point.x, point.y);
  }
}
