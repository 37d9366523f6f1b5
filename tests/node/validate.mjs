// Validates every .html file of a folder: node validate.mjs FOLDER. Prints a JSON list of what is wrong.
// Every rule of the HTML standard and of accessibility; house style (attribute order, case) is nobody's concern.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { HtmlValidate, StaticConfigLoader } from "html-validate";

const CONFIG = {
  root: true,
  extends: ["html-validate:standard", "html-validate:a11y", "html-validate:document"],
  rules: {
    "no-inline-style": "error", // the policy drops them
    "wcag/h63": "off", // a header cell in <thead> heads its column without saying so
    "long-title": "off", // advice for search engines
    "require-sri": ["error", { target: "crossorigin" }], // everything is served by the portal itself
    "aria-label-misuse": ["error", { allowAnyNamable: true }], // a list may be named
    "no-redundant-for": "off", // Django's choices say it twice
    // Django's own form fields: a required field says so by its attribute, buttons by their form.
    "no-implicit-button-type": "off",
  },
};

const folder = process.argv[2];
const validator = new HtmlValidate(new StaticConfigLoader(CONFIG));
const wrong = [];
for (const name of readdirSync(folder).filter((file) => file.endsWith(".html")).sort()) {
  const text = readFileSync(join(folder, name), "utf8");
  const lines = text.split("\n");
  const report = await validator.validateString(text, name);
  for (const { messages } of report.results) {
    for (const { ruleId, message, line, column } of messages) {
      const excerpt = lines[line - 1].slice(Math.max(0, column - 20), column + 100).trim();
      wrong.push({ page: name, rule: ruleId, message, excerpt });
    }
  }
}
console.log(JSON.stringify(wrong));
