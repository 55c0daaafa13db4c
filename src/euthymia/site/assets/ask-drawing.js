/* Pieces of the picture over time: the axis, words, and the shapes of marks. */
(function (ask) {
  "use strict";
  const { svg, names } = ask;
  const MINUTE = 1 / 1440, HOUR = 1 / 24, LEAST = 4, MOST_SYMBOLS = 400, CLOSE = 1e-9;
  const STEPS = [
    MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 6 * HOUR, 0.5, 1, 2, 7, 14, 28, 56, 112, 224, 448
  ];

  /* Places along the axis, with some room at both ends. */
  function scale(first, last, left, right) {
    const room = Math.max(last - first, 5 * MINUTE), perDay = (right - left) / (room * 1.06), from = first - room * 0.03;
    return { x: (day) => left + (day - from) * perDay, perDay, left, right };
  }
  /* Round days at which the axis is named, at most so many, and the unit that they are named in. */
  function ticks(first, last, most) {
    const step = STEPS.find((one) => (last - first) / one <= most) || STEPS[STEPS.length - 1], days = [];
    for (let day = Math.ceil(first / step - CLOSE) * step; day <= last + CLOSE; day += step) { days.push(Math.abs(day) < CLOSE ? 0 : day); }
    return { days, unit: step >= 0.5 ? "d" : step >= HOUR - CLOSE ? "h" : "min" };
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
  /* Words that fit into some room, counted in letters; Chinese ones are wider. */
  function cut(words, most) {
    const shorten = (text, room) => (text.length > room ? text.slice(0, room - 1) + "…" : text), both = ask.both(words);
    return { en: shorten(both.en, most), zh: shorten(both.zh, Math.floor(most * 0.6)) };
  }

  const box = (name, x, y, width, height, rx) => svg("rect", { class: name, x, y, width: Math.max(0, width), height, rx });
  const hit = (x, y, wide, high) => box("hit", x - wide / 2, y - high / 2, wide, high, 4);
  const symbol = (name, x, y, size) => svg("use", { href: "#i-" + name, x: x - size / 2, y: y - size / 2, width: size, height: size });

  function series(one, at, middle, icon) {
    const left = at.x(one.at), end = at.x(one.all[one.all.length - 1]), size = at.x(one.all[1]) - left < 9 ? 11 : 17;
    return [box("rail", left, middle - 1.5, end - left, 3, 0), box("hit", left - 12, middle - 14, end - left + 24, 28, 6),
      ...one.all.slice(0, MOST_SYMBOLS).map((day) => symbol(icon, at.x(day), middle, size))];
  }
  /* The shapes of a mark on the line at the height `middle`. */
  function shapes(one, at, middle) {
    if (one.at === null) { return [box("always", at.left, middle + 15, at.right - at.left, 4, 2)]; }
    const left = at.x(one.at), wide = one.to ? at.x(one.to) - left : 0;
    if (one.kind === "sample") { return [hit(left, middle, 24, 24), box("tick-mark", left - 2, middle - 8, 4, 16, 2)]; }
    const icon = names.icon(one.item);
    if (one.kind === "stress") { return ["band", "hatch"].map((name) => box(name, left, middle - 11, Math.max(LEAST, wide), 22, 4)); }
    if (one.line) { return [box("always", left, middle + 15, at.right - left, 4, 2), hit(left, middle + 8, 24, 26), symbol(icon, left, middle + 8, 15)]; }
    if (one.all) { return series(one, at, middle, icon); }
    return [...(wide > 3 ? [box("band", left, middle - 8, wide, 16, 3)] : []), hit(left, middle, 28, 30), symbol(icon, left, middle, 22)];
  }
  /* A pattern for stress, and the part of the picture in which marks are seen. */
  function definitions(at, high) {
    const pattern = { id: "ask-hatch", width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(25)" };
    return svg("defs", {}, svg("clipPath", { id: "ask-seen" }, box("", at.left - 14, 0, at.right - at.left + 28, high, 0)),
      svg("pattern", pattern, svg("rect", { width: 3, height: 7, class: "hatch-line" })));
  }

  ask.drawing = { scale, ticks, texts, cut, shapes, definitions };
})(window.euthymiaAsk = window.euthymiaAsk || {});
