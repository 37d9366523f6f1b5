// Pixels on the canvas: a table lookup over the visible part of the pyramid level that fits the zoom.
import { displayTable, modalityTable } from "./lut.js";
import { levelFor, matrix, visibleRect } from "./viewport.js";

const SHARP_FROM = 6;

/** 8-bit levels as opaque RGBA words. Canvas image data is RGBA bytes; every browser's host is little-endian. */
function packed(levels) {
  const words = new Uint32Array(levels.length);
  for (let i = 0; i < levels.length; i += 1) words[i] = 0xff000000 | (levels[i] * 0x010101);
  return words;
}

export class Renderer {
  #image = null;
  #modality = null;
  #table = null;
  #tableKey = "";
  #tile = document.createElement("canvas");
  #tileKey = "";
  #heat = null;

  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false });
    this.tileContext = this.#tile.getContext("2d", { alpha: false });
  }

  /** levels: pyramid of stored values, full size first. */
  setImage(grid, levels) {
    this.#image = { grid, levels, width: levels[0].width, height: levels[0].height };
    this.#modality = modalityTable(grid);
    this.#tableKey = "";
  }

  /** Other pixels of the same image: a filter's result, or the original again. */
  setLevels(levels) {
    this.#image = { ...this.#image, levels };
    this.#tileKey = "";
  }

  clear() {
    this.#image = null;
    this.#heat = null;
    this.context.setTransform(1, 0, 0, 1, 0, 0);
    this.context.fillStyle = "#000";
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
  }

  /** heat: RGBA picture {pixels, rows, columns} that stretches over the whole image, or null. */
  setHeat(heat) {
    this.#heat = null;
    if (!heat) return;
    const small = document.createElement("canvas");
    small.width = heat.columns;
    small.height = heat.rows;
    small.getContext("2d").putImageData(new ImageData(heat.pixels, heat.columns, heat.rows), 0, 0);
    this.#heat = small;
  }

  #lookup(voi, invert) {
    const key = `${JSON.stringify(voi)}|${invert}`;
    if (key === this.#tableKey) return;
    const options = { invert, modality: this.#modality };
    this.#table = packed(displayTable(this.#image.grid, voi, options));
    this.#tableKey = key;
    this.#tileKey = "";
  }

  /** Fills the tile with the visible part of one level; gives its place in image pixels. */
  #fill(view, size, dpr) {
    const { levels } = this.#image;
    const index = levelFor(view.scale * dpr, levels.length);
    const level = levels[index];
    const step = 2 ** index;
    const seen = visibleRect(view, this.#image, size);
    const x0 = Math.max(0, Math.floor(seen.x0 / step) - 1);
    const y0 = Math.max(0, Math.floor(seen.y0 / step) - 1);
    const width = Math.min(level.width, Math.ceil(seen.x1 / step) + 1) - x0;
    const height = Math.min(level.height, Math.ceil(seen.y1 / step) + 1) - y0;
    if (width <= 0 || height <= 0) return null;
    const key = `${index}|${x0}|${y0}|${width}|${height}`;
    if (key !== this.#tileKey) {
      this.#tileKey = key;
      this.#paintTile(level, x0, y0, width, height);
    }
    return { x: x0 * step, y: y0 * step, width: width * step, height: height * step };
  }

  #paintTile(level, x0, y0, width, height) {
    if (this.#tile.width !== width || this.#tile.height !== height) {
      this.#tile.width = width;
      this.#tile.height = height;
    }
    const picture = this.tileContext.createImageData(width, height);
    const out = new Uint32Array(picture.data.buffer);
    const table = this.#table;
    const { data } = level;
    for (let y = 0, to = 0; y < height; y += 1) {
      let from = (y0 + y) * level.width + x0;
      for (const end = from + width; from < end; from += 1, to += 1) out[to] = table[data[from]];
    }
    this.tileContext.putImageData(picture, 0, 0);
  }

  /** size: stage in CSS px. heatOpacity: 0 hides the heat map. */
  draw({ view, size, voi, invert, heatOpacity }) {
    const { canvas, context } = this;
    const dpr = window.devicePixelRatio || 1;
    const [w, h] = [Math.round(size.width * dpr), Math.round(size.height * dpr)];
    if (canvas.width !== w || canvas.height !== h) {
      canvas.width = w;
      canvas.height = h;
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "#000";
    context.fillRect(0, 0, w, h);
    if (!this.#image) return;
    this.#lookup(voi, invert);
    const place = this.#fill(view, size, dpr);
    context.setTransform(...matrix(view, this.#image).map((v) => v * dpr));
    if (place) {
      context.imageSmoothingEnabled = view.scale * dpr < SHARP_FROM;
      context.imageSmoothingQuality = "medium";
      this.#drawClipped(place);
    }
    if (!this.#heat || !heatOpacity) return;
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = "high";
    context.globalAlpha = heatOpacity;
    context.drawImage(this.#heat, 0, 0, this.#image.width, this.#image.height);
    context.globalAlpha = 1;
  }

  /** A coarse level may reach a little past the image where its size is odd. */
  #drawClipped({ x, y, width, height }) {
    const { width: w, height: h } = this.#image;
    if (x + width <= w && y + height <= h) {
      this.context.drawImage(this.#tile, x, y, width, height);
      return;
    }
    this.context.save();
    this.context.beginPath();
    this.context.rect(0, 0, w, h);
    this.context.clip();
    this.context.drawImage(this.#tile, x, y, width, height);
    this.context.restore();
  }
}
