/* The picture of a question: a row for each group, with stress as bands, doses as marks, readings as ticks. */
(function (ask) {
  "use strict";
  const { say, svg, names, time } = ask;
  const { scale, ticks, texts, cut, shapes, definitions } = ask.drawing;
  const holder = document.getElementById("ask-timeline"), zoom = document.getElementById("ask-zoom");
  const ROW = 54, AXIS = 34, READ = 26, EDGE = 18, NAMES = 208, NARROW = 640, NAME_ABOVE = 22, COLOURS = 6, LEAST_WIDE = 300, APART = 62;
  const CLOSE = 1e-9;
  let close = false, wide = 0;

  /* Sizes of the picture; on a narrow page names stand above their rows. */
  function plan(question, events) {
    const wide = Math.max(LEAST_WIDE, holder.clientWidth), narrow = wide < NARROW, above = narrow ? NAME_ABOVE : 0;
    const range = ask.timeline.held || (close && events.near) || events.whole;
    const rows = AXIS + (ROW + above) * events.rows.length, high = rows + (READ + above) * question.sampling.length + 20;
    return { wide, narrow, above, range, rows, high, at: scale(range[0], range[1], narrow ? EDGE : NAMES, wide - EDGE), marks: new Map(), reached: new Set() };
  }
  /* Whether a mark is in view; while one is moved, all are. */
  function shows(one, view) {
    const [first, last] = view.range, within = (day) => day >= first - CLOSE && day <= last + CLOSE;
    if (ask.timeline.held || one.at === null || within(one.at)) { return true; }
    return one.at < first && (one.line || one.to > first || Boolean(one.all && one.all.some(within)));
  }
  /* A mark as a button; what groups share can be reached by keyboard in the first row that has it. */
  function mark(one, view, key, middle, reachable) {
    const kind = one.kind === "method" ? one.item.effect : one.kind;
    const tip = svg("title"), made = svg("g", { class: "mark m-" + kind + (one.fixed ? " fixed" : ""), "data-key": key }, tip, ...shapes(one, view.at, middle));
    tip.textContent = ask.text(one.label);
    if (one.fixed) {
      made.setAttribute("role", "img");
    } else if (reachable) {
      made.setAttribute("role", "button");
      made.setAttribute("tabindex", "0");
    }
    if (one.fixed || reachable) { ask.dressed(made, "aria-label", one.label); } else { made.setAttribute("aria-hidden", "true"); }
    view.marks.set(key, one);
    return made;
  }
  function drawRow(row, view) {
    const { at, narrow } = view, top = AXIS + (ROW + view.above) * row.place, middle = top + view.above + ROW / 2;
    const label = cut(row.arm.label || row.arm.id, narrow ? 44 : 27);
    const name = texts(narrow ? at.left + 16 : 16, narrow ? top + 17 : middle + 4, label, { class: "row-name" });
    const dot = svg("circle", { class: "swatch k" + (row.place % COLOURS), cx: narrow ? at.left + 5 : 5, cy: narrow ? top + 13 : middle, r: 5 });
    const line = svg("line", { class: "row-line", x1: at.left, x2: at.right, y1: middle, y2: middle });
    const marks = row.marks.filter((one) => shows(one, view)).map(function (one) {
      const first = !view.reached.has(one.path);
      view.reached.add(one.path);
      return mark(one, view, one.shared ? one.path + "@" + row.place : one.path, middle, first);
    });
    return svg("g", { class: "row" }, line, dot, ...name, svg("g", { "clip-path": "url(#ask-seen)" }, ...marks));
  }
  function drawReadings(one, place, readings, view) {
    const { at, narrow } = view, top = view.rows + 8 + (READ + view.above) * place, middle = top + view.above + READ / 2;
    const label = cut(names.assay(one), narrow ? 46 : 28);
    const name = texts(narrow ? at.left : 16, narrow ? top + 17 : middle + 4, label, { class: "row-name reading-name" });
    const own = readings.filter((each) => each.row === place && shows(each, view));
    return svg("g", { class: "row readings" }, ...name, ...own.map((each) => mark(each, view, each.path, middle, true)));
  }
  function drawAxis(view) {
    const { at, narrow, range } = view, axis = ticks(range[0], range[1], (at.right - at.left) / APART), one = time.days("1 " + axis.unit);
    const named = (day) => ask.times.tidy(Number((day / one).toFixed(3))).replace("-", "−");
    const line = (day) => svg("line", { class: day === 0 ? "day0" : "grid", x1: at.x(day), x2: at.x(day), y1: AXIS - 6, y2: view.high - 8 });
    const unit = { class: "tick unit", "text-anchor": narrow ? "start" : "end" };
    return [...axis.days.map(line), ...axis.days.flatMap((day) => texts(at.x(day), AXIS - 12, named(day), { class: "tick", "text-anchor": "middle" })),
      ...texts(narrow ? at.left : at.left - 14, narrow ? 10 : AXIS - 12, say("axis_" + axis.unit), unit)];
  }
  function drawn(question, events, view) {
    const { at } = view, read = events.readings.filter((one) => shows(one, view));
    const lines = read.map((one) => svg("line", { class: "read", x1: at.x(one.at), x2: at.x(one.at), y1: AXIS, y2: view.rows }));
    const size = { viewBox: "0 0 " + view.wide + " " + view.high, width: view.wide, height: view.high };
    const picture = svg("svg", { class: "timeline-picture", role: "group", ...size }, definitions(at, view.high), ...drawAxis(view), ...lines,
      ...events.rows.map((one) => drawRow(one, view)), ...question.sampling.map((one, place) => drawReadings(one, place, events.readings, view)));
    return ask.dressed(picture, "aria-label", say("timeline_name"));
  }
  function draw() {
    const question = ask.now, events = ask.events(question);
    zoom.hidden = !events.near;
    close = close && Boolean(events.near);
    zoom.setAttribute("aria-pressed", String(close));
    const view = plan(question, events), focused = holder.contains(document.activeElement) && document.activeElement.getAttribute("data-key");
    holder.replaceChildren(drawn(question, events, view));
    ask.timeline.view = view;
    if (focused) { ask.timeline.focus(focused); }
  }
  /* The mark with a key, or the one of its kind that the keyboard reaches. */
  function focus(key) {
    const all = [...holder.querySelectorAll("[tabindex]")], path = (one) => ask.timeline.view.marks.get(one.getAttribute("data-key")).path;
    const wanted = ask.timeline.view.marks.get(key);
    const found = all.find((one) => one.getAttribute("data-key") === key) || (wanted && all.find((one) => path(one) === wanted.path));
    if (found) { found.focus({ preventScroll: true }); }
  }

  zoom.addEventListener("click", () => { close = !close; draw(); });
  new ResizeObserver(function () {
    if (ask.now && holder.clientWidth !== wide) { wide = holder.clientWidth; draw(); }
  }).observe(holder);
  ask.onLanguage(() => { if (ask.now) { draw(); } });
  /* `view` is what was drawn last; `held` the range of days that stays in view while a mark is moved. */
  ask.timeline = { draw, focus, view: null, held: null };
})(window.euthymiaAsk = window.euthymiaAsk || {});
