/* The form around the groups: title, animals and stress, readings, studies; it is built anew when parts come or go. */
(function (ask) {
  "use strict";
  const { fields, say, make, names, items } = ask;
  const { edit, card, add, adds, entry, interventions, append, own } = ask.parts;
  const MOST_TITLE = 300;
  const part = (name) => document.getElementById("ask-" + name);
  const options = (prefix, list) => () => list.map((one) => [one, say(prefix + one)]);
  const written = (holder, key) => ({ get: () => holder[key], set: (value) => { holder[key] = value; } });

  function title() {
    ask.fill(part("title-place"), fields.text({
      place: "title", label: say("title_name"), class: "title-field", most: MOST_TITLE,
      get: () => ask.text(ask.now.title), set: (value) => { ask.now.title = value; }
    }));
  }

  function animals() {
    const question = ask.now, { cohort } = question, most = ask.atlas.limits.animals;
    const more = (list, place, kind, id) => add(say("add_" + id), "cohort." + place + "-add" + (id === "injury" ? "-injury" : ""),
      () => append(list, "cohort." + place, items.fresh[kind]()));
    ask.fill(part("animals"),
      make("div", { class: "items" }, cohort.stress.length ? interventions(cohort.stress, "cohort.stress") : make("p", { class: "quiet small" }, say("no_stress"))),
      adds(more(cohort.stress, "stress", "stress", "stress"), more(cohort.stress, "stress", "injury", "injury")),
      cohort.genotype.length > 0 && make("div", { class: "items" }, interventions(cohort.genotype, "cohort.genotype")),
      adds(more(cohort.genotype, "genotype", "gene", "genotype")),
      make("div", { class: "fields lines" },
        fields.number({ place: "animals", label: say("animals"), min: 1, max: most, whole: true, hint: say("animals_hint", { most }), ...written(question, "animals") }),
        fields.number({ place: "seed", label: say("seed"), min: 0, whole: true, hint: say("seed_hint"), ...written(question, "seed") }),
        fields.choice({ place: "cohort.sex", label: say("sex"), options: options("sex_", ["unknown", "female", "male", "both"]), ...own(cohort, "sex", "unknown") }),
        cohort.sex && make("p", { class: "field-hint whole" }, say("sex_hint"))));
  }

  /* A population is read or not; the last one stays. */
  const population = (one, here, cells) => fields.check({
    place: here + ".of." + cells.id, label: cells.label, structure: true, get: () => one.of.includes(cells.id),
    set: (value) => { one.of = value ? [...one.of, cells.id] : one.of.filter((other) => other !== cells.id || one.of.length === 1); }
  });
  function readings() {
    const list = ask.now.sampling;
    ask.fill(part("readings"), list.map(function (one, index) {
      const here = "sampling." + index, assay = ask.known.assay.get(one.assay), label = names.label("assay", one.assay);
      const named = assay && ask.text(assay.unit) ? say("assay_unit", { assay: label, unit: assay.unit }) : label;
      const times = fields.times({ place: here + ".times", label: say("read_at"), class: "whole", hint: say("times_hint"), ...written(one, "times") });
      const cells = assay && assay.of.length > 0 && make("div", { class: "whole checks-list", role: "group", "aria-label": say("read_where") },
        assay.of.map((each) => population(one, here, each)));
      return entry(list, index, here, named, "sample", list.length > 1 && "ask-add-reading", make("div", { class: "fields" }, times, cells));
    }));
  }
  async function addReading() {
    const shelf = (behaviour) => ({
      name: say(behaviour ? "assays_behaviour" : "assays_biology"),
      items: ask.atlas.assays.filter((one) => one.behaviour === behaviour)
        .map((one) => ({ words: one.label, detail: one.unit, icon: "sample", more: one.id, value: one }))
    });
    const found = await ask.pick(say("pick_assay"), [shelf(true), shelf(false)], []);
    if (!found) { return; }
    const list = ask.now.sampling, last = list[list.length - 1], of = found.of.slice(0, 1).map((one) => one.id);
    edit(() => list.push({ assay: found.id, of, times: last ? last.times.slice() : ["1 d", "7 d"] }), fields.id("sampling." + list.length + ".times"));
  }

  const study = (question, one) => fields.check({
    place: "studies." + one.id, label: say("study_named", { study: one.id, name: one.name }), structure: true,
    get: () => !question.studies.length || question.studies.includes(one.id),
    set: (value) => {
      const all = ask.atlas.studies.map((each) => each.id), before = question.studies.length ? question.studies : all;
      const after = all.filter((id) => (id === one.id ? value : before.includes(id)));
      question.studies = after.length === all.length ? [] : after;
    }
  });
  /* A part without a form of its own, as a line of data: nothing of a question is lost. */
  function line(place, key, holder, list) {
    const empty = () => !holder[key] || (Array.isArray(holder[key]) && !holder[key].length);
    return fields.raw({
      place, label: say("line_" + key), optional: true, get: () => (empty() ? undefined : holder[key]),
      set: (value) => { holder[key] = value === undefined ? (list ? [] : null) : value; },
      check: (value) => (value === undefined || Array.isArray(value) === list ? null : say("wrong_data"))
    });
  }
  /* What the question has that the first look does not show. */
  function beyond(question) {
    const found = [
      question.combinations.length && say("has_combinations", { count: question.combinations.length }), question.grid && say("has_grid"),
      question.cohort.split && say("has_split"), question.studies.length && say("has_studies", { count: question.studies.length })
    ].filter(Boolean);
    part("has-rest").hidden = !found.length;
    ask.fill(part("has-rest"), found.map((one) => make("li", {}, one)));
  }
  function rest() {
    const question = ask.now;
    ask.fill(part("rest"),
      make("p", { class: "eyebrow" }, say("studies")), make("p", { class: "small quiet" }, say("studies_hint")),
      make("div", { class: "checks-list", role: "group", "aria-label": say("studies") }, ask.atlas.studies.map((one) => study(question, one))),
      make("p", { class: "eyebrow" }, say("lines")), make("p", { class: "small quiet" }, say("lines_hint")),
      line("rivals", "rivals", question, true), line("cohort.split", "split", question.cohort, false), line("grid", "grid", question, false));
    beyond(question);
  }

  /* Builds all parts; the focus goes to the element named, or stays where it was. */
  function build(focus) {
    const before = document.activeElement && document.activeElement.id;
    [title, ask.groups, animals, readings, ask.comparisons, rest].forEach((one) => one());
    fields.prune();
    const next = (focus && document.getElementById(focus)) || (before && document.getElementById(before));
    if (next && next !== document.activeElement) { next.focus({ preventScroll: !focus }); }
  }

  part("add-reading").addEventListener("click", addReading);
  ask.form = { build };
})(window.euthymiaAsk = window.euthymiaAsk || {});
