/* Marks of the picture are moved: dragged along the axis of time, or by the arrow keys; the fields follow. */
(function (ask) {
  "use strict";
  const { time, timeline } = ask;
  const holder = document.getElementById("ask-timeline");
  const MANY = 7, STILL = 3;
  let held = null;

  const shift = (change) => ask.edit(change, { structure: false });
  const markAt = (key) => timeline.view && timeline.view.marks.get(key);
  /* The field that a mark stands for. */
  function reach(one) {
    const paths = [one.path, one.path.replace(/\.\d+$/, "")];
    const control = paths.map((path) => document.getElementById(ask.fields.id(path))).find(Boolean);
    if (!control) { return; }
    control.focus();
    control.scrollIntoView({ block: "center" });
  }

  holder.addEventListener("keydown", function (event) {
    const one = markAt(event.target.getAttribute("data-key")), along = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!one || one.fixed || !(along || event.key === "Enter" || event.key === " ")) { return; }
    event.preventDefault();
    if (!along) {
      reach(one);
    } else if (event.shiftKey && one.size) {
      shift(() => one.size(along));
    } else { shift(() => one.move(along * time.step(one.text) * (event.shiftKey ? MANY : 1))); }
  });

  holder.addEventListener("pointerdown", function (event) {
    const target = event.target.closest("[data-key]"), key = target && target.getAttribute("data-key"), one = markAt(key);
    if (!one || one.fixed || event.button > 0) { return; }
    event.preventDefault();
    holder.setPointerCapture(event.pointerId);
    timeline.held = timeline.view.range;
    timeline.focus(key);
    held = { key, from: event.clientX, start: one.at, perDay: timeline.view.at.perDay, moved: false };
  });
  holder.addEventListener("pointermove", function (event) {
    const one = held && markAt(held.key);
    if (!one) { return; }
    const step = time.step(one.text), wanted = held.start + (event.clientX - held.from) / held.perDay;
    const by = Math.round(wanted / step) * step - one.at;
    held.moved = held.moved || Math.abs(event.clientX - held.from) > STILL;
    if (held.moved && Math.abs(by) > step / 2) { shift(() => one.move(by)); }
  });
  function release() {
    if (!held) { return; }
    const one = !held.moved && markAt(held.key);
    held = timeline.held = null;
    timeline.draw();
    if (one) { reach(one); }
  }
  holder.addEventListener("pointerup", release);
  holder.addEventListener("pointercancel", release);
})(window.euthymiaAsk = window.euthymiaAsk || {});
