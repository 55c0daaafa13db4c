(function () {
  "use strict";
  var SVG = "http://www.w3.org/2000/svg", SCALE = 2, MARGIN = 14, LARGEST = 8000;
  var DRAWN = "svg.chart, svg.chain, svg.brain", SAID = ".figure-name, .panel-name, .hero-title, .ranks-lead, .axis-name";
  var STYLES = ["color", "fill", "fill-opacity", "fill-rule", "font-family", "font-size", "font-style", "font-weight", "letter-spacing",
    "opacity", "paint-order", "stroke", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "stroke-opacity", "stroke-width",
    "text-anchor", "text-decoration-line"];

  function make(tag, attributes, inside) {
    var one = document.createElementNS(SVG, tag);
    Object.keys(attributes).forEach(function (name) { one.setAttribute(name, attributes[name]); });
    if (inside) { one.appendChild(inside); }
    return one;
  }
  function shown(one) { return one.getClientRects().length > 0 && window.getComputedStyle(one).visibility !== "hidden"; }
  function within(holder, selector) { return Array.prototype.filter.call(holder.querySelectorAll(selector), shown); }

  /* A drawing with the styles that it has on the page; what the page hides is left out. */
  function dressed(drawing) {
    var copy = drawing.cloneNode(true), hidden = [];
    var own = [drawing].concat(Array.prototype.slice.call(drawing.querySelectorAll("*")));
    var made = [copy].concat(Array.prototype.slice.call(copy.querySelectorAll("*")));
    own.forEach(function (one, place) {
      var style = window.getComputedStyle(one);
      if (style.display === "none" || style.visibility === "hidden") { hidden.push(made[place]); return; }
      made[place].setAttribute("style", STYLES.map(function (name) { return name + ":" + style.getPropertyValue(name); }).join(";"));
    });
    hidden.forEach(function (one) { one.remove(); });
    return copy;
  }
  /* Words of the page where they stand, word by word, so that lines break as they do there. */
  function letters(element, style) {
    var found = [], walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT), range = document.createRange();
    while (walker.nextNode()) {
      var node = walker.currentNode;
      if (node.parentElement.closest(".unseen")) { continue; }
      var word = /[^\s\u2e80-\uffef]+|[\u2e80-\uffef]/g, match;
      while ((match = word.exec(node.data))) {
        range.setStart(node, match.index);
        range.setEnd(node, match.index + match[0].length);
        var box = range.getClientRects()[0], first = !found.length;
        if (box) { found.push({ box: box, words: first && style.capital ? match[0].charAt(0).toUpperCase() + match[0].slice(1) : match[0] }); }
      }
    }
    return found;
  }
  function said(element) {
    var style = window.getComputedStyle(element), size = parseFloat(style.fontSize);
    var capital = window.getComputedStyle(element, "::first-letter").textTransform === "uppercase";
    return letters(element, { capital: capital }).map(function (one) {
      var text = make("text", {
        x: one.box.left, y: (one.box.top + one.box.bottom) / 2 + size * 0.35,
        style: "font:" + style.fontStyle + " " + style.fontWeight + " " + style.fontSize + " " + style.fontFamily + ";fill:" + style.color
      }, document.createTextNode(one.words));
      return { node: text, box: one.box };
    });
  }
  function drawn(drawing) {
    var box = drawing.getBoundingClientRect(), copy = dressed(drawing);
    ["x", "y", "width", "height"].forEach(function (name) { copy.setAttribute(name, box[name]); });
    return { node: copy, box: box };
  }
  function ground(holder) {
    for (var one = holder; one; one = one.parentElement) {
      var colour = window.getComputedStyle(one).backgroundColor;
      if (colour !== "transparent" && !/, 0\)$/.test(colour)) { return colour; }
    }
    return "#fff";
  }
  function sheet(holder) {
    var parts = within(holder, SAID).reduce(function (all, one) { return all.concat(said(one)); }, []).concat(within(holder, DRAWN).map(drawn));
    var edge = function (name, pick) { return pick.apply(null, parts.map(function (one) { return one.box[name]; })); };
    var left = edge("left", Math.min) - MARGIN, top = edge("top", Math.min) - MARGIN;
    var width = edge("right", Math.max) + MARGIN - left, height = edge("bottom", Math.max) + MARGIN - top;
    var scale = Math.min(SCALE, LARGEST / Math.max(width, height));
    var root = make("svg", { xmlns: SVG, width: width * scale, height: height * scale, viewBox: [left, top, width, height].join(" ") });
    root.appendChild(make("rect", { x: left, y: top, width: width, height: height, fill: ground(holder) }));
    parts.forEach(function (one) { root.appendChild(one.node); });
    return root;
  }
  function painted(root, done) {
    var image = new Image(), canvas = document.createElement("canvas");
    image.onload = function () {
      canvas.width = Math.ceil(image.width);
      canvas.height = Math.ceil(image.height);
      canvas.getContext("2d").drawImage(image, 0, 0);
      canvas.toBlob(done, "image/png");
    };
    image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(new XMLSerializer().serializeToString(root));
  }
  function save(blob, name) {
    var link = document.createElement("a"), address = URL.createObjectURL(blob);
    link.href = address;
    link.download = name;
    document.body.appendChild(link);
    link.click();
    link.remove();
    window.setTimeout(function () { URL.revokeObjectURL(address); }, 60000);
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest("button[data-png]");
    if (!button) { return; }
    var holder = button.closest("figure, [data-figure]");
    var name = button.getAttribute("data-png") + (document.documentElement.getAttribute("data-lang") === "zh" ? ".zh.png" : ".png");
    var canvas = within(holder, "[data-canvas]")[0];
    if (canvas && canvas.euthymiaPicture) { save(canvas.euthymiaPicture(SCALE, ground(holder)), name); return; }
    painted(sheet(holder), function (blob) { save(blob, name); });
  });
})();
