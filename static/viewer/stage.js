// The image on its stage: loading, window, view. Everything about how it looks, nothing about what is found in it.
import { colourise, mapOf } from "./heatmap.js";
import { modalityValue, presets, statistics, windowOfLut } from "./lut.js";
import { buildPyramid, decodePixels, histogram } from "./pixels.js";
import { Renderer } from "./renderer.js";
import * as viewport from "./viewport.js";

const CACHED_IMAGES = 3;

export class Stage extends EventTarget {
  view = viewport.initialView();
  image = null;
  voi = { kind: "window", center: 128, width: 256 };
  inverted = false;
  presets = [];
  shownLevels = [];
  #api;
  #cache = new Map();
  #heatFiles = new Map();
  #frame = 0;
  #loading = null;
  #heatOpacity = 0;
  #heatWanted = "";
  #fitted = true;

  constructor(element, canvas, api) {
    super();
    this.element = element;
    this.renderer = new Renderer(canvas);
    this.#api = api;
    this.size = { width: element.clientWidth, height: element.clientHeight };
    new ResizeObserver(() => this.#resized()).observe(element);
  }

  /** Shows an image (API object). Emits "loading" {share}, then "loaded" or "failed" {error}. */
  async show(image) {
    this.#loading?.abort();
    const loading = new AbortController();
    this.#loading = loading;
    this.image = null;
    this.renderer.clear();
    try {
      const ready = await this.#load(image, loading.signal);
      if (loading.signal.aborted) return;
      this.#start(image, ready);
      this.#emit("loaded");
    } catch (error) {
      if (!loading.signal.aborted) this.#emit("failed", { error });
    }
  }

  async #load(image, signal) {
    if (this.#cache.has(image.id)) return this.#cache.get(image.id);
    const count = image.rows * image.columns;
    const onProgress = (share) => this.#emit("loading", { share });
    const bytes = await this.#api.bytes(image.pixels_url, { expected: count * 2, onProgress, signal });
    const data = await decodePixels(bytes, count);
    const levels = buildPyramid({ width: image.columns, height: image.rows, data });
    const ready = { levels, stats: statistics(image, histogram(data)) };
    this.#cache.set(image.id, ready);
    if (this.#cache.size > CACHED_IMAGES) this.#cache.delete(this.#cache.keys().next().value);
    return ready;
  }

  /** New facts (an analysis that ended) on the image that is showing. */
  refresh(image) {
    if (this.image?.id === image.id) this.image = { ...this.image, ...image };
  }

  #start(image, { levels, stats }) {
    this.image = { ...image, width: image.columns, height: image.rows };
    this.levels = levels;
    this.stats = stats;
    this.shownLevels = levels;
    this.presets = presets(image, stats);
    this.voi = this.presets[0].voi;
    this.inverted = false;
    this.renderer.setImage(image, levels);
    this.view = viewport.fit(viewport.initialView(), this.image, this.size);
    this.#fitted = true;
    this.#changed();
  }

  /** Pyramid of a filter's result, or null for the original. Values and statistics stay the original's. */
  setProcessed(levels) {
    if (!this.image) return;
    this.shownLevels = levels ?? this.levels;
    this.renderer.setLevels(this.shownLevels);
    this.#changed();
  }

  #resized() {
    const before = this.size;
    this.size = { width: this.element.clientWidth, height: this.element.clientHeight };
    if (!this.image || !this.size.width) return;
    this.view = this.#fitted
      ? viewport.fit(this.view, this.image, this.size)
      : viewport.recentre(this.view, before, this.size);
    this.#changed();
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /** Draws in the next frame and tells those who draw along ("view"). */
  #changed() {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      if (!this.image) return;
      this.renderer.draw({
        view: this.view, size: this.size, voi: this.voi, invert: this.inverted, heatOpacity: this.#heatOpacity,
      });
      this.#emit("view");
    });
  }

  /** Takes over what a linked stage shows: view, window, inversion. */
  adopt({ view, voi, inverted }) {
    this.voi = voi;
    this.inverted = inverted;
    this.setView(view);
  }

  /** Nothing to show. */
  clear() {
    this.#loading?.abort();
    this.image = null;
    this.renderer.clear();
  }

  setView(view, { fitted = false } = {}) {
    if (!this.image) return;
    this.view = viewport.keepInSight(view, this.image, this.size);
    this.#fitted = fitted;
    this.#changed();
  }

  fit() { if (this.image) this.setView(viewport.fit(this.view, this.image, this.size), { fitted: true }); }

  oneToOne() { this.setView(viewport.oneToOne(this.view, this.size, window.devicePixelRatio)); }

  zoom(factor, x = this.size.width / 2, y = this.size.height / 2) {
    this.setView(viewport.zoomAt(this.view, x, y, factor));
  }

  pan(dx, dy) { this.setView(viewport.pan(this.view, dx, dy)); }

  /** change(view, size): a turn or a mirroring; an image that fills the stage goes on filling it. */
  #turn(change) {
    if (!this.image) return;
    this.setView(change(this.view, this.size), { fitted: this.#fitted });
    if (this.#fitted) this.fit();
  }

  rotate() { this.#turn(viewport.rotate); }

  rotateBack() { this.#turn(viewport.rotateBack); }

  flip() { this.#turn(viewport.flip); }

  flipVertical() { this.#turn(viewport.flipVertical); }

  invert() {
    this.inverted = !this.inverted;
    this.#changed();
  }

  reset() {
    if (!this.image) return;
    this.voi = this.presets[0].voi;
    this.inverted = false;
    this.view = viewport.initialView();
    this.fit();
  }

  usePreset(index) {
    if (!this.presets[index]) return;
    this.voi = this.presets[index].voi;
    this.#changed();
  }

  /** The window now showing; where a VOI LUT shows, the window that it covers. */
  currentWindow() {
    return this.voi.kind === "window" ? this.voi : windowOfLut(this.image);
  }

  setWindow(center, width) {
    const least = this.image.voi_function === "LINEAR" ? 1 : 0.01;
    this.voi = { kind: "window", center, width: Math.max(least, width) };
    this.#changed();
  }

  /** Grey levels a pixel of drag: the range of the image over a hand's width. */
  get windowStep() {
    return Math.max((this.stats.highPercentile - this.stats.lowPercentile) / 600, 0.01);
  }

  /** Stored and modality value at a screen point, or null beside the image. */
  valueAt(x, y) {
    const point = viewport.toImage(this.view, this.image, x, y);
    const [column, row] = [Math.floor(point.x), Math.floor(point.y)];
    if (column < 0 || row < 0 || column >= this.image.width || row >= this.image.height) return null;
    const stored = this.levels[0].data[row * this.image.width + column];
    return { column, row, value: modalityValue(this.image, stored) };
  }

  /** Shows the heat map of a label (null hides it). Gives false when there is none or it could not be fetched. */
  async showHeat(label, opacity) {
    this.#heatOpacity = opacity;
    const description = this.image?.analysis?.heatmaps;
    const wanted = label && description ? `${description.url}|${label}` : "";
    if (wanted === this.#heatWanted) {
      this.#changed();
      return true;
    }
    this.#heatWanted = wanted;
    if (!wanted) {
      this.renderer.setHeat(null);
      this.#changed();
      return false;
    }
    try {
      const map = mapOf(await this.#heatFile(description), description, label);
      if (this.#heatWanted !== wanted) return true;
      this.renderer.setHeat(map && { ...description, pixels: colourise(map) });
      this.#changed();
      if (map?.every((value) => value === 0)) this.dispatchEvent(new Event("heat-empty"));
      return Boolean(map);
    } catch {
      this.#heatWanted = "";
      return false;
    }
  }

  async #heatFile(description) {
    const { url, labels, rows, columns } = description;
    if (!this.#heatFiles.has(url)) {
      const bytes = this.#api.bytes(url, { expected: labels.length * rows * columns });
      this.#heatFiles.set(url, bytes);
      bytes.catch(() => this.#heatFiles.delete(url));
    }
    return this.#heatFiles.get(url);
  }
}
