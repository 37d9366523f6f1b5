// What stands on the stage besides the image: loading, failure, nothing to show, and the choice among images.
import { h, keyed, setAttribute, setText } from "./dom.js";

/** Title and text for an image that has no pixels to show yet, or null. DOM-free. */
export function withoutPixels(image) {
  if (!image) return { title: "No image in this case", text: "Upload one on the case page." };
  if (image.ingest_state === "FAILED") {
    return { title: "This image could not be read", text: `${image.ingest_message} (${image.ingest_code})` };
  }
  if (image.pixels_url) return null;
  return { title: "Preparing the image", text: "It appears here by itself." };
}

export class Screen {
  constructor(root, { onRetry }) {
    this.title = h("strong", {});
    this.text = h("p", {});
    this.progress = h("progress", { max: 1, value: 0, "aria-label": "Image loaded" });
    this.retry = h("button", { type: "button", text: "Try again", onclick: onRetry });
    this.thumbnail = h("img", { class: "thumbnail", alt: "", hidden: true });
    this.card = h("div", { class: "screen-card", role: "status" }, this.title, this.text, this.progress, this.retry);
    root.append(this.thumbnail, this.card);
    this.root = root;
  }

  #show({ title = "", text = "", progress = null, retry = false, thumbnail = "" }) {
    this.root.hidden = !title;
    setText(this.title, title);
    setText(this.text, text);
    this.progress.hidden = progress === null;
    if (progress !== null) this.progress.value = progress;
    this.retry.hidden = !retry;
    this.thumbnail.hidden = !thumbnail;
    if (thumbnail) setAttribute(this.thumbnail, "src", thumbnail);
  }

  clear() { this.#show({}); }

  loading(image, share) {
    const size = `${image.columns} \u00d7 ${image.rows}, ${image.bits_stored} bit`;
    this.#show({ title: "Loading the image", text: size, progress: share, thumbnail: image.thumbnail_url });
  }

  failed(error) {
    this.#show({ title: "The image could not be loaded", text: error.message, retry: true });
  }

  tell({ title, text, retry = false }) { this.#show({ title, text, retry }); }
}

/** Tabs for the images of a case, where there is more than one. */
export function fillTabs(root, state, onChoose) {
  root.hidden = state.images.length < 2;
  if (root.hidden) return;
  keyed(root, state.images.map((image, i) => ({ image, i })), ({ image }) => image.id, ({ image }) => {
    const name = h("span", {});
    const picture = h("img", { alt: "", width: 36, height: 36, hidden: !image.thumbnail_url, src: image.thumbnail_url });
    const element = h("button", { type: "button", class: "tab", onclick: () => onChoose(image.id) }, picture, name);
    return {
      element,
      update({ image: now, i }) {
        setText(name, `${i + 1} ${now.view_position || ""}`.trim());
        setAttribute(element, "aria-pressed", String(now.id === state.imageId));
        setAttribute(element, "title", `Image ${i + 1} of ${state.images.length} (PageUp, PageDown)`);
        if (now.thumbnail_url && !picture.getAttribute("src")) {
          picture.src = now.thumbnail_url;
          picture.hidden = false;
        }
      },
    };
  });
}
