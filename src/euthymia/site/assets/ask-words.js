/* Language, and elements made of words: every sentence stands in the page in both languages and is only picked here. */
(function (ask) {
  "use strict";
  const root = document.documentElement;
  const held = JSON.parse(document.getElementById("ask-data").textContent);
  const listeners = [];
  const SVG = "http://www.w3.org/2000/svg";

  ask.atlas = held.atlas;
  ask.api = root.getAttribute("data-api") || "";
  ask.language = () => (root.getAttribute("data-lang") === "zh" ? "zh" : "en");
  ask.both = (words) => (typeof words === "object" ? words : { en: String(words), zh: String(words) });
  ask.text = (words) => ask.both(words)[ask.language()];

  function filled(template, values, language) {
    return template.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? ask.both(values[name])[language] : whole));
  }
  /* A sentence of the page in both languages, its places filled with words or numbers. */
  ask.say = function (key, values) {
    const words = held.words[key];
    if (!words) { throw new Error("no words: " + key); }
    return { en: filled(words.en, values || {}, "en"), zh: filled(words.zh, values || {}, "zh") };
  };
  ask.joined = (list, by) => ({ en: list.map((one) => ask.both(one).en).join(by.en), zh: list.map((one) => ask.both(one).zh).join(by.zh) });

  function span(language, text) {
    const made = document.createElement("span");
    made.lang = language;
    made.textContent = text;
    return made;
  }
  function put(parent, child) {
    if (child === null || child === undefined || child === false) { return; }
    if (Array.isArray(child)) { child.forEach((one) => put(parent, one)); return; }
    if (child instanceof Node) { parent.append(child); return; }
    const words = ask.both(child);
    if (words.en === words.zh) { parent.append(words.en); } else { parent.append(span("en", words.en), span("zh", words.zh)); }
  }
  /* An element; words among its children and attributes appear in the language of the page. */
  ask.make = function (tag, attributes, ...children) {
    const made = document.createElement(tag);
    Object.entries(attributes || {}).forEach(([name, value]) => {
      if (value === null || value === undefined || value === false) { return; }
      if (name.startsWith("on")) {
        made.addEventListener(name.slice(2), value);
      } else if (typeof value === "object") {
        ask.dressed(made, name, value);
      } else { made.setAttribute(name, value === true ? "" : value); }
    });
    children.forEach((child) => put(made, child));
    return made;
  };
  ask.fill = function (element, ...children) {
    element.replaceChildren();
    children.forEach((child) => put(element, child));
    return element;
  };
  /* An attribute, or the text of an option, that follows the language. */
  ask.dressed = function (element, name, words) {
    const known = JSON.parse(element.getAttribute("data-words") || "{}");
    known[name] = words;
    element.setAttribute("data-words", JSON.stringify(known));
    dress(element);
    return element;
  };
  function dress(element) {
    Object.entries(JSON.parse(element.getAttribute("data-words"))).forEach(([name, words]) => {
      if (name === "text") { element.textContent = ask.text(words); } else { element.setAttribute(name, ask.text(words)); }
    });
  }
  ask.option = (value, words, chosen) => ask.make("option", { value, selected: chosen, text: ask.both(words) });
  ask.icon = function (name) {
    const made = document.createElementNS(SVG, "svg"), use = document.createElementNS(SVG, "use");
    made.setAttribute("class", "icon i-" + name);
    made.setAttribute("aria-hidden", "true");
    use.setAttribute("href", "#i-" + name);
    made.append(use);
    return made;
  };
  ask.svg = function (tag, attributes, ...children) {
    const made = document.createElementNS(SVG, tag);
    Object.entries(attributes || {}).forEach(([name, value]) => made.setAttribute(name, value));
    made.append(...children);
    return made;
  };
  ask.onLanguage = (listener) => listeners.push(listener);

  new MutationObserver(function () {
    document.querySelectorAll("[data-words]").forEach(dress);
    listeners.forEach((listener) => listener());
  }).observe(root, { attributes: true, attributeFilter: ["data-lang"] });
})(window.euthymiaAsk = window.euthymiaAsk || {});
