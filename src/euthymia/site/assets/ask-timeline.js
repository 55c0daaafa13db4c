/* The picture of a question: a row for each group, with stress as bands, doses as marks, readings as ticks.
   Marks are buttons: they are dragged along the axis of time, or moved with the arrow keys. */
(function (ask) {
  "use strict";
  const { say, svg, names, time } = ask;
  const holder = document.getElementById("ask-timeline");
  const ROW = 54, AXIS = 34, READ = 26, EDGE = 18, NAMES = 208, NARROW = 640, NAME_ABOVE = 22, COLOURS = 6, LEAST = 4;
  const NEAR = 2, CLOSER = 12;
  const zoom = document.getElementById("ask-zoom");
  let view = null, held = null, close = false;

  const spans = (item) => ("duration" in item && item.start !== undefined && item.start !== null ? time.days(item.start) + time.days(item.duration) : null);
  /* Everything of an intervention that stands somewhere in time: where, what it is called, how it is moved. */
  function events(item, path, more) {
    const kind = ask.question.kindOf(item), name = names.short(item), base = { item, path, kind, name, ...more };
    const one = (key) => ({ ...base, path: path + "." + key, at: time.days(item[key]), text: item[key], move: (by) => { item[key] = time.moved(item[key], by); } });
    if (kind === "stress") {
      return [{ ...one("start"), band: true, to: time.days(item.start) + Number(item.days), label: say("mark_stress", { name, when: names.at(item.start), days: item.days }),
        size: (by) => { item.days = Math.min(365, Math.max(1, Number(item.days) + by)); } }];
    }
    if (kind === "injury") { return [{ ...one("at"), line: true, label: say("mark", { name, when: names.at(item.at) }) }]; }
    if (kind === "gene") {
      if (!item.since) { return [{ ...base, at: null, fixed: true, label: say("mark_always", { name }) }]; }
      return [{ ...one("since"), line: true, label: say("mark_since", { name, when: names.at(item.since) }) }];
    }
    if (kind === "drug" || kind === "infusion") { return given(item, base); }
    if (kind === "imaging") {
      return (item.sessions || []).map((text, place) => ({ ...base, path: path + ".sessions." + place, at: time.days(text), text, label: say("mark", { name, when: names.at(text) }), move: (by) => { item.sessions[place] = time.moved(text, by); } }));
    }
    if (item.start !== undefined && item.start !== null) { return [{ ...one("start"), to: spans(item), label: say("mark", { name, when: names.at(item.start) }) }]; }
    return kind === "method" ? [{ ...base, at: null, fixed: true, label: say("mark_always", { name }) }] : [];
  }
  function given(item, base) {
    const at = Array.isArray(item.at) ? item.at : [], plan = ask.times.schedule(at), name = base.name;
    if (plan.kind === "series") {
      return [{ ...base, path: base.path + ".at", at: time.days(at[0]), text: at[0], all: at.map(time.days), label: say("mark_series", { name, count: at.length, first: names.at(at[0]), last: names.at(at[at.length - 1]) }),
        move: (by) => { item.at = ask.times.series(time.moved(at[0], by), plan.every, plan.count); } }];
    }
    return at.map((text, place) => ({ ...base, path: base.path + ".at." + place, at: time.days(text), text, label: say("mark", { name, when: names.at(text) }), move: (by) => { item.at[place] = time.moved(text, by); } }));
  }
  function reads(question) {
    return question.sampling.flatMap((one, index) => one.times.map((text, place) => ({
      path: "sampling." + index + ".times." + place, kind: "sample", row: index, at: time.days(text), text, label: say("mark_reading", { assay: names.assay(one), when: names.at(text) }), move: (by) => { one.times[place] = time.moved(text, by); }
    })));
  }

  function laid(question) {
    const rows = question.arms.map(function (arm, place) {
      const shared = [...question.cohort.genotype.map((item, index) => [item, "cohort.genotype." + index]), ...(arm.history === false ? [] : question.cohort.stress.map((item, index) => [item, "cohort.stress." + index]))];
      const own = arm.protocol.map((item, index) => [item, "arms." + place + ".protocol." + index]);
      return { arm, place, events: [...shared.flatMap(([item, path]) => events(item, path, { shared: true })), ...own.flatMap(([item, path]) => events(item, path, {}))] };
    });
    const readings = reads(question);
    const days = [...rows.flatMap((row) => row.events.flatMap((one) => [one.at, one.to, ...(one.all || [])])), ...readings.map((one) => one.at), 0].filter((day) => typeof day === "number" && Number.isFinite(day));
    return { rows, readings, whole: [Math.min(...days), Math.max(...days)], near: nearby(days) };
  }
  /* The days around day 0, where so much happens there that the whole axis cannot show it. */
  function nearby(days) {
    const near = days.filter((day) => Math.abs(day) <= NEAR), room = Math.max(...near) - Math.min(...near);
    const apart = new Set(near.map((day) => day.toFixed(4))).size > 2;
    return apart && room > 0 && Math.max(...days) - Math.min(...days) > CLOSER * room ? [Math.min(...near) - room * 0.2, Math.max(...near) + room * 0.2] : null;
  }
  /* Places along the axis, with some room at both ends. */
  function scale(first, last, left, right) {
    const room = Math.max(last - first, 1 / 1440 * 5), perDay = (right - left) / (room * 1.06), from = first - room * 0.03;
    return { x: (day) => left + (day - from) * perDay, day: (x) => (x - left) / perDay + from, perDay };
  }
  function ticks(first, last, most) {
    const steps = [1 / 1440, 2 / 1440, 5 / 1440, 10 / 1440, 30 / 1440, 1 / 24, 2 / 24, 6 / 24, 0.5, 1, 2, 7, 14, 28, 56, 112, 224];
    const step = steps.find((one) => (last - first) / one <= most) || 448;
    const found = [];
    for (let day = Math.ceil(first / step - 1e-9) * step; day <= last + 1e-9; day += step) { found.push(Math.abs(day) < 1e-9 ? 0 : day); }
    return { found, unit: step >= 1 || step === 0.5 ? "d" : step >= 1 / 24 - 1e-9 ? "h" : "min" };
  }

  function texts(x, y, words, more) {
    const both = ask.both(words);
    return (both.en === both.zh ? [["", both.en]] : Object.entries(both)).map(function ([language, text]) {
      const made = svg("text", { x, y, ...more });
      if (language) { made.setAttribute("lang", language); }
      made.textContent = text;
      return made;
    });
  }
  function symbol(name, x, y, size) {
    return svg("use", { href: "#i-" + name, x: x - size / 2, y: y - size / 2, width: size, height: size });
  }
  /* A mark as a button; what is shared by groups can be reached by keyboard in the first row that has it. */
  function mark(one, key, shapes, reachable) {
    const fixed = Boolean(one.fixed);
    const made = svg("g", { class: "mark m-" + (one.kind === "method" ? one.item.effect : one.kind) + (fixed ? " fixed" : ""), "data-key": key }, ...shapes);
    if (fixed) { made.setAttribute("role", "img"); } else if (reachable) { made.setAttribute("role", "button"); made.setAttribute("tabindex", "0"); }
    if (fixed || reachable) { ask.dressed(made, "aria-label", one.label); } else { made.setAttribute("aria-hidden", "true"); }
    const tip = svg("title");
    tip.textContent = ask.text(one.label);
    made.prepend(tip);
    view.marks.set(key, one);
    return made;
  }
  function hit(x, y, wide, high) { return svg("rect", { class: "hit", x: x - wide / 2, y: y - high / 2, width: wide, height: high, rx: 4 }); }
  function shapesOf(one, at, middle) {
    const { x } = at, left = one.at === null ? null : x(one.at);
    if (one.kind === "stress") {
      const wide = Math.max(LEAST, x(one.to) - left);
      return [svg("rect", { class: "band", x: left, y: middle - 11, width: wide, height: 22, rx: 4 }), svg("rect", { class: "hatch", x: left, y: middle - 11, width: wide, height: 22, rx: 4 })];
    }
    if (one.at === null) { return [svg("rect", { class: "always", x: at.left, y: middle + 15, width: at.right - at.left, height: 4, rx: 2 })]; }
    if (one.line) {
      return [svg("rect", { class: "always", x: left, y: middle + 15, width: Math.max(0, at.right - left), height: 4, rx: 2 }), hit(left, middle + 8, 24, 26), symbol(names.icon(one.item), left, middle + 8, 15)];
    }
    if (one.all) {
      const end = x(one.all[one.all.length - 1]), size = one.all.length > 1 && x(one.all[1]) - left < 9 ? 11 : 17;
      return [svg("rect", { class: "rail", x: left, y: middle - 1.5, width: Math.max(0, end - left), height: 3 }), svg("rect", { class: "hit", x: left - 12, y: middle - 14, width: end - left + 24, height: 28, rx: 6 }),
        ...one.all.slice(0, 400).map((day) => symbol(names.icon(one.item), x(day), middle, size))];
    }
    const wide = one.to ? x(one.to) - left : 0;
    const span = wide > 3 ? [svg("rect", { class: "band", x: left, y: middle - 8, width: wide, height: 16, rx: 3 })] : [];
    return [...span, hit(left, middle, 28, 30), symbol(names.icon(one.item), left, middle, 22)];
  }

  function draw() {
    const question = ask.now, plan = laid(question), wide = Math.max(300, holder.clientWidth), narrow = wide < NARROW;
    const left = narrow ? EDGE : NAMES, right = wide - EDGE, row = ROW + (narrow ? NAME_ABOVE : 0);
    zoom.hidden = !plan.near;
    close = close && Boolean(plan.near);
    zoom.setAttribute("aria-pressed", String(close));
    const range = held ? held.range : close ? plan.near : plan.whole;
    const at = { ...scale(range[0], range[1], left, right), left, right };
    const readHigh = READ * question.sampling.length + (narrow ? NAME_ABOVE * question.sampling.length : 0), high = AXIS + row * plan.rows.length + readHigh + 20;
    const bottom = high - readHigh - 12;
    view = { at, marks: new Map(), seen: new Set(), range };
    const axis = ticks(range[0], range[1], (right - left) / 62), unit = axis.unit;
    const grid = axis.found.map((day) => svg("line", { class: day === 0 ? "day0" : "grid", x1: at.x(day), x2: at.x(day), y1: AXIS - 6, y2: high - 8 }));
    const days = axis.found.flatMap((day) => texts(at.x(day), AXIS - 12, ask.times.tidy(Number((day / time.days("1 " + unit)).toFixed(3))).replace("-", "−"), { class: "tick", "text-anchor": "middle" }));
    const unitName = texts(narrow ? left : left - 14, narrow ? 10 : AXIS - 12, say("axis_" + unit), { class: "tick unit", "text-anchor": narrow ? "start" : "end" });
    const within = (day) => day >= range[0] - 1e-9 && day <= range[1] + 1e-9;
    view.shows = (one) => held || one.at === null || within(one.at) || (one.at < range[0] && (one.line || one.to > range[0] || (one.all && one.all.some(within))));
    const reading = plan.readings.filter(view.shows).map((one) => svg("line", { class: "read", x1: at.x(one.at), x2: at.x(one.at), y1: AXIS, y2: bottom }));
    const rows = plan.rows.map((one) => drawRow(one, AXIS + row * one.place, at, narrow));
    const below = question.sampling.map((one, index) => drawReadings(one, index, plan.readings, bottom + 6 + index * (READ + (narrow ? NAME_ABOVE : 0)), at, narrow));
    const picture = svg("svg", { class: "timeline-picture", viewBox: "0 0 " + wide + " " + high, width: wide, height: high, role: "group" }, hatching(at, high), ...grid, ...days, ...unitName, ...reading, ...rows, ...below);
    ask.dressed(picture, "aria-label", say("timeline_name"));
    const focused = document.activeElement && holder.contains(document.activeElement) && document.activeElement.getAttribute("data-key");
    holder.replaceChildren(picture);
    if (focused) { const again = holder.querySelector('[data-key="' + focused + '"][tabindex]'); if (again) { again.focus({ preventScroll: true }); } }
  }
  function hatching(at, high) {
    const seen = svg("clipPath", { id: "ask-seen" }, svg("rect", { x: at.left - 14, y: 0, width: at.right - at.left + 28, height: high }));
    return svg("defs", {}, seen, svg("pattern", { id: "ask-hatch", width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(25)" }, svg("rect", { width: 3, height: 7, class: "hatch-line" })));
  }
  function cut(words, most) {
    const shorten = (text, room) => (text.length > room ? text.slice(0, room - 1) + "…" : text), both = ask.both(words);
    return { en: shorten(both.en, most), zh: shorten(both.zh, Math.floor(most * 0.6)) };
  }
  function drawRow(row, top, at, narrow) {
    const middle = top + (narrow ? NAME_ABOVE : 0) + ROW / 2, label = row.arm.label || row.arm.id, colour = "k" + (row.place % COLOURS);
    const name = texts(narrow ? at.left + 16 : 16, narrow ? top + 17 : middle + 4, cut(label, narrow ? 44 : 27), { class: "row-name" });
    const dot = svg("circle", { class: "swatch " + colour, cx: narrow ? at.left + 5 : 5, cy: narrow ? top + 13 : middle, r: 5 });
    const line = svg("line", { class: "row-line", x1: at.left, x2: at.right, y1: middle, y2: middle });
    const marks = row.events.filter(view.shows).map(function (one) {
      const first = !view.seen.has(one.path);
      view.seen.add(one.path);
      return mark(one, one.shared ? one.path + "@" + row.place : one.path, shapesOf(one, at, middle), first);
    });
    return svg("g", { class: "row" }, line, dot, ...name, svg("g", { "clip-path": "url(#ask-seen)" }, ...marks));
  }
  function drawReadings(one, index, all, top, at, narrow) {
    const middle = top + (narrow ? NAME_ABOVE : 0) + READ / 2;
    const name = texts(narrow ? at.left : 16, narrow ? top + 17 : middle + 4, cut(names.assay(one), narrow ? 46 : 28), { class: "row-name reading-name" });
    const marks = all.filter((each) => each.row === index && view.shows(each)).map((each) => mark(each, each.path, [hit(at.x(each.at), middle, 24, 24), svg("rect", { class: "tick-mark", x: at.x(each.at) - 2, y: middle - 8, width: 4, height: 16, rx: 2 })], true));
    return svg("g", { class: "row readings" }, ...name, ...marks);
  }

  /* Moves a mark, and the fields with it. */
  const shift = (change) => ask.edit(change, { structure: false });
  const snapped = (days, step) => Math.round(days / step) * step;
  holder.addEventListener("keydown", function (event) {
    const key = event.target.getAttribute && event.target.getAttribute("data-key"), one = key && view.marks.get(key);
    if (!one || one.fixed) { return; }
    const along = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (along && event.shiftKey && one.size) { event.preventDefault(); shift(() => one.size(along)); return; }
    if (along) { event.preventDefault(); shift(() => one.move(along * time.step(one.text) * (event.shiftKey ? 7 : 1))); return; }
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); reach(one); }
  });
  /* The field that a mark stands for. */
  function reach(one) {
    const control = [one.path, one.path.replace(/\.\d+$/, "")].map((path) => document.getElementById(ask.fields.id(path))).find(Boolean);
    if (control) { control.focus(); control.scrollIntoView({ block: "center" }); }
  }
  holder.addEventListener("pointerdown", function (event) {
    const target = event.target.closest("[data-key]"), one = target && view.marks.get(target.getAttribute("data-key"));
    if (!one || one.fixed || event.button > 0) { return; }
    held = { key: target.getAttribute("data-key"), from: event.clientX, start: one.at, perDay: view.at.perDay, range: view.range, moved: false };
    holder.setPointerCapture(event.pointerId);
    const first = holder.querySelector('[data-key="' + held.key + '"][tabindex]') || [...holder.querySelectorAll("[tabindex]")].find((each) => view.marks.get(each.getAttribute("data-key")).path === one.path);
    if (first) { first.focus({ preventScroll: true }); }
    event.preventDefault();
  });
  holder.addEventListener("pointermove", function (event) {
    const one = held && view.marks.get(held.key);
    if (!one) { return; }
    const step = time.step(one.text), goal = snapped(held.start + (event.clientX - held.from) / held.perDay, step), by = goal - one.at;
    if (Math.abs(event.clientX - held.from) > 3) { held.moved = true; }
    if (held.moved && Math.abs(by) > step / 2) { shift(() => one.move(by)); }
  });
  function release() {
    if (!held) { return; }
    const one = !held.moved && view.marks.get(held.key);
    held = null;
    draw();
    if (one) { reach(one); }
  }
  zoom.addEventListener("click", () => { close = !close; draw(); });
  holder.addEventListener("pointerup", release);
  holder.addEventListener("pointercancel", release);

  let wide = 0;
  new ResizeObserver(function () {
    if (ask.now && holder.clientWidth !== wide) { wide = holder.clientWidth; draw(); }
  }).observe(holder);
  ask.onLanguage(() => { if (ask.now) { draw(); } });
  ask.timeline = { draw };
})(window.euthymiaAsk = window.euthymiaAsk || {});
