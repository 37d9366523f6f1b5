// Which side of the patient a box is on, where the image says how the patient lies in it. DOM-free.

const SIDES = ["L", "R"];
const MIDDLE_SHARE = 0.06;

/**
 * "L" or "R" for a box that lies on one side of the image's middle, else "". Only from Patient Orientation (0020,0020):
 * where rows or columns lead to the patient's left or right (DICOM PS3.3 C.7.6.1.1.1). Without it there is no guess: a
 * file may be mirrored. It is a suggestion, for the image's middle need not be the patient's.
 */
export function suggestedSide(box, image) {
  if (!box || !image) return "";
  const [row = "", column = ""] = (image.patient_orientation || "").split(/[\\/]/).map((part) => part.trim().slice(0, 1));
  if (SIDES.includes(row)) return sideAlong(row, box[0], box[2], image.columns);
  if (SIDES.includes(column)) return sideAlong(column, box[1], box[3], image.rows);
  return "";
}

/** ahead: the side that growing coordinates lead to. */
function sideAlong(ahead, low, high, size) {
  const behind = ahead === "L" ? "R" : "L";
  const margin = MIDDLE_SHARE * size;
  if (low > size / 2 - margin && (low + high) / 2 > size / 2 + margin) return ahead;
  if (high < size / 2 + margin && (low + high) / 2 < size / 2 - margin) return behind;
  return "";
}

/** What follows in a list of values, round and round. */
export const following = (values, now) => values[(values.indexOf(now) + 1) % values.length];
