(function () {
  "use strict";
  var root = document.documentElement, key = "euthymia-language";
  var anchors = "h1,h2,h3,p,li,dt,dd,tr,figure,summary,caption";

  function stored() {
    try { return window.localStorage.getItem(key); } catch (error) { return null; }
  }
  function store(language) {
    try { window.localStorage.setItem(key, language); } catch (error) { /* private window: not remembered */ }
  }
  function asked() {
    var found = /[?&]lang=(en|zh)\b/.exec(window.location.search) || /^#lang=(en|zh)$/.exec(window.location.hash);
    return found && found[1];
  }
  function reading() {
    return Array.prototype.find.call(document.querySelectorAll(anchors), function (one) {
      var box = one.getBoundingClientRect();
      return box.height > 0 && box.bottom > 1;
    });
  }
  function apply(language) {
    root.setAttribute("data-lang", language);
    root.setAttribute("lang", language === "zh" ? "zh-Hans" : "en");
    document.title = root.getAttribute("data-title-" + language);
  }
  function dress(language) {
    document.querySelectorAll("[data-switch]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.getAttribute("data-switch") === language));
    });
    document.querySelectorAll("a[data-page]").forEach(function (link) {
      link.setAttribute("href", link.getAttribute("data-page") + "?lang=" + language + link.hash);
    });
  }
  function change(language) {
    var one = window.scrollY > 0 ? reading() : null, before = one && one.getBoundingClientRect().top;
    apply(language);
    dress(language);
    store(language);
    if (one) { window.scrollBy({ top: one.getBoundingClientRect().top - before, behavior: "instant" }); }
    try {
      if (asked()) { window.history.replaceState(null, "", "?lang=" + language + window.location.hash.replace(/^#lang=..$/, "")); }
    } catch (error) { /* a file opened from disk may refuse; the choice still holds */ }
  }

  root.classList.add("js");
  var first = asked() || (stored() === "zh" ? "zh" : "en");
  apply(first);
  document.addEventListener("DOMContentLoaded", function () {
    dress(first);
    document.querySelectorAll("[data-switch]").forEach(function (button) {
      button.addEventListener("click", function () { change(button.getAttribute("data-switch")); });
    });
  });
})();
