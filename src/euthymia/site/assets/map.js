(function () {
  "use strict";
  var root = document.querySelector(".map-and-places");
  if (!root) { return; }
  var links = Array.prototype.slice.call(root.querySelectorAll("[data-place]"));
  var entries = Array.prototype.slice.call(root.querySelectorAll(".place-entry"));
  var said = document.getElementById("chosen-place");

  function within(name) {
    var own = links.filter(function (link) { return link.getAttribute("data-place") === name && link.hasAttribute("data-within"); })[0];
    return own ? own.getAttribute("data-within").split(" ") : [name];
  }
  function choose(name, options) {
    var lit = name ? within(name) : [];
    root.classList.toggle("empty", !name);
    links.forEach(function (link) {
      var place = link.getAttribute("data-place");
      if (place === name) { link.setAttribute("aria-current", "true"); } else { link.removeAttribute("aria-current"); }
      if (!link.hasAttribute("data-within")) { link.classList.toggle("lit", place !== name && lit.indexOf(place) >= 0); }
    });
    entries.forEach(function (entry) { entry.classList.toggle("chosen", entry.id === "place-" + name); });
    var chosen = name && document.getElementById("place-" + name);
    root.querySelector(".places").scrollTop = 0;
    said.replaceChildren.apply(said, name ? Array.prototype.map.call(document.getElementById("name-" + name).childNodes, function (one) { return one.cloneNode(true); }) : []);
    if (chosen && options && options.keep) {
      try { window.history.replaceState(null, "", window.location.search + "#place-" + name); } catch (error) { /* from disk */ }
      if (window.matchMedia("(max-width: 60rem)").matches) { chosen.scrollIntoView({ block: "nearest" }); }
    }
  }
  function asked() {
    var found = /^#place-([A-Za-z0-9_]+)$/.exec(window.location.hash);
    return found && document.getElementById("place-" + found[1]) ? found[1] : null;
  }

  root.classList.add("ready");
  links.forEach(function (link) {
    link.addEventListener("click", function (event) {
      event.preventDefault();
      choose(link.getAttribute("data-place"), { keep: true });
    });
  });
  window.addEventListener("hashchange", function () {
    if (asked()) { choose(asked()); document.getElementById("map").scrollIntoView(); }
  });
  var first = asked();
  choose(first);
  if (first) { document.getElementById("map").scrollIntoView(); }
})();
