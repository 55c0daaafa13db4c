(function () {
  "use strict";
  var holder = document.getElementById("graph-data"), section = document.getElementById("mechanism").parentNode;
  var explore = document.querySelector(".explore"), about = document.querySelector(".about-link");
  if (!holder || !explore || !window.cytoscape) { return; }
  var data = JSON.parse(holder.textContent), root = document.documentElement, chosen = null, close = false;
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  var calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  var steps = Array.prototype.slice.call(explore.querySelectorAll("[data-link]"));

  function colour(name) { return window.getComputedStyle(root).getPropertyValue("--" + name).trim(); }
  function language() { return root.getAttribute("data-lang") === "zh" ? "zh" : "en"; }
  function extent(name) {
    var all = data.nodes.map(function (one) { return one[name]; });
    return Math.max.apply(null, all) - Math.min.apply(null, all);
  }
  /* Layers from left to right where letters stay readable, else from top to bottom; then as high as it needs to be. */
  function plan() {
    var room = document.getElementById("graph").clientWidth - 36;
    var flat = { down: false, wide: extent("along") * 176 + 118, high: extent("across") * 84 + 54 };
    var tall = { down: true, wide: extent("across") * 136 + 118, high: extent("along") * 96 + 54 };
    var best = room / flat.wide > 0.82 ? flat : tall;
    document.getElementById("graph").style.height = Math.max(280, Math.min(1100, best.high * Math.min(1, room / best.wide) + 40)) + "px";
    return best;
  }
  function place(node) {
    return planned.down ? { x: node.across * 136, y: node.along * 96 } : { x: node.along * 176, y: node.across * 84 };
  }
  /* Where a long edge bends around what stands between: weights along the straight line and distances from it. */
  function bends(edge) {
    var own = edge.data("own"), from = edge.source().position(), to = edge.target().position();
    var dx = to.x - from.x, dy = to.y - from.y, size = dx * dx + dy * dy || 1, length = Math.sqrt(size);
    return own.via.map(function (one) {
      var spot = place({ along: one[0], across: one[1] }), x = spot.x - from.x, y = spot.y - from.y;
      return { weight: (x * dx + y * dy) / size, distance: (y * dx - x * dy) / length };
    });
  }
  function listed(name) {
    return function (edge) { return bends(edge).map(function (one) { return one[name]; }); };
  }
  function elements() {
    return data.nodes.map(function (node) {
      return { group: "nodes", data: { id: "n-" + node.id, own: node }, position: place(node) };
    }).concat(data.edges.map(function (edge) {
      return { group: "edges", classes: edge.via.length ? "long" : "", data: { id: "e-" + edge.id, source: "n-" + edge.source, target: "n-" + edge.target, own: edge } };
    }));
  }
  function tint(edge) {
    return colour({ plus: "c1", minus: "no", zero: "none", gate: "maybe" }[edge.data("own").sign]);
  }
  function style() {
    var family = window.getComputedStyle(document.body).fontFamily.replace(/'/g, '"');
    return [
      { selector: "node", style: {
        "shape": function (node) { return { drug: "round-rectangle", behaviour: "rectangle", region: "ellipse", cell: "ellipse" }[node.data("own").kind] || "round-rectangle"; },
        "width": 118, "height": 54, "background-color": colour("sunk"), "border-width": 1.4, "border-color": colour("edge"),
        "label": function (node) { return node.data("own").label[language()]; }, "color": colour("ink"), "font-family": family,
        "font-size": 13, "text-wrap": "wrap", "text-max-width": 108, "text-valign": "center", "text-halign": "center", "line-height": 1.15 } },
      { selector: "node[own.kind = 'drug']", style: { "background-color": colour("c2"), "background-opacity": 0.16, "border-color": colour("c2") } },
      { selector: "node[own.kind = 'behaviour']", style: { "background-color": colour("c3"), "background-opacity": 0.16, "border-color": colour("c3") } },
      { selector: "edge", style: {
        "width": 2, "line-color": tint, "target-arrow-color": tint, "curve-style": "bezier", "arrow-scale": 1.15,
        "target-arrow-shape": function (edge) { return { plus: "triangle", minus: "tee", zero: "circle", gate: "diamond" }[edge.data("own").sign]; },
        "target-arrow-fill": function (edge) { return edge.data("own").sign === "zero" ? "hollow" : "filled"; },
        "line-style": function (edge) { return edge.data("own").sign === "zero" ? "dashed" : "solid"; },
        "label": function (edge) { return String(edge.data("own").number); }, "font-size": 12, "font-weight": "bold", "font-family": family,
        "color": colour("ink"), "text-background-color": colour("surface"), "text-background-opacity": 1,
        "text-background-padding": 3, "text-background-shape": "round-rectangle", "overlay-padding": 9 } },
      { selector: "edge.long", style: {
        "curve-style": "round-segments", "edge-distances": "node-position", "segment-radii": 26,
        "segment-weights": listed("weight"), "segment-distances": listed("distance") } },
      { selector: "node.faint", style: { "opacity": 0.4 } },
      { selector: "edge.faint", style: { "line-color": colour("rule"), "target-arrow-color": colour("rule"), "color": colour("edge") } },
      { selector: "edge.chosen", style: { "width": 4.5, "z-index": 9 } },
      { selector: "node.end", style: { "border-width": 3 } }
    ];
  }

  explore.hidden = false;
  var planned = plan();
  section.classList.add("drawn");
  document.querySelector(".all-links").open = false;
  var graph = window.cytoscape({
    container: document.getElementById("graph"), elements: elements(), style: style(), layout: { name: "preset" },
    minZoom: 0.25, maxZoom: 2.5, userZoomingEnabled: false,
    userPanningEnabled: !window.matchMedia("(pointer: coarse)").matches, autoungrabify: true, boxSelectionEnabled: false
  });
  function fit() {
    graph.resize();
    graph.fit(undefined, 18);
    if (graph.zoom() > 1.15) { graph.zoom(1.15); graph.center(); }
  }
  function arrange() {
    close = false;
    planned = plan();
    graph.nodes().positions(function (node) { return place(node.data("own")); });
    redress();
    fit();
  }
  function show(link) {
    var row = document.getElementById("link-" + link), title = document.createElement("h3");
    title.append.apply(title, Array.prototype.map.call(row.cells[0].childNodes, function (one) { return one.cloneNode(true); }));
    var parts = [title];
    Array.prototype.forEach.call(row.querySelectorAll("[data-part]"), function (cell) {
      var head = document.createElement("h4"), body = document.createElement("div");
      Array.prototype.forEach.call(cell.children[0].childNodes, function (one) { head.appendChild(one.cloneNode(true)); });
      body.appendChild(cell.children[1].cloneNode(true));
      body.className = cell.className;
      parts.push(head, body);
    });
    about.className = "about-link " + row.className;
    about.replaceChildren.apply(about, parts);
    explore.querySelector(".none-chosen").hidden = true;
  }
  function choose(link) {
    if (link === chosen) { return; }
    chosen = link;
    var edge = graph.getElementById("e-" + link);
    graph.batch(function () {
      graph.elements().removeClass("chosen end").addClass("faint");
      edge.addClass("chosen").removeClass("faint");
      edge.connectedNodes().addClass("end").removeClass("faint");
    });
    steps.forEach(function (one) { one.setAttribute("aria-pressed", String(one.getAttribute("data-link") === link)); });
    show(link);
  }
  /* In a picture too small to read, comes near to a link that was chosen by number or by touch. */
  function approach(link) {
    if (graph.zoom() > 0.72 && !close) { return; }
    var view = { zoom: 0.95, center: { eles: graph.getElementById("e-" + link) } };
    close = true;
    if (calm.matches) { graph.zoom(view.zoom).center(view.center.eles); } else { graph.stop(true).animate(view, { duration: 250 }); }
  }
  function redress() { graph.style().fromJson(style()).update(); }

  graph.on("mouseover tap", "edge", function (event) {
    choose(event.target.data("own").id);
    if (event.type === "tap") { approach(chosen); }
  });
  graph.on("tap", function (event) {
    if (event.target === graph) { graph.elements().removeClass("chosen end faint"); chosen = null; }
  });
  graph.on("mouseover", "edge", function () { graph.container().style.cursor = "pointer"; });
  graph.on("mouseout", "edge", function () { graph.container().style.cursor = ""; });
  graph.container().addEventListener("wheel", function (event) {
    if (!event.ctrlKey) { return; }
    event.preventDefault();
    var box = graph.container().getBoundingClientRect();
    graph.zoom({ level: graph.zoom() * Math.pow(1.0015, -event.deltaY), renderedPosition: { x: event.clientX - box.left, y: event.clientY - box.top } });
  }, { passive: false });
  steps.forEach(function (one, place) {
    ["click", "focus"].forEach(function (kind) {
      one.addEventListener(kind, function () {
        choose(one.getAttribute("data-link"));
        approach(chosen);
      });
    });
    one.addEventListener("keydown", function (event) {
      var other = steps[place + ({ ArrowRight: 1, ArrowLeft: -1 }[event.key] || NaN)];
      if (other) { event.preventDefault(); other.focus(); }
    });
  });
  document.getElementById("graph-fit").addEventListener("click", function () {
    close = false;
    if (calm.matches) { fit(); } else { graph.animate({ fit: { padding: 18 } }, { duration: 200 }); }
  });
  new MutationObserver(redress).observe(root, { attributes: true, attributeFilter: ["data-lang"] });
  dark.addEventListener("change", redress);
  window.addEventListener("resize", arrange);
  window.addEventListener("beforeprint", function () { document.querySelector(".all-links").open = true; });
  fit();
  explore.euthymiaGraph = graph;
  explore.euthymiaPicture = function (scale, ground) { return graph.png({ output: "blob", scale: scale, bg: ground }); };
})();
