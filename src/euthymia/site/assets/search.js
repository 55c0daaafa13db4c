/* The search field: reads the index when it is first used, filters while one types, and opens what is chosen. */
(function () {
  "use strict";
  var MOST = 12;
  var GREEK = { "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta",
    "θ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "ο": "omicron",
    "π": "pi", "ρ": "rho", "σ": "sigma", "ς": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi", "χ": "chi",
    "ψ": "psi", "ω": "omega" };
  var field, list, status, items = null, index = null, wanted = false, active = -1;

  function fold(text) {
    return text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase()
      .replace(/[\u03b1-\u03c9]/g, function (letter) { return GREEK[letter] || letter; });
  }
  function plain(text) { return text.replace(/[^\p{L}\p{N}]/gu, ""); }
  function parts(text) { return text.split(/[\s,;:!?，。；：！？、（）()“”]+/).map(plain).filter(Boolean); }
  function place() { return document.documentElement.getAttribute("data-lang") === "zh" ? 1 : 0; }

  function prepared(one) {
    var names = [fold(one[1]), fold(one[2])], others = fold(one[4]);
    return { kind: one[0], names: [one[1], one[2]], href: one[3], heads: names.map(plain),
      words: parts(names.join(" ")), more: parts(others), all: plain(names.join(" ")) + " " + plain(others) };
  }
  function asked(text) {
    var said = fold(text);
    index.passed[1].forEach(function (words) { said = said.split(words).join(" "); });
    var every = parts(said);
    var telling = every.filter(function (word) { return index.passed[0].indexOf(word) < 0; });
    return telling.length ? telling : every;
  }
  function weight(one, word) {
    if (one.heads.indexOf(word) >= 0 || (one.kind === 0 && one.more.indexOf(word) >= 0)) { return 6; }
    if (one.words.indexOf(word) >= 0 || one.more.indexOf(word) >= 0) { return 5; }
    if (one.heads.some(function (head) { return head.indexOf(word) === 0; })) { return 4; }
    if (one.words.some(function (own) { return own.indexOf(word) === 0; })) { return 3; }
    if (one.more.some(function (own) { return own.indexOf(word) === 0; })) { return 2; }
    return one.all.indexOf(word) >= 0 ? 1 : 0;
  }
  function matches(text) {
    var words = asked(text), whole = plain(words.join(""));
    if (!words.length) { return []; }
    return items.map(function (one, order) {
      var each = words.map(function (word) { return weight(one, word); });
      var sum = each.indexOf(0) >= 0 ? 0 : each.reduce(function (a, b) { return a + b; }, 0) / words.length;
      return { one: one, order: order, sum: Math.max(sum, words.length > 1 ? weight(one, whole) : 0) };
    }).filter(function (found) { return found.sum > 0; }).sort(function (a, b) {
      return b.sum - a.sum || a.one.kind - b.one.kind || a.order - b.order;
    });
  }

  function spans(into, texts) {
    if (texts[0] === texts[1]) { into.textContent = texts[0]; return; }
    ["en", "zh"].forEach(function (language, at) {
      var span = document.createElement("span");
      span.lang = language;
      span.textContent = texts[at];
      into.appendChild(span);
    });
  }
  function target(href) {
    var cut = href.split("#"), here = window.location.pathname.split("/").pop() || "index.html";
    var hash = cut[1] ? "#" + cut[1] : "";
    return cut[0] === here && hash ? hash : cut[0] + (place() ? "?lang=zh" : "") + hash;
  }
  function option(found, at) {
    var row = document.createElement("li"), link = document.createElement("a");
    var name = document.createElement("span"), kind = document.createElement("span");
    row.setAttribute("role", "presentation");
    link.setAttribute("role", "option");
    link.id = "found-" + at;
    link.tabIndex = -1;
    link.href = target(found.one.href);
    link.setAttribute("aria-selected", "false");
    name.className = "found-name";
    kind.className = "found-kind";
    spans(name, found.one.names);
    spans(kind, index.kinds[found.one.kind]);
    link.append(name, " ", kind);
    row.appendChild(link);
    return row;
  }
  function say(texts, count) {
    status.textContent = "";
    spans(status, texts.map(function (text) { return text.replace("{count}", count); }));
  }
  function show() {
    var text = field.value.trim(), found = index && text ? matches(text) : [];
    close();
    if (!index || !text) { status.textContent = ""; return; }
    list.replaceChildren.apply(list, found.slice(0, MOST).map(option));
    if (found.length) { say(index.words.found, found.length); } else { none(); say(index.words.nothing, 0); }
    list.hidden = false;
    field.setAttribute("aria-expanded", String(found.length > 0));
  }
  function none() {
    var row = document.createElement("li");
    row.setAttribute("role", "presentation");
    row.className = "found-none";
    spans(row, index.words.nothing);
    list.appendChild(row);
  }
  function close() {
    list.hidden = true;
    list.replaceChildren();
    field.setAttribute("aria-expanded", "false");
    choose(-1);
  }
  function options() { return Array.prototype.slice.call(list.querySelectorAll("[role=option]")); }
  function choose(at) {
    var all = options();
    active = all.length && at >= -1 ? at : -1;
    all.forEach(function (one, own) { one.setAttribute("aria-selected", String(own === active)); });
    if (active < 0) { field.removeAttribute("aria-activedescendant"); return; }
    field.setAttribute("aria-activedescendant", all[active].id);
    all[active].scrollIntoView({ block: "nearest" });
  }
  function pressed(event) {
    var all = options(), count = all.length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!count) { show(); return; }
      choose(event.key === "ArrowDown" ? (active + 1) % count : (active <= 0 ? count : active) - 1);
    } else if (event.key === "Enter" && count) {
      event.preventDefault();
      all[Math.max(active, 0)].click();
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    }
  }
  function load() {
    if (wanted) { return; }
    wanted = true;
    var script = document.createElement("script");
    script.src = "assets/index.js";
    script.onload = function () {
      index = window.euthymiaIndex;
      items = index.items.map(prepared);
      show();
    };
    script.onerror = function () { wanted = false; };
    document.head.appendChild(script);
  }

  document.addEventListener("DOMContentLoaded", function () {
    var box = document.querySelector("[role=search]");
    if (!box) { return; }
    field = box.querySelector("input");
    list = box.querySelector("[role=listbox]");
    status = box.querySelector("[role=status]");
    field.addEventListener("focus", load);
    field.addEventListener("input", function () { load(); show(); });
    field.addEventListener("keydown", pressed);
    list.addEventListener("mousedown", function (event) { event.preventDefault(); });
    list.addEventListener("click", function (event) {
      if (event.target.closest("a")) { window.setTimeout(close, 0); }
    });
    box.addEventListener("focusout", function (event) { if (!box.contains(event.relatedTarget)) { close(); } });
  });
})();
