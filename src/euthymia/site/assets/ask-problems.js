/* What is wrong with a question, beside the field it belongs to and in a summary. */
(function (ask) {
  "use strict";
  const box = document.getElementById("ask-problems");

  /* The steps of a place that the question has; names of kinds in between are passed over. */
  function steps(place, question) {
    const known = [];
    let here = question;
    String(place).split(".").forEach(function (step, index, all) {
      const there = here !== null && typeof here === "object" && Object.prototype.hasOwnProperty.call(here, step);
      if (there) { here = here[step]; known.push(step); } else if (index === all.length - 1) { known.push(step); }
    });
    return known;
  }
  /* The field of a place, or of the nearest part around it. */
  function fieldAt(place, question) {
    const path = place ? steps(place, question) : [];
    for (let length = path.length; length > 0; length -= 1) {
      const prefix = path.slice(0, length).join(".");
      const found = document.querySelector('[data-place="' + window.CSS.escape(prefix) + '"]') || document.querySelector('[data-place^="' + window.CSS.escape(prefix + ".") + '"]');
      if (found) { return found; }
    }
    return null;
  }
  function clear() {
    box.hidden = true;
    box.replaceChildren();
    document.querySelectorAll("[aria-invalid][data-place]:not([data-unread])").forEach((control) => ask.fields.mark(control, null));
  }
  function reveal(control) {
    for (let around = control.closest("details:not([open])"); around; around = control.closest("details:not([open])")) { around.open = true; }
    control.focus();
  }
  /* Shows problems: [{en, zh, place}]. */
  function show(problems, question) {
    clear();
    const marked = new Map();
    const lines = problems.map(function (one) {
      const control = fieldAt(one.place, question), words = { en: one.en, zh: one.zh };
      if (!control) { return ask.make("li", {}, words); }
      marked.set(control, [...(marked.get(control) || []), words]);
      return ask.make("li", {}, ask.make("a", { href: "#" + control.id, onclick: (event) => { event.preventDefault(); reveal(control); } }, words));
    });
    marked.forEach((all, control) => ask.fields.mark(control, ask.joined(all, { en: " ", zh: "" })));
    ask.fill(box, ask.make("p", { class: "problems-title" }, ask.say("problems_title")), ask.make("ul", {}, lines));
    box.hidden = false;
    box.scrollIntoView({ block: "nearest" });
  }
  /* Problems of fields that cannot be read, for the same summary. */
  function unread() {
    return ask.fields.unread().map(function (control) {
      const error = document.getElementById(control.id + "-error");
      const said = (language) => { const own = error.querySelector('[lang="' + language + '"]'); return own ? own.textContent : error.textContent; };
      return { en: said("en"), zh: said("zh"), place: control.getAttribute("data-place") };
    });
  }

  ask.problems = { show, clear, unread };
})(window.euthymiaAsk = window.euthymiaAsk || {});
