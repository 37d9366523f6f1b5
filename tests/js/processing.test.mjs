// Filters beside a prior: on the selected study, on both while they are linked.
import assert from "node:assert/strict";
import test from "node:test";
import { Filters, Processing } from "../../static/viewer/processing.js";

class Stage extends EventTarget {
  image = null;
  setProcessed() {}
}

function sideBySide() {
  const stages = [new Stage(), new Stage()];
  const compare = Object.assign(new EventTarget(), { pane: stages[0], isOpen: false, isTogether: false });
  const [first, second] = stages.map((stage) => new Processing(stage));
  const filters = new Filters(first, compare);
  filters.add(second);
  const open = (patch) => Object.assign(compare, { isOpen: true }, patch);
  const on = () => [first, second].map(({ filter }) => filter?.id ?? null);
  return { stages, compare, first, second, filters, open, on };
}

test("alone it is the one study's, and says nothing of reach", () => {
  const { filters, on } = sideBySide();
  filters.choose("clahe");
  assert.deepEqual([on(), filters.reach], [["clahe", null], ""]);
});

test("linked, one choice and one slider are for both; off and on again too", () => {
  const { filters, first, second, open, on } = sideBySide();
  open({ isTogether: true });
  filters.choose("unsharp");
  filters.set("amount", 3);
  assert.deepEqual([on(), first.values.amount, second.values.amount], [["unsharp", "unsharp"], 3, 3]);
  assert.match(filters.reach, /both studies/);
  assert.equal(filters.toggle(), false);
  assert.deepEqual(on(), [null, null]);
  assert.equal(filters.toggle(), true);
  assert.deepEqual([on(), second.values.amount], [["unsharp", "unsharp"], 3]);
});

test("apart, each study has its own, and the list shows that of the selected one", () => {
  const { stages, filters, open, on } = sideBySide();
  open({ pane: stages[0] });
  filters.choose("sobel");
  open({ pane: stages[1] });
  assert.deepEqual([filters.filter, filters.reach], [null, "Acts on the prior."]);
  filters.choose("median");
  assert.deepEqual(on(), ["sobel", "median"]);
  filters.off();
  assert.deepEqual(on(), ["sobel", null]);
});

test("a prior that opens linked takes the filter that is on; its next image opens as it is when apart", () => {
  const { stages, filters, open, on } = sideBySide();
  filters.choose("clahe");
  open({ isTogether: true });
  stages[1].dispatchEvent(new Event("loaded"));
  assert.deepEqual(on(), ["clahe", "clahe"]);
  open({ isTogether: false });
  stages[1].dispatchEvent(new Event("loaded"));
  assert.deepEqual(on(), ["clahe", null]);
});
