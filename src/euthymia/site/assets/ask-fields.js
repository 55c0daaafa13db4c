/* Labelled fields that stand for a part of the question: they read it, write it, and say what is wrong with it. */
(function (ask) {
  "use strict";
  const make = ask.make;
  const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/g;
  let bound = [];

  const id = (place) => "f-" + place.replace(/[^A-Za-z0-9_]+/g, "-");

  /* A label, a control, and room for a hint and for what is wrong. */
  function field(spec, control, extra) {
    const name = id(spec.place), hint = spec.hint && name + "-hint";
    control.id = name;
    control.setAttribute("data-place", spec.place);
    if (hint) { control.setAttribute("aria-describedby", hint); }
    const row = extra ? make("span", { class: "pair" }, control, extra) : control;
    return make("div", { class: "field " + (spec.class || "") },
      make("label", { for: name, class: spec.unseen ? "unseen" : null }, spec.label), row,
      spec.hint && make("p", { class: "field-hint", id: hint }, spec.hint),
      make("p", { class: "field-error", id: name + "-error", hidden: true }));
  }
  function bind(control, shown) {
    bound.push({ control, shown });
    control.value = shown();
    return control;
  }
  /* Says what is wrong at a field, or nothing any more. */
  function mark(control, words) {
    const error = document.getElementById(control.id + "-error");
    if (!error) { return; }
    const about = (control.getAttribute("aria-describedby") || "").split(" ").filter((one) => one && one !== error.id);
    if (words) { about.push(error.id); control.setAttribute("aria-invalid", "true"); } else { control.removeAttribute("aria-invalid"); }
    if (about.length) { control.setAttribute("aria-describedby", about.join(" ")); } else { control.removeAttribute("aria-describedby"); }
    error.hidden = !words;
    ask.fill(error, words);
  }
  const change = (control, set, spec) => ask.edit(set, { structure: Boolean(spec.structure), kept: control });
  /* Takes what was typed if it can be read; else says so and leaves the question as it is. */
  function take(control, value, spec) {
    const wrong = value === null ? ask.say(spec.wrong || "wrong_number") : spec.check && spec.check(value);
    mark(control, wrong || null);
    control.toggleAttribute("data-unread", Boolean(wrong));
    if (!wrong) { change(control, () => spec.set(value), spec); }
  }
  function number(text, spec) {
    const value = Number(String(text).trim().replace(/[−–]/g, "-").replace(/^([+-]?\d+),(\d+)$/, "$1.$2"));
    const sound = String(text).trim() !== "" && Number.isFinite(value) && (spec.min === undefined || value >= spec.min)
      && (spec.max === undefined || value <= spec.max) && (!spec.whole || Number.isInteger(value));
    return sound ? value : null;
  }
  /* What was typed into a field of numbers: nothing (undefined), something that cannot be read (null), or what `made` makes of it. */
  function typedNumber(input, spec, made) {
    if (spec.optional && input.value === "" && !input.validity.badInput) { return undefined; }
    const value = number(input.value, spec);
    return value === null ? null : made(value);
  }
  function numberInput(spec) {
    const kind = spec.whole ? { inputmode: "numeric", step: "1" } : { inputmode: "decimal", step: "any" };
    return make("input", { type: "number", ...kind, min: spec.min, max: spec.max, autocomplete: "off" });
  }

  const fields = {
    number(spec) {
      const shown = (value) => (value === undefined || value === null ? "" : ask.times.tidy(value));
      const input = bind(numberInput(spec), () => shown(spec.get()));
      input.addEventListener("input", () => take(input, typedNumber(input, spec, (value) => value), spec));
      return field(spec, input, spec.unit && make("span", { class: "unit" }, spec.unit));
    },
    /* A number with its unit; what has no known form stays as text. */
    quantity(spec) {
      const read = () => ask.quantity.read(spec.get() === undefined ? "" : spec.get());
      if (spec.get() !== undefined && !read()) { return fields.text({ ...spec, wrong: "wrong_text" }); }
      const input = bind(numberInput(spec), () => (read() ? ask.times.tidy(read().value) : ""));
      const known = spec.units.map(([name]) => name), own = read() && read().unit;
      const units = own && !known.includes(own) ? [[own, own], ...spec.units] : spec.units;
      const unit = make("select", { "aria-label": ask.say("unit"), id: id(spec.place) + "-unit" }, units.map(([name, words]) => ask.option(name, words)));
      bind(unit, () => (read() ? read().unit : units[0][0]));
      const typed = () => take(input, typedNumber(input, spec, (value) => ask.quantity.write(value, unit.value)), spec);
      input.addEventListener("input", typed);
      unit.addEventListener("change", typed);
      return field(spec, input, units.length > 1 ? unit : make("span", { class: "unit" }, units[0][1]));
    },
    choice(spec) {
      const options = spec.options(), value = String(spec.get());
      if (!options.some(([name]) => name === value)) { options.unshift([value, ask.names.spaced(value)]); }
      const option = (name, words) => (typeof words === "function" ? fields.follow(ask.option(name, ""), words) : ask.option(name, words));
      const select = make("select", {}, options.map(([name, words]) => option(name, words)));
      bind(select, () => String(spec.get()));
      select.addEventListener("change", () => take(select, select.value, { structure: true, ...spec }));
      return field(spec, select);
    },
    text(spec) {
      const input = bind(make("input", { type: "text", autocomplete: "off", spellcheck: "false", maxlength: spec.most || 200 }), () => spec.get() || "");
      const typed = () => input.value.replace(UNSEEN, "").trim() || (spec.optional ? undefined : null);
      input.addEventListener("input", () => take(input, typed(), { wrong: "wrong_text", ...spec }));
      return field(spec, input);
    },
    times(spec) {
      const input = bind(make("input", { type: "text", autocomplete: "off", spellcheck: "false", maxlength: 4000 }), () => spec.get().join(", "));
      input.addEventListener("input", () => take(input, ask.times.readList(input.value), { wrong: "wrong_times", ...spec }));
      return field(spec, input);
    },
    check(spec) {
      const input = make("input", { type: "checkbox", id: id(spec.place), "data-place": spec.place });
      bound.push({ control: input, renew: () => { input.checked = spec.get(); } });
      input.checked = spec.get();
      input.addEventListener("change", () => change(input, () => spec.set(input.checked), spec));
      return make("div", { class: "field check" }, input, make("label", { for: id(spec.place) }, spec.label));
    },
    /* Data as they are written; taken on leaving the field. */
    raw(spec) {
      const shown = () => (spec.get() === undefined || spec.get() === null ? "" : JSON.stringify(spec.get()));
      const input = bind(make("textarea", { rows: 2, spellcheck: "false", autocomplete: "off", class: "code" }), shown);
      input.addEventListener("change", function () {
        let value = null;
        try { value = input.value.trim() ? JSON.parse(input.value) : undefined; } catch (error) { value = null; }
        take(input, value === undefined && !spec.optional ? null : value, { wrong: "wrong_data", structure: true, ...spec });
      });
      return field(spec, input);
    }
  };

  /* Forgets the fields that are no longer on the page. */
  fields.prune = () => { bound = bound.filter((one) => one.control.isConnected); };
  /* Shows what the question holds now, except where somebody is typing. */
  fields.renew = function (kept) {
    bound.forEach(function (one) {
      if (one.renew) { one.renew(); return; }
      if (one.control === kept || one.control.hasAttribute("data-unread")) { return; }
      if (one.control === document.activeElement && one.control.tagName !== "SELECT") { return; }
      const value = one.shown();
      if (one.control.value !== value) { one.control.value = value; }
    });
  };
  /* Words that follow the question. */
  fields.follow = function (element, words) {
    let shown = "";
    const renew = function () {
      const next = JSON.stringify(words());
      if (next === shown) { return; }
      shown = next;
      if (element.tagName === "OPTION") { ask.dressed(element, "text", ask.both(words())); } else { ask.fill(element, words()); }
    };
    bound.push({ control: element, renew });
    renew();
    return element;
  };
  fields.unread = () => [...document.querySelectorAll("[data-unread]")];
  fields.mark = mark;
  fields.id = id;
  ask.fields = fields;
})(window.euthymiaAsk = window.euthymiaAsk || {});
