/* The form: groups, animals, readings, comparisons; it is built anew when parts come or go. */
(function (ask) {
  "use strict";
  const { fields, say, make, names, items } = ask;
  const COLOURS = 6;
  const part = (name) => document.getElementById("ask-" + name);
  const now = () => ask.now;
  const edit = (change, focus) => ask.edit(change, { structure: true, focus });
  const button = (words, press, more) => make("button", { type: "button", onclick: press, ...more }, words);
  const small = (key, about, press, more) => make("button", { type: "button", class: "tool", onclick: press, ...more }, say(key), " ", fields.follow(make("span", { class: "unseen" }), about));

  async function choose(list, place, kinds, groups, words) {
    const found = await ask.pick(words, groups, items.byHand(kinds));
    if (!found) { return; }
    edit(() => list.push(...found.protocol.map(ask.question.item)), fields.id(place + "." + (list.length)) + "-card");
  }
  /* A list of interventions with its fields. */
  function interventions(list, place) {
    return list.map(function (item, index) {
      const here = place + "." + index, name = items.title(item);
      const gone = () => edit(() => list.splice(index, 1), place + "-add");
      return make("fieldset", { class: "item", id: fields.id(here) + "-card", tabindex: "-1" },
        make("legend", {}, ask.icon(names.icon(item)), make("span", {}, name)),
        items.body(list, index, here),
        make("button", { type: "button", class: "remove", onclick: gone, "aria-label": say("remove_named", { name }), title: say("remove") }, "×"));
    });
  }

  function group(arm, place) {
    const here = "arms." + place, question = now(), alone = question.arms.length === 1;
    const full = question.arms.length >= (ask.atlas.limits.arms || Infinity);
    const about = () => arm.label || arm.id;
    const title = make("div", { class: "group-head k" + (place % COLOURS) }, make("span", { class: "swatch", "aria-hidden": "true" }),
      fields.text({ place: here + ".label", label: say("group_name"), unseen: true, class: "name-field", get: () => ask.text(arm.label || arm.id), set: (value) => { arm.label = value; } }));
    const tools = make("div", { class: "group-tools" },
      place > 0 && small("up", about, () => edit(() => ask.question.moveArm(question, place, -1), fields.id("arms." + (place - 1) + ".label")), { id: "ask-up-" + place }),
      small("copy", about, () => edit(() => ask.question.copyArm(question, place), fields.id("arms." + (place + 1) + ".label")), { id: "ask-copy-" + place, disabled: full }),
      small("remove", about, () => removeGroup(place), { id: "ask-remove-" + place, disabled: alone }));
    return make("section", { class: "card group", "aria-labelledby": "ask-group-" + place, "data-arm": arm.id },
      make("h3", { class: "unseen", id: "ask-group-" + place }, say("group_number", { number: place + 1 })), title,
      question.cohort.stress.length > 0 && fields.check({ place: here + ".history", label: say("stressed_too"), structure: true, get: () => arm.history !== false, set: (value) => { if (value) { delete arm.history; } else { arm.history = false; } } }),
      arm.split && fields.raw({ place: here + ".split", label: say("line_split"), optional: true, get: () => arm.split, set: (value) => { if (value) { arm.split = value; } else { delete arm.split; } } }),
      arm.protocol.length ? make("div", { class: "items" }, interventions(arm.protocol, here + ".protocol")) : make("p", { class: "quiet small nothing-given" }, say("nothing_given")),
      make("div", { class: "group-foot" }, button(say("add_intervention"), () => choose(arm.protocol, here + ".protocol", ["gene", "method", "infusion", "exercise", "stress", "injury", "other"], items.offers(), say("pick_intervention")), { class: "add", id: here + ".protocol-add" }), tools));
  }
  function removeGroup(place) {
    let lost = 0;
    edit(() => { lost = ask.question.removeArm(now(), place); }, fields.id("arms." + Math.max(0, place - 1) + ".label"));
    if (lost) { ask.tell(say("lost", { count: lost })); }
  }
  function groups() {
    const question = now(), most = ask.atlas.limits.arms || Infinity, full = question.arms.length >= most;
    ask.fill(part("groups"), question.arms.map(group));
    const add = part("add-group");
    add.disabled = full;
    part("groups-full").hidden = !full;
    ask.fill(part("groups-full"), full && say("groups_full", { most }));
  }

  function animals() {
    const question = now(), cohort = question.cohort, most = ask.atlas.limits.animals;
    const stress = cohort.stress.length ? interventions(cohort.stress, "cohort.stress") : make("p", { class: "quiet small" }, say("no_stress"));
    const kinds = () => edit(() => cohort.stress.push(...items.fresh.stress()), fields.id("cohort.stress." + cohort.stress.length) + "-card");
    const injury = () => edit(() => cohort.stress.push(...items.fresh.injury()), fields.id("cohort.stress." + cohort.stress.length) + "-card");
    ask.fill(part("animals"),
      make("div", { class: "items" }, stress),
      make("p", { class: "adds" }, button(say("add_stress"), kinds, { class: "add", id: "cohort.stress-add" }), button(say("add_injury"), injury, { class: "add" })),
      cohort.genotype.length > 0 && make("div", { class: "items" }, interventions(cohort.genotype, "cohort.genotype")),
      make("p", { class: "adds" }, button(say("add_genotype"), () => edit(() => cohort.genotype.push(...items.fresh.gene()), fields.id("cohort.genotype." + cohort.genotype.length) + "-card"), { class: "add", id: "cohort.genotype-add" })),
      make("div", { class: "fields lines" },
        fields.number({ place: "animals", label: say("animals"), min: 1, max: most, whole: true, hint: say("animals_hint", { most }), get: () => question.animals, set: (value) => { question.animals = value; } }),
        fields.number({ place: "seed", label: say("seed"), min: 0, whole: true, hint: say("seed_hint"), get: () => question.seed, set: (value) => { question.seed = value; } }),
        fields.choice({ place: "cohort.sex", label: say("sex"), get: () => cohort.sex || "unknown", set: (value) => { if (value === "unknown") { delete cohort.sex; } else { cohort.sex = value; } }, options: () => ["unknown", "female", "male", "both"].map((one) => [one, say("sex_" + one)]) }),
        cohort.sex && make("p", { class: "field-hint whole" }, say("sex_hint"))));
  }

  function readings() {
    const question = now(), list = question.sampling;
    ask.fill(part("readings"), list.map(function (one, index) {
      const here = "sampling." + index, assay = ask.known.assay.get(one.assay), name = names.label("assay", one.assay);
      const populations = assay && assay.of.length ? assay.of : null, unit = assay && ask.text(assay.unit) && assay.unit;
      return make("fieldset", { class: "item", id: fields.id(here) + "-card", tabindex: "-1" },
        make("legend", {}, ask.icon("sample"), make("span", {}, unit ? say("assay_unit", { assay: name, unit }) : name)),
        make("div", { class: "fields" },
          fields.times({ place: here + ".times", label: say("read_at"), class: "whole", hint: say("times_hint"), get: () => one.times, set: (value) => { one.times = value; } }),
          populations && make("div", { class: "whole checks-list", role: "group", "aria-label": say("read_where") }, populations.map((cells) => fields.check({
            place: here + ".of." + cells.id, label: cells.label, structure: true, get: () => one.of.includes(cells.id),
            set: (value) => { one.of = value ? [...one.of, cells.id] : one.of.filter((other) => other !== cells.id || one.of.length === 1); }
          })))),
        list.length > 1 && make("button", { type: "button", class: "remove", onclick: () => edit(() => list.splice(index, 1), "ask-add-reading"), "aria-label": say("remove_named", { name }), title: say("remove") }, "×"));
    }));
  }
  async function addReading() {
    const kinds = [true, false].map((behaviour) => ({
      name: say(behaviour ? "assays_behaviour" : "assays_biology"),
      items: ask.atlas.assays.filter((one) => one.behaviour === behaviour).map((one) => ({ words: one.label, detail: one.unit, icon: "sample", more: one.id, value: one }))
    }));
    const found = await ask.pick(say("pick_assay"), kinds, []);
    if (!found) { return; }
    const list = now().sampling, last = list[list.length - 1];
    edit(() => list.push({ assay: found.id, of: found.of.slice(0, 1).map((one) => one.id), times: last ? last.times.slice() : ["1 d", "7 d"] }), fields.id("sampling." + list.length + ".times"));
  }

  /* Choices that comparisons and combinations share: groups by name, the assay, the time of reading. */
  function asked(one, here) {
    const question = now(), arms = question.arms.map((arm) => [arm.id, () => arm.label || arm.id]);
    const field = (key, label, options) => fields.choice({ place: here + "." + key, label: say(label), options: () => options.slice(), get: () => one[key] || "", set: (value) => { if (value) { one[key] = value; } else { delete one[key]; } } });
    const assays = [...new Set(question.sampling.map((each) => each.assay))].map((each) => [each, names.label("assay", each)]);
    const times = [...new Set(question.sampling.filter((each) => !one.assay || each.assay === one.assay).flatMap((each) => each.times))].map((time) => [time, names.at(time)]);
    return {
      field, group: (key, label) => field(key, label, arms),
      reading: [field("assay", "pair_assay", [["", say("any_assay")], ...assays]), field("time", "pair_time", [["", say("last_time")], ...times])]
    };
  }
  const listItem = (name, list, index, back, ...content) => make("fieldset", { class: "item" }, make("legend", {}, name), make("div", { class: "fields" }, content),
    make("button", { type: "button", class: "remove", onclick: () => edit(() => list.splice(index, 1), back), "aria-label": say("remove_named", { name }), title: say("remove") }, "×"));

  function contrasts() {
    const question = now(), chosen = question.contrasts, pairs = question.combinations, few = question.arms.length;
    const all = fields.choice({
      place: "contrasts", label: say("compare"), get: () => (chosen ? "chosen" : "first"), options: () => ["first", "chosen"].map((one) => [one, say("compare_" + one)]),
      set: (value) => { question.contrasts = value === "first" ? null : question.arms.slice(1).map((arm) => ({ arm: arm.id, against: question.arms[0].id })); }
    });
    ask.fill(part("contrasts"), all, chosen && chosen.map(function (one, index) {
      const own = asked(one, "contrasts." + index);
      return listItem(say("pair_number", { number: index + 1 }), chosen, index, "ask-add-pair", own.group("arm", "pair_arm"), own.group("against", "pair_against"), own.reading);
    }), chosen && make("p", { class: "adds" }, button(say("add_pair"), () => edit(() => chosen.push({ arm: question.arms[few - 1].id, against: question.arms[0].id }), fields.id("contrasts." + chosen.length + ".arm")), { class: "add", id: "ask-add-pair", disabled: few < 2 })),
    pairs.map(function (one, index) {
      const here = "combinations." + index, own = asked(one, here);
      return listItem(say("together_number", { number: index + 1 }), pairs, index, "ask-add-together",
        ["both", "first", "second", "none"].map((key) => own.group(key, "together_" + key)), own.reading,
        fields.choice({ place: here + ".full", label: say("full"), get: () => one.full || "unstressed", options: () => ["unstressed", "limit"].map((each) => [each, say("full_" + each)]), set: (value) => { if (value === "limit") { one.full = value; } else { delete one.full; } } }),
        fields.check({ place: here + ".loewe", label: say("loewe"), get: () => one.loewe !== false, set: (value) => { if (value) { delete one.loewe; } else { one.loewe = false; } } }));
    }), make("p", { class: "adds" }, button(say("add_together"), () => edit(() => pairs.push(ask.question.together(question)), fields.id("combinations." + pairs.length + ".both")), { class: "add", id: "ask-add-together", disabled: few < 4 })),
    few < 4 && make("p", { class: "small quiet" }, say("together_hint")));
  }

  /* Parts without a form of their own, as lines of data: nothing of a question is lost. */
  function rest() {
    const question = now();
    const line = (place, key, holder, more) => fields.raw({ place, label: say("line_" + key), optional: true, get: () => (Array.isArray(holder[key]) && !holder[key].length ? undefined : holder[key]), set: (value) => { if (value === undefined) { holder[key] = more && more.list ? [] : null; } else { holder[key] = value; } }, check: (value) => (value === undefined || Array.isArray(value) === Boolean(more && more.list) ? null : say("wrong_data")) });
    const studies = make("div", { class: "checks-list", role: "group", "aria-label": say("studies") }, ask.atlas.studies.map((one) => fields.check({
      place: "studies." + one.id, label: say("study_named", { study: one.id, name: one.name }), get: () => !question.studies.length || question.studies.includes(one.id),
      set: (value) => {
        const all = ask.atlas.studies.map((each) => each.id), before = question.studies.length ? question.studies : all;
        const after = all.filter((id) => (id === one.id ? value : before.includes(id)));
        question.studies = after.length === all.length || !after.length ? [] : after;
      }
    })));
    ask.fill(part("rest"),
      make("p", { class: "eyebrow" }, say("studies")), make("p", { class: "small quiet" }, say("studies_hint")), studies,
      make("p", { class: "eyebrow" }, say("lines")), make("p", { class: "small quiet" }, say("lines_hint")),
      line("rivals", "rivals", question, { list: true }), line("cohort.split", "split", question.cohort), line("grid", "grid", question));
    const extra = [question.combinations.length && say("has_combinations", { count: question.combinations.length }), question.grid && say("has_grid"), question.cohort.split && say("has_split"), question.studies.length && say("has_studies", { count: question.studies.length })].filter(Boolean);
    part("has-rest").hidden = !extra.length;
    ask.fill(part("has-rest"), extra.map((one) => make("li", {}, one)));
  }

  /* Builds all parts; the focus goes to the element named, or stays where it was. */
  function build(focus) {
    const before = document.activeElement && document.activeElement.id;
    ask.fill(part("title-place"), fields.text({ place: "title", label: say("title_name"), class: "title-field", most: 300, get: () => ask.text(now().title), set: (value) => { now().title = value; } }));
    groups();
    animals();
    readings();
    contrasts();
    rest();
    fields.prune();
    const next = (focus && document.getElementById(focus)) || (before && document.getElementById(before));
    if (next && next !== document.activeElement) { next.focus({ preventScroll: !focus }); }
  }

  part("add-group").addEventListener("click", async function () {
    const found = await ask.pick(say("pick_group"), items.offers(), [{ words: say("empty_group"), icon: "none", value: { protocol: [], name: "group" } }, ...items.byHand(["gene", "method", "infusion", "exercise", "injury", "other"])]);
    if (found) { edit(() => ask.question.addArm(now(), found.protocol, found.name), fields.id("arms." + now().arms.length + ".label")); }
  });
  part("add-reading").addEventListener("click", addReading);
  ask.form = { build };
})(window.euthymiaAsk = window.euthymiaAsk || {});
