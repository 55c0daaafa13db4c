/* An answer on the page: the server's words and pictures, files to keep, and what a difference comes from. */
(function (ask) {
  "use strict";
  const { say, make, names } = ask;
  const TYPES = { json: "JSON", csv: "CSV", svg: "SVG", yaml: "YAML", html: "HTML" };

  async function page(job, holder) {
    const text = await ask.server.get("results/" + job.result + "/page", "text");
    const held = make("div", { class: "fragment" });
    held.innerHTML = text;
    holder.append(held);
    held.querySelectorAll(".figure").forEach((one) => { if (one.scrollWidth > one.clientWidth) { one.tabIndex = 0; } });
  }
  const kilobytes = (bytes) => String(Math.max(1, Math.round(bytes / 1000)));
  async function files(job, holder) {
    const list = await ask.server.get("results/" + job.result + "/files");
    if (!list.length) { return; }
    const name = "ask-files-" + job.result.slice(0, 8);
    holder.append(make("section", { class: "result-files", "aria-labelledby": name }, make("h3", { id: name }, say("files")),
      make("ul", { class: "file-list" }, list.map((one) => make("li", {},
        make("a", { href: ask.api + "results/" + job.result + "/files/" + encodeURIComponent(one.name), download: one.name }, make("code", {}, one.name)),
        make("span", { class: "small quiet" }, " ", TYPES[one.name.split(".").pop()] || "", " · ", kilobytes(one.bytes), " kB"))))));
  }
  /* A result with its files in a place of the page, in the place of an earlier one. */
  async function show(job, holder) {
    holder.replaceChildren();
    await page(job, holder);
    await files(job, holder);
  }

  /* Offers to explain the differences of an answer, one at a time. */
  async function explain(job, question, holder) {
    const data = await ask.server.get("results/" + job.result), contrasts = data.contrasts || [];
    if (!contrasts.length) { return; }
    const label = (id) => { const arm = question.arms.find((one) => one.id === id); return arm && arm.label ? arm.label : id; };
    const words = (one) => say("contrast", {
      arm: label(one.arm), against: label(one.against), assay: names.assay({ assay: one.assay, of: one.of ? [one.of] : [] }),
      when: names.at(ask.quantity.write(one.day, "d"))
    });
    const select = make("select", { id: "ask-contrast" }, contrasts.map((one, place) => ask.option(String(place), words(one))));
    const press = make("button", { type: "button", class: "primary" }, say("explain")), place = make("div", {});
    const problems = make("div", { role: "alert" }), found = make("div", { class: "explained-result" });
    const field = make("div", { class: "field" }, make("label", { for: "ask-contrast" }, say("explain_which")), select);
    holder.append(make("section", { class: "card explain-box", "aria-labelledby": "ask-explain-title" },
      make("h3", { id: "ask-explain-title" }, say("explain_title")), make("p", { class: "quiet" }, say("explain_lead")),
      make("div", { class: "explain-line" }, field, press), problems, place), found);
    const runner = ask.runner(place);
    press.addEventListener("click", function () {
      const one = contrasts[Number(select.value)];
      const contrast = { arm: one.arm, against: one.against, assay: one.assay, time: ask.quantity.write(one.day, "d"), ...(one.of ? { of: one.of } : {}) };
      problems.replaceChildren();
      runner.start({ path: "jobs", options: ask.server.json("POST", { kind: "explanation", question, contrast }) }, {
        busy: (now) => { press.disabled = now; },
        refused: (list) => ask.fill(problems, make("ul", { class: "problem-list" }, list.map((each) => make("li", {}, { en: each.en, zh: each.zh })))),
        done: async (explained) => { await show(explained, found); found.scrollIntoView({ block: "start" }); }
      });
    });
  }

  ask.result = { show, explain };
})(window.euthymiaAsk = window.euthymiaAsk || {});
