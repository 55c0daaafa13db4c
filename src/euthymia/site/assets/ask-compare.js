/* Which groups are compared, and which pairs may do more together than expected. */
(function (ask) {
  "use strict";
  const { fields, say, names } = ask;
  const { edit, add, adds, entry, own } = ask.parts;
  const holder = document.getElementById("ask-contrasts");
  const FOUR = 4;

  /* Choices of groups by name, of the assay and of the time of reading. */
  function choices(one, here) {
    const question = ask.now, arms = question.arms.map((arm) => [arm.id, () => arm.label || arm.id]);
    const choice = (key, label, options) => fields.choice({ place: here + "." + key, label: say(label), options: () => options.slice(), ...own(one, key) });
    const assays = [...new Set(question.sampling.map((each) => each.assay))].map((each) => [each, names.label("assay", each)]);
    const read = question.sampling.filter((each) => !one.assay || each.assay === one.assay).flatMap((each) => each.times);
    const times = [...new Set(read)].map((time) => [time, names.at(time)]);
    return {
      group: (key, label) => choice(key, label, arms),
      reading: [choice("assay", "pair_assay", [["", say("any_assay")], ...assays]), choice("time", "pair_time", [["", say("last_time")], ...times])]
    };
  }
  const row = (...content) => ask.make("div", { class: "fields" }, content);

  function contrasts(question, chosen) {
    const first = question.arms[0], last = question.arms[question.arms.length - 1], few = question.arms.length < 2;
    const listed = chosen.map(function (one, index) {
      const here = "contrasts." + index, own = choices(one, here);
      return entry(chosen, index, here, say("pair_number", { number: index + 1 }), null, "ask-add-pair",
        row(own.group("arm", "pair_arm"), own.group("against", "pair_against"), own.reading));
    });
    const more = () => edit(() => chosen.push({ arm: last.id, against: first.id }), fields.id("contrasts." + chosen.length + ".arm"));
    return [listed, adds(add(say("add_pair"), "ask-add-pair", more, { disabled: few }))];
  }
  function combinations(question) {
    const pairs = question.combinations, few = question.arms.length < FOUR;
    const listed = pairs.map(function (one, index) {
      const here = "combinations." + index, fitting = choices(one, here);
      const full = fields.choice({
        place: here + ".full", label: say("full"), options: () => ["unstressed", "limit"].map((each) => [each, say("full_" + each)]), ...own(one, "full", "unstressed")
      });
      const loewe = fields.check({
        place: here + ".loewe", label: say("loewe"), get: () => one.loewe !== false,
        set: (value) => { if (value) { delete one.loewe; } else { one.loewe = false; } }
      });
      return entry(pairs, index, here, say("together_number", { number: index + 1 }), null, "ask-add-together",
        row(["both", "first", "second", "none"].map((key) => fitting.group(key, "together_" + key)), fitting.reading, full, loewe));
    });
    const more = () => edit(() => pairs.push(ask.question.together(question)), fields.id("combinations." + pairs.length + ".both"));
    return [listed, adds(add(say("add_together"), "ask-add-together", more, { disabled: few })),
      few && ask.make("p", { class: "small quiet" }, say("together_hint"))];
  }

  ask.comparisons = function () {
    const question = ask.now, chosen = question.contrasts;
    const pairs = () => question.arms.slice(1).map((arm) => ({ arm: arm.id, against: question.arms[0].id }));
    const how = fields.choice({
      place: "contrasts", label: say("compare"), get: () => (chosen ? "chosen" : "first"),
      options: () => ["first", "chosen"].map((one) => [one, say("compare_" + one)]),
      set: (value) => { question.contrasts = value === "first" ? null : pairs(); }
    });
    ask.fill(holder, how, chosen && contrasts(question, chosen), combinations(question));
  };
})(window.euthymiaAsk = window.euthymiaAsk || {});
