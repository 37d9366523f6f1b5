// What controls and keys do to findings. One object: the panel, the tools on the stage and the keys all call it.
import { isBigEnough, moveBox, resizeBox, screenRect, tidy } from "./boxes.js";
import * as commands from "./commands.js";
import { kindOf } from "./entry.js";
import { CERTAINTY, LATERALITY } from "./details.js";
import { keyOf } from "./keys.js";
import { following } from "./laterality.js";
import { allRows, canEdit, selection } from "./store.js";
import { matrix, visibleRect } from "./viewport.js";

const DECISIONS = { accept: "ACCEPTED", correct: "CORRECTED", reject: "REJECTED" };
const RECENT_LABELS = 6;

export class Actions {
  /** context: {store, editing, stage, overlay, floating, say}; panel and measuring are set when they are made. */
  constructor(context) {
    Object.assign(this, context);
  }

  get state() { return this.store.state; }

  /** False, with words, where nothing may be changed. */
  #mayEdit() {
    if (canEdit(this.state)) return true;
    this.say(this.state.reviewState === "COMPLETED" ? "This read is completed." : "This case cannot be changed now.");
    return false;
  }

  #run(command, options) {
    const done = this.editing.run(command, options);
    if (done) this.say(command.title);
    return done;
  }

  seal() { this.editing.history.seal(); }

  select(id, { reveal = true } = {}) {
    this.store.set({ selected: id });
    if (reveal && id) queueMicrotask(() => this.panel.reveal(id));
  }

  step(by) {
    const rows = allRows(this.state);
    if (!rows.length) return this.say("No findings on this image");
    const now = rows.findIndex((row) => row.id === this.state.selected);
    const next = now < 0 ? (by > 0 ? 0 : rows.length - 1) : (now + by + rows.length) % rows.length;
    const chosen = rows[next];
    this.say(chosen.proposal?.name ?? chosen.name);
    return this.select(chosen.id);
  }

  /** action: accept, correct or reject. toggle: the same decision again takes it back. */
  decide(action, id = this.state.selected, { toggle = true } = {}) {
    if (!this.#mayEdit()) return;
    const row = allRows(this.state).find((candidate) => candidate.id === id);
    if (!row?.proposal) {
      this.say(`Select one of the model\u2019s findings first (${keyOf("next")})`);
      return;
    }
    this.select(id);
    const before = row.decision?.fields.decision;
    if (before === DECISIONS[action] && action !== "correct") {
      if (toggle) this.remove(row.decision.key);
      return;
    }
    if (action === "correct") this.relabel();
    else {
      const key = this.editing.keyFor(row.proposal.id);
      this.#run(commands.decide(this.state, row.proposal, DECISIONS[action], key), { merge: `decide:${key}` });
      if (action === "reject") this.#askReason(key, row);
      else this.seal();
    }
  }

  #askReason(key, row) {
    this.floating.open({
      at: this.#beside(row.proposal.box), title: "Why reject? One digit is enough (Esc: not stated)", options: this.state.rejectReasons, digits: true,
      onPick: (code) => {
        this.edit(key, { reject_reason: code }, `decide:${key}`);
        this.#settle();
      },
      onCancel: () => this.#settle(),
    });
  }

  #settle() {
    this.seal();
    this.focusStage();
  }

  focusStage() { this.stage.element.focus({ preventScroll: true }); }

  /** A place on the stage beside a box; near the panel where there is none. */
  #beside(box) {
    if (!box) return { x: this.stage.size.width, y: 48 };
    const rect = screenRect(box, matrix(this.stage.view, this.stage.image));
    return { x: rect.x + rect.width + 16, y: rect.y };
  }

  #askLabel({ title, box, current, onPick, onCancel = () => {} }) {
    const recent = [current, ...this.state.recent].filter(Boolean);
    this.floating.open({
      at: this.#beside(box), title, options: this.state.vocabulary, recent,
      onPick: (code) => {
        const used = this.state.recent.filter((other) => other !== code);
        this.store.set({ recent: [code, ...used].slice(0, RECENT_LABELS) });
        onPick(code);
        this.focusStage();
      },
      onCancel: () => {
        onCancel();
        this.focusStage();
      },
    });
  }

  /** Another label for the selection; on an open proposal this is a correction. */
  relabel() {
    if (!this.#mayEdit()) return;
    const chosen = selection(this.state);
    if (!chosen || chosen.measure || chosen.id.startsWith("s:")) return;
    const title = chosen.proposal ? "Correct to (Enter keeps the label)" : "Label";
    this.#askLabel({
      title, box: chosen.box, current: chosen.label,
      onPick: (label) => this.#label(chosen, label),
    });
  }

  #label(chosen, label) {
    if (!chosen.proposal) this.edit(chosen.key, { label });
    else {
      const key = this.editing.keyFor(chosen.proposal.id);
      this.#run(commands.decide(this.state, chosen.proposal, "CORRECTED", key, { label }));
      this.say("Corrected. Drag the box or use the arrow keys to move it.");
    }
  }

  drawn(box) {
    if (!this.#mayEdit()) {
      this.overlay.showDraft(null);
      return;
    }
    this.overlay.showDraft(box);
    this.store.set({ draft: box });
    const end = () => {
      this.overlay.showDraft(null);
      this.store.set({ draft: null });
    };
    this.#askLabel({
      title: "What is it? (Esc drops the box)", box, onCancel: end,
      onPick: (label) => {
        end();
        this.#add(label, box);
      },
    });
  }

  /** A box for the keyboard: a quarter of what is in sight, in its middle. */
  placeBox() {
    const { stage } = this;
    if (!stage.image || !this.#mayEdit()) return;
    const seen = visibleRect(stage.view, stage.image, stage.size);
    const [w, h] = [(seen.x1 - seen.x0) / 8, (seen.y1 - seen.y0) / 8];
    const [x, y] = [(seen.x0 + seen.x1) / 2, (seen.y0 + seen.y1) / 2];
    this.drawn(tidy([x - w, y - h, x + w, y + h], stage.image));
  }

  addWhole(label) {
    if (this.#mayEdit()) this.#add(label, null);
  }

  #add(label, box) {
    const key = this.editing.newId();
    this.#run(commands.add(this.state, { image: this.state.imageId, label, box }, key));
    this.select(`f:${key}`);
  }

  edit(key, patch, merge = "") {
    if (this.#mayEdit()) this.#run(commands.edit(this.state, key, patch), { merge });
  }

  /** The next value of laterality or certainty of the selected finding, in words. */
  turn(name) {
    const chosen = selection(this.state);
    if (!chosen?.fields || chosen.fields.decision === "REJECTED") {
      this.say("Accept, correct or draw the finding first.");
      return;
    }
    const options = name === "laterality" ? LATERALITY : CERTAINTY;
    const value = following(options.map(([code]) => code), chosen.fields[name]);
    this.edit(chosen.key, { [name]: value }, `${name}:${chosen.key}`);
    this.say(options.find(([code]) => code === value)[1]);
  }

  remove(key) {
    if (!key || !this.#mayEdit()) return;
    this.#run(kindOf(key) === "measurement" ? commands.measure(this.state, key, null) : commands.remove(this.state, key));
  }

  /** A word on a prior's finding, or NEW on one of one's own; "" takes it back. */
  compare(finding, word) {
    if (this.#mayEdit()) this.#run(commands.compare(this.state, finding, word));
  }

  /** A box was moved or resized on the stage; the model's own box becomes a correction. */
  changeBox(id, box, merge = "") {
    const row = allRows(this.state).find((candidate) => candidate.id === id);
    if (!row || !this.#mayEdit()) return;
    const key = row.proposal ? row.decision?.key : row.key;
    if (key) this.edit(key, { box }, merge);
    else this.#run(commands.decide(this.state, row.proposal, "CORRECTED", this.editing.newId(), { box }), { merge });
  }

  /** Arrow keys: move or resize the selected box. False where there is none, so that the view pans instead. */
  nudge(dx, dy, { resize = false } = {}) {
    const chosen = selection(this.state);
    if (!this.stage.image || !(chosen?.box || chosen?.measure)) return false;
    const { image, view } = this.stage;
    const m = matrix({ ...view, scale: 1 }, image);
    const [ix, iy] = [m[0] * dx + m[1] * dy, m[2] * dx + m[3] * dy];
    if (chosen.measure) {
      this.measuring.nudge(chosen, ix, iy);
      return true;
    }
    if (chosen.proposal && !["ACCEPTED", "CORRECTED"].includes(chosen.fields?.decision)) {
      this.say(`Accept (${keyOf("accept")}) or correct (${keyOf("correct")}) it before you move it.`);
      return true;
    }
    const grip = [m[0] + m[1] > 0 ? 1 : 0, m[2] + m[3] > 0 ? 1 : 0];
    const box = resize ? resizeBox(chosen.box, grip, ix, iy, image) : moveBox(chosen.box, ix, iy, image);
    if (isBigEnough(box)) this.changeBox(chosen.id, box, `nudge:${chosen.id}`);
    return true;
  }

  noFinding(value) {
    if (!this.#mayEdit()) return this.store.set({ review: { ...this.state.review } });
    if (this.#run(commands.setNoFinding(this.state, value))) return undefined;
    this.say("There are stated findings: delete or reject them first.");
    return this.store.set({ review: { ...this.state.review } });
  }

  show(patch) { this.store.set({ show: { ...this.state.show, ...patch } }); }

  minScore(minScore) { this.show({ minScore }); }

  heat(patch) { this.store.set({ heat: { ...this.state.heat, ...patch } }); }

  focusWhole() { this.panel.focusWhole(); }

  dismiss() { this.floating.close({ cancel: true }); }

  hover(point) {
    this.readouts?.hover(point);
    this.measuring.hover(point);
  }
}
