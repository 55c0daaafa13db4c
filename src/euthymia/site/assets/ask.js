/* The page "Ask": one question, its form, its picture, its link, and its run. */
(function (ask) {
  "use strict";
  const { say, make } = ask;
  const part = (name) => document.getElementById("ask-" + name);
  const WAIT = 300;
  let timer = null, answered = null, link = "", runner = null;

  /* A short sentence about what just happened. */
  ask.tell = (words) => { ask.fill(part("told"), words); };

  function sizes() {
    const size = ask.question.size(ask.now), days = ask.times.tidy(Math.round(size.days * 10) / 10);
    ask.fill(part("size"), say("size", { arms: size.arms, animals: size.animals, days }));
    const most = ask.atlas.limits.days;
    part("too-long").hidden = !(size.days > most);
    ask.fill(part("too-long"), size.days > most ? say("too_long", { days, most }) : null);
  }
  function data() {
    const area = part("data-text");
    if (document.activeElement !== area) { area.value = JSON.stringify(ask.question.plain(ask.now), null, 2); }
  }
  function remember() {
    window.clearTimeout(timer);
    timer = window.setTimeout(keep, WAIT);
  }
  async function keep() {
    window.clearTimeout(timer);
    if (!ask.link.there()) { return ""; }
    const plain = ask.question.plain(ask.now), text = await ask.link.encode(plain);
    link = JSON.stringify(plain) === JSON.stringify(ask.question.plain(ask.question.first())) ? "" : text;
    ask.link.keep(link);
    return text;
  }
  function stale() {
    part("stale").hidden = !answered || answered === JSON.stringify(ask.question.plain(ask.now));
  }
  function refresh(kept) {
    ask.fields.renew(kept);
    ask.timeline.draw();
    sizes();
    data();
    stale();
    remember();
  }

  /* Changes the question: the form is built anew where parts come or go, all else follows. */
  ask.edit = function (change, how) {
    ask.question.relabelled(ask.now, change);
    if (how.structure) { ask.form.build(how.focus); }
    refresh(how.structure ? null : how.kept);
  };
  ask.load = function (question, words) {
    ask.now = question;
    if (!question.title) { question.title = question.arms[0].label || question.arms[0].id; }
    ask.problems.clear();
    ask.form.build();
    refresh();
    ask.tell(words || null);
  };

  async function fromAddress() {
    const wanted = ask.link.asked();
    if (!wanted) { return false; }
    if (wanted.kind === "use") {
      const names = wanted.text.split(",").slice(0, ask.atlas.limits.arms - 1), question = ask.question.using(names);
      const unknown = names.filter((name) => !ask.atlas.interventions.some((one) => one.id === name));
      ask.load(question || ask.question.first(), unknown.length ? say("link_unknown", { names: unknown.join(", ").slice(0, 80) }) : say("use_loaded"));
      const strength = document.querySelector('[data-place^="arms.1.protocol."]:is([data-place$=".dose"],[data-place$=".strength"],[data-place$=".amount"])');
      if (question && strength) {
        strength.focus({ preventScroll: true });
        strength.scrollIntoView({ block: "center" });
      }
      return true;
    }
    if (link && wanted.text === link) { return true; }
    let question = null;
    try { question = ask.question.read(await ask.link.decode(wanted.text)); } catch (error) { question = null; }
    ask.load(question || ask.question.first(), question ? null : say(ask.link.there() ? "link_broken" : "link_impossible"));
    return true;
  }

  function run() {
    ask.problems.clear();
    const unread = ask.problems.unread();
    if (unread.length) { ask.problems.show(unread, ask.now); return; }
    if (runner.running()) { return; }
    const question = ask.question.plain(ask.now), asked = JSON.stringify(question);
    part("answer").hidden = false;
    part("running").scrollIntoView({ block: "center" });
    runner.start({ path: "jobs", options: ask.server.json("POST", { kind: "question", question }) }, {
      busy: (now) => { part("run").disabled = now; part("answer").toggleAttribute("data-busy", now); },
      refused: (problems) => { part("answer").hidden = !answered; ask.problems.show(problems, question); },
      done: async function (job) {
        const result = part("result");
        await ask.result.show(job, result);
        await ask.result.explain(job, question, result);
        answered = asked;
        stale();
        part("answer-title").focus({ preventScroll: true });
        part("answer").scrollIntoView({ block: "start" });
      }
    });
  }

  function examples() {
    const chosen = (one) => ask.load(ask.question.read(one.question), say("example_loaded", { title: one.title }));
    ask.fill(part("examples"), ask.atlas.examples.map((one) => make("li", {},
      make("button", { type: "button", class: "chip", "data-example": one.id, onclick: () => chosen(one) }, one.title))));
  }
  function copy(button, text, words) {
    button.addEventListener("click", async () => ask.tell(say((await ask.files.copied(await text())) ? words : "copy_failed")));
  }
  function wire() {
    part("run").addEventListener("click", run);
    part("save").addEventListener("click", () => { ask.files.save("question.yaml", ask.files.written(ask.now)); ask.tell(say("saved")); });
    part("open").addEventListener("change", async function (event) {
      const [file] = event.target.files;
      event.target.value = "";
      if (!file) { return; }
      const found = await ask.files.open(file);
      if (found.question) { ask.load(found.question, say("opened", { name: file.name.slice(0, 80) })); } else { ask.problems.show(found.problems, ask.now); }
    });
    part("apply").addEventListener("click", function () {
      const area = part("data-text");
      let question = null;
      try { question = ask.question.read(JSON.parse(area.value)); } catch (error) { question = null; }
      part("data-error").hidden = Boolean(question);
      area.setAttribute("aria-invalid", String(!question));
      if (question) { ask.load(question, say("applied")); }
    });
    part("link").hidden = !ask.link.there();
    copy(part("link"), async () => ask.link.address(await keep()), "link_copied");
    copy(part("copy-data"), () => part("data-text").value, "copied");
    document.querySelectorAll("[data-copy]").forEach((button) => copy(button, () => document.getElementById(button.getAttribute("data-copy")).textContent, "copied"));
    part("how").addEventListener("click", () => part("static").scrollIntoView({ block: "center" }));
    window.addEventListener("hashchange", async () => { if (!(await fromAddress())) { keep(); } });
  }
  /* What the server takes on, in the place of the limits of any question. */
  async function limits() {
    try {
      ask.atlas.limits = { ...ask.atlas.limits, ...(await ask.server.get("atlas")).limits };
      ask.form.build();
    } catch (error) { /* it tells when it refuses */ }
  }

  ask.onLanguage(() => ask.fields.renew(null));
  part("app").hidden = false;
  part("openapi").href = ask.api + "openapi.json";
  runner = ask.runner(part("running"));
  examples();
  wire();
  fromAddress().then((found) => { if (!found) { ask.load(ask.question.first()); } if (ask.api) { limits(); } });
})(window.euthymiaAsk = window.euthymiaAsk || {});
