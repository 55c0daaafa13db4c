/* A model or a study of the reader's own, sent to the server. */
(function (ask) {
  "use strict";
  const { say, make } = ask;
  const MODELS = { xml: "application/sbml+xml", sbml: "application/sbml+xml" };

  function form(name, address, type) {
    const box = document.getElementById("ask-own-" + name);
    if (!box || !ask.api) { return; }
    const file = box.querySelector("input[type=file]"), numbers = [...box.querySelectorAll("input[type=number]")];
    const press = box.querySelector("button"), problems = box.querySelector(".own-problems"), result = document.getElementById("ask-own-" + name + "-result");
    const runner = ask.runner(box.querySelector(".own-run"));
    const tell = (list) => ask.fill(problems, list.length ? make("ul", { class: "problem-list" }, list.map((one) => make("li", {}, { en: one.en, zh: one.zh }))) : null);
    press.addEventListener("click", async function () {
      tell([]);
      const chosen = file.files[0], bad = numbers.find((one) => !one.checkValidity() || one.value === "");
      if (!chosen) { tell([say("own_no_file")]); file.focus(); return; }
      if (bad) { tell([say("wrong_number")]); bad.focus(); return; }
      const query = numbers.map((one) => one.name + "=" + encodeURIComponent(one.value)).join("&");
      const body = await chosen.arrayBuffer();
      runner.start({ path: address + "?" + query, options: { method: "POST", headers: { "Content-Type": type(chosen.name) }, body } }, {
        busy: (now) => { press.disabled = now; }, refused: tell,
        done: async (job) => { await ask.result.show(job, result); result.focus({ preventScroll: true }); result.scrollIntoView({ block: "start" }); }
      });
    });
  }

  form("model", "uploads/model", (name) => MODELS[name.split(".").pop().toLowerCase()] || "text/plain");
  form("study", "uploads/study", () => "application/zip");
})(window.euthymiaAsk = window.euthymiaAsk || {});
