// What is drawn over the image: by kind, by finding, by reader. DOM-free.
import { nameOf } from "./labels.js";

/** [name in state.show, words, swatch] of each kind. */
export const KINDS = [
  ["model", "Model\u2019s boxes", "model"], ["reader", "Your boxes", "reader"], ["before", "As you committed", "before"], ["others", "Other readers", "other"],
  ["measures", "Measurements", "measure"], ["lungs", "Lungs", "lungs"], ["ratio", "Automatic ratio", "ratio"],
];

export const ALL_SHOWN = {
  model: true, reader: true, before: true, others: true, measures: true, lungs: false, ratio: false, minScore: 0, hiddenLabels: [], hiddenReaders: [],
};

/** Findings with a box on this image that were committed before the model was shown: {label, name, box}. */
export const committedOn = ({ read, imageId }) => (read?.changes?.before.findings ?? []).filter(({ image, box }) => image === imageId && box);

export const isLabelShown = (state, label) => !state.show.hiddenLabels.includes(label);

export const isReaderShown = (state, reader) => state.show.others && !state.show.hiddenReaders.includes(reader);

/** The same list with `item` in it or out of it. */
export const toggled = (list, item, inside) => (inside ? [...list.filter((other) => other !== item), item] : list.filter((other) => other !== item));

/** Labels that have a box on this image: [{code, name}], by name. */
export function labelChoices(state) {
  const here = ({ image, box }) => image === state.imageId && box;
  const labels = [...state.proposals, ...state.findings.values(), ...state.others, ...committedOn(state)].filter(here).map(({ label }) => label);
  return [...new Set(labels)].map((code) => ({ code, name: nameOf(state.vocabulary, code) })).sort((a, b) => a.name.localeCompare(b.name));
}

/** Names of the other readers who marked or measured on this image. */
export function readerChoices(state) {
  const here = [...state.others, ...state.othersMeasured].filter(({ image }) => image === state.imageId);
  return [...new Set(here.map(({ reader }) => reader))].sort();
}

/** Which kinds there are on this image; what is not there is not offered. */
export function kindsThere(state, image) {
  const { analysis } = image ?? {};
  return {
    model: state.proposals.some((proposal) => proposal.image === image?.id), reader: true, measures: true,
    before: committedOn(state).length > 0, others: readerChoices(state).length > 0, lungs: Boolean(analysis?.lungs), ratio: Boolean(analysis?.lungs?.ratio),
  };
}
