/* Words for interventions and read-outs, from the records that the page holds. */
(function (ask) {
  "use strict";
  const atlas = ask.atlas;
  const by = (list) => new Map(list.map((one) => [one.id, one]));
  const known = {
    drug: by(atlas.drugs), stress: by(atlas.stressors), injury: by(atlas.injuries), gene: by(atlas.genes), target: by(atlas.targets),
    infusion: by(atlas.infusions), assay: by(atlas.assays), study: by(atlas.studies)
  };
  const spaced = (name) => String(name).replace(/_/g, " ");
  const bare = (words) => ({ en: words.en.replace(/\s*\(.*$/, ""), zh: words.zh.replace(/\s*（.*$/, "") });

  function label(kind, name) {
    const found = known[kind].get(name);
    return found ? found.label : ask.both(spaced(name));
  }
  const short = (kind, name) => bare(label(kind, name));
  function placed(list, name) {
    const found = list && list.find((one) => one.id === name);
    return found ? found.label : ask.both(spaced(name));
  }
  const percent = (share) => ask.times.tidy(100 * share);

  const shorts = {
    drug: (item) => ask.joined([short("drug", item.drug), item.dose], { en: " ", zh: " " }),
    bath: (item) => short("drug", item.bath),
    stress: (item) => label("stress", item.stress),
    injury: (item) => short("injury", item.injury),
    gene: (item) => (item.change === "knock_out" ? ask.say("short_without", { gene: item.gene })
      : ask.say("short_gene", { gene: item.gene, level: percent(item.level === undefined ? 1 : item.level) })),
    method: (item) => ask.say(item.effect === "silence" ? "short_silence" : "short_drive", { place: short("target", item.target) }),
    exercise: (item) => ask.say(item.exercise === "wheel" ? "wheel" : "treadmill"),
    infusion: (item) => ask.say("short_infusion", { substance: short("infusion", item.infusion), place: placed((known.infusion.get(item.infusion) || {}).regions, item.region) }),
    imaging: () => ask.say("imaging"),
    other: () => ask.say("other")
  };
  const icons = { drug: "dose", bath: "bath", stress: "stress", injury: "injury", gene: "gene", exercise: "exercise", infusion: "infusion", imaging: "imaging", other: "none" };

  function at(text) {
    const found = ask.quantity.read(text);
    if (!found) { return ask.both(text); }
    const value = ask.times.tidy(found.value).replace("-", "−");
    if (found.unit === "d") { return ask.say("on_day", { day: value }); }
    return ask.say(found.value < 0 ? "before_day_0" : "after_day_0", { time: value.replace("−", "") + " " + found.unit });
  }
  function span(text) {
    const found = ask.quantity.read(text);
    return found && found.unit === "d" ? ask.say("days", { days: ask.times.tidy(found.value) }) : ask.both(text);
  }
  function assay(sampled) {
    const name = label("assay", sampled.assay), of = sampled.of || [];
    const own = (known.assay.get(sampled.assay) || {}).of;
    return of.length === 1 ? ask.say("assay_of", { assay: name, of: placed(own, of[0]) }) : name;
  }

  ask.known = known;
  ask.names = {
    short: (item) => shorts[ask.question.kindOf(item)](item),
    icon: (item) => ("method" in item ? (item.effect === "silence" ? "silence" : "drive") : icons[ask.question.kindOf(item)]),
    label, bare, placed, at, span, assay, spaced
  };
})(window.euthymiaAsk = window.euthymiaAsk || {});
