// Stored pixel values in the browser: decode, mean pyramid, histogram. DOM-free.

/** Expected trouble with pixels, with words for the reader. */
export class PixelsError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

const LITTLE_ENDIAN_HOST = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function isGzip(bytes) {
  return bytes.length > 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

async function gunzip(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * (rows * columns) Uint16Array from little-endian bytes, gzipped or not (a server that sends Content-Encoding has
 * the browser unpack them already). Raises PixelsError `pixels_truncated` or `pixels_unreadable`.
 */
export async function decodePixels(bytes, count) {
  let plain = bytes;
  if (bytes.byteLength !== count * 2 && isGzip(bytes)) {
    try {
      plain = await gunzip(bytes);
    } catch {
      throw new PixelsError("pixels_unreadable", "The pixel data could not be unpacked.");
    }
  }
  if (plain.byteLength !== count * 2) {
    throw new PixelsError(
      "pixels_truncated", `The pixel data is incomplete: ${plain.byteLength} of ${count * 2} bytes.`);
  }
  const aligned = plain.byteOffset % 2 ? plain.slice() : plain;
  const values = new Uint16Array(aligned.buffer, aligned.byteOffset, count);
  if (LITTLE_ENDIAN_HOST) return values;
  return values.map((v) => ((v & 0xff) << 8) | (v >> 8));
}

/** Mean of each 2 x 2 block, rounded; an odd last row or column counts twice. */
export function halve({ width, height, data }) {
  const w = (width + 1) >> 1;
  const h = (height + 1) >> 1;
  const out = new Uint16Array(w * h);
  const even = width >> 1;
  for (let y = 0; y < h; y += 1) {
    let top = 2 * y * width;
    let below = 2 * y + 1 < height ? top + width : top;
    let to = y * w;
    for (let x = 0; x < even; x += 1, top += 2, below += 2, to += 1) {
      out[to] = (data[top] + data[top + 1] + data[below] + data[below + 1] + 2) >> 2;
    }
    if (even < w) out[to] = (data[top] + data[below] + 1) >> 1;
  }
  return { width: w, height: h, data: out };
}

/** Level k has 1 / 2^k of the size: zooming out reads a level near the screen's size and does not alias. */
export function buildPyramid(image, smallest = 512) {
  const levels = [image];
  let last = image;
  while (last.width > smallest || last.height > smallest) {
    last = halve(last);
    levels.push(last);
  }
  return levels;
}

/** How often each stored value occurs: Uint32Array(65536). */
export function histogram(data) {
  const counts = new Uint32Array(65536);
  for (let i = 0; i < data.length; i += 1) counts[data[i]] += 1;
  return counts;
}
