(function () {
  "use strict";
  var root = document.querySelector(".player");
  if (!root) { return; }
  var data = JSON.parse(document.getElementById("play-data").textContent);
  var range = document.getElementById("play-range"), button = document.getElementById("play-button");
  var list = root.querySelector(".race"), picture = root.querySelector(".relief-picture");
  var rows = Array.prototype.slice.call(list.children), listed = rows.slice();
  var moments = root.querySelectorAll(".moment"), noticed = document.getElementById("noticed");
  var radios = Array.prototype.slice.call(root.querySelectorAll("input[name=order]"));
  var calm = window.matchMedia("(prefers-reduced-motion: reduce)"), timer = null, now = -1;

  function place(value) { return (100 * Math.min(Math.max(value, 0), data.longest) / data.longest).toFixed(2) + "%"; }
  function said(value) { return value.toFixed(1).replace(/^-0\.0$/, "0.0").replace("-", "\u2212"); }
  function order() { return radios.filter(function (one) { return one.checked; })[0].value; }
  function median(row) { return data.rows[row.getAttribute("data-row")][0][now]; }

  function sorted() {
    if (order() === "onset") { return listed.slice(); }
    if (order() === "study") {
      return listed.slice().sort(function (a, b) { return a.getAttribute("data-study") < b.getAttribute("data-study") ? -1 : a.getAttribute("data-study") > b.getAttribute("data-study") ? 1 : 0; });
    }
    return listed.slice().sort(function (a, b) { return median(b) - median(a); });
  }
  function arrange() {
    if (list.contains(document.activeElement)) { return; }
    var wanted = sorted();
    if (wanted.every(function (row, index) { return list.children[index] === row; })) { return; }
    var before = calm.matches ? null : rows.map(function (row) { return row.getBoundingClientRect().top; });
    list.append.apply(list, wanted);
    if (!before) { return; }
    rows.forEach(function (row, index) {
      var moved = before[index] - row.getBoundingClientRect().top;
      if (moved && row.animate) { row.animate([{ transform: "translateY(" + moved + "px)" }, { transform: "none" }], { duration: 260, easing: "ease-out" }); }
    });
  }
  function line() {
    var found = picture.querySelector(".now"), cells = picture.viewBox.baseVal.width;
    if (!found) {
      found = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      found.setAttribute("class", "now");
      picture.appendChild(found);
    }
    var left = Number(root.getAttribute("data-left")), wide = (cells - 20 - left) / data.days.length;
    found.setAttribute("x", left + wide * now);
    found.setAttribute("y", root.getAttribute("data-top"));
    found.setAttribute("width", wide);
    found.setAttribute("height", root.getAttribute("data-high"));
  }
  function show(step) {
    now = step;
    range.value = step;
    var count = 0;
    rows.forEach(function (row) {
      var all = data.rows[row.getAttribute("data-row")], value = all[0][now];
      row.querySelector(".reach").style.setProperty("--to", place(value));
      row.querySelector(".whisker").style.setProperty("--from", place(all[1][now]));
      row.querySelector(".whisker").style.setProperty("--to", place(all[2][now]));
      row.querySelector(".value").textContent = said(value);
      row.classList.toggle("noticed", value >= data.margin);
      count += value >= data.margin ? 1 : 0;
    });
    noticed.textContent = count;
    Array.prototype.forEach.call(moments, function (one, index) { one.hidden = index !== step; });
    range.setAttribute("aria-valuetext", Array.prototype.map.call(moments[step].querySelectorAll("span[lang]"), function (one) { return one.getAttribute("lang") === document.documentElement.getAttribute("data-lang") ? one.textContent : ""; }).join("") || moments[step].textContent);
    line();
    arrange();
  }
  function keep() {
    try { window.history.replaceState(null, "", window.location.search + "#step=" + now + "&order=" + order()); } catch (error) { /* from disk */ }
  }
  function stop() {
    window.clearInterval(timer);
    timer = null;
    root.classList.remove("playing");
    keep();
  }
  function play() {
    if (now >= data.days.length - 1) { show(0); }
    root.classList.add("playing");
    timer = window.setInterval(function () {
      show(now + 1);
      if (now >= data.days.length - 1) { stop(); }
    }, 450);
  }

  root.classList.add("ready");
  root.querySelector(".controls").hidden = false;
  button.addEventListener("click", function () { if (timer) { stop(); } else { play(); } });
  range.addEventListener("input", function () { if (timer) { stop(); } show(Number(range.value)); keep(); });
  radios.forEach(function (one) { one.addEventListener("change", function () { arrange(); keep(); }); });
  document.addEventListener("visibilitychange", function () { if (document.hidden && timer) { stop(); } });
  var asked = /[#&]step=(\d{1,3})\b/.exec(window.location.hash), way = /[#&]order=(strongest|onset|study)\b/.exec(window.location.hash);
  if (way) { radios.forEach(function (one) { one.checked = one.value === way[1]; }); }
  show(asked && Number(asked[1]) < data.days.length ? Number(asked[1]) : Number(root.getAttribute("data-first")));
})();
