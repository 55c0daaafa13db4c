/* A list to choose from, searched by typing in either language. */
(function (ask) {
  "use strict";
  const dialog = document.getElementById("ask-picker"), title = document.getElementById("ask-picker-title");
  const search = document.getElementById("ask-picker-search"), list = document.getElementById("ask-picker-list");
  const count = document.getElementById("ask-picker-count"), kinds = document.getElementById("ask-picker-kinds");
  let chosen = null, rows = [];

  const plain = (text) => text.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g, "");
  function take(value) {
    chosen = value;
    dialog.close();
  }
  const chip = (one) => ask.make("button", { type: "button", class: "chip", onclick: () => take(one.value) }, one.icon && ask.icon(one.icon), one.words);
  function button(one) {
    const made = ask.make("button", { type: "button", class: "pick", onclick: () => take(one.value) },
      one.icon && ask.icon(one.icon), ask.make("span", { class: "pick-name" }, one.words), one.detail && ask.make("span", { class: "pick-detail" }, one.detail));
    const words = ask.both(one.words), detail = ask.both(one.detail || "");
    rows.push({ item: null, button: made, text: plain([words.en, words.zh, detail.en, detail.zh, one.more || ""].join(" ")) });
    return made;
  }
  function filter() {
    const wanted = plain(search.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach(function (row) {
      row.item.hidden = !wanted.every((word) => row.text.includes(word));
      shown += row.item.hidden ? 0 : 1;
    });
    list.querySelectorAll("section").forEach((section) => { section.hidden = !section.querySelector("li:not([hidden])"); });
    kinds.hidden = wanted.length > 0;
    ask.fill(count, wanted.length ? ask.say(shown ? "found" : "found_none", { count: shown }) : null);
  }
  function move(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) { return; }
    const there = [search, ...rows.filter((row) => !row.item.hidden).map((row) => row.button)];
    const next = there[there.indexOf(document.activeElement) + step];
    if (next) { event.preventDefault(); next.focus(); }
  }

  /* Opens the list: groups [{name, items: [{words, detail, icon, more, value}]}], and kinds to begin by hand.
     Gives the value chosen, or null. */
  ask.pick = function (words, groups, byHand) {
    chosen = null;
    rows = [];
    search.value = "";
    ask.fill(title, words);
    ask.fill(kinds, byHand.length ? [ask.make("p", { class: "eyebrow" }, ask.say("by_hand")), ask.make("div", { class: "pick-kinds" }, byHand.map(chip))] : null);
    ask.fill(list, groups.map(function (group, place) {
      const name = "ask-picker-group-" + place, before = rows.length;
      const section = ask.make("section", { "aria-labelledby": name }, ask.make("h3", { id: name, class: "eyebrow" }, group.name),
        ask.make("ul", {}, group.items.map((one) => ask.make("li", {}, button(one)))));
      rows.slice(before).forEach((row) => { row.item = row.button.parentNode; });
      return section;
    }));
    filter();
    dialog.showModal();
    list.scrollTop = 0;
    search.focus();
    return new Promise((done) => dialog.addEventListener("close", () => done(chosen), { once: true }));
  };

  search.addEventListener("input", filter);
  dialog.addEventListener("keydown", move);
  dialog.addEventListener("click", (event) => { if (event.target === dialog) { dialog.close(); } });
  document.getElementById("ask-picker-close").addEventListener("click", () => dialog.close());
})(window.euthymiaAsk = window.euthymiaAsk || {});
