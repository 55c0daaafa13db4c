/* One intervention as fields; and the list of all that can be added. */
(function (ask) {
  "use strict";
  const { fields, say, make, known, names } = ask;
  const atlas = ask.atlas, asList = new WeakSet();
  const DOSES = ["mg/kg", "ug/kg"], ROUTES = ["ip", "sc", "iv", "po", "in"];
  const each = (list) => list.map((one) => [one.id, one.label]);
  const timeUnits = () => ask.time.units.map((unit) => [unit, say("unit_" + unit)]);
  const perDay = [["h/day", say("hours_a_day")]];

  function own(item, key, more) {
    return {
      get: () => item[key],
      set: (value) => { if (value === undefined) { delete item[key]; } else { item[key] = value; } },
      ...more
    };
  }
  const time = (item, key, place, label, more) => fields.quantity({ place: place + "." + key, label: say(label), units: timeUnits(), ...own(item, key), ...more });
  const share = (item, key, place, label, usual, more) => fields.number({
    place: place + "." + key, label: say(label), unit: "%", min: 0, max: 100,
    get: () => (item[key] === undefined || item[key] === null ? usual : 100 * item[key]), set: (value) => { item[key] = Number((value / 100).toPrecision(9)); }, ...more
  });
  const choice = (item, key, place, label, options, more) => fields.choice({ place: place + "." + key, label: say(label), options: () => options.slice(), ...own(item, key), ...more });

  /* When it is given: once, in equal steps, or at listed times. */
  function when(item, place) {
    const kind = ask.times.schedule(item.at).kind, here = place + ".at";
    const change = { once: () => [item.at[0]], series: () => (item.at.length > 1 && kind === "series" ? item.at : ask.times.series(item.at[0], 1, 14)), list: () => item.at };
    const shown = item.at.length > 1 && asList.has(item) ? "list" : kind;
    const said = fields.choice({
      place: here + ".how", label: say("when"), get: () => shown, structure: true,
      options: () => ["once", "series", "list"].map((one) => [one, say("when_" + one)]),
      set: (value) => { item.at = change[value](); asList[value === "list" ? "add" : "delete"](item); }
    });
    if (shown === "once") {
      return [said, fields.quantity({ place: here, label: say("at_time"), units: timeUnits(), get: () => item.at[0], set: (value) => { item.at = [value]; } })];
    }
    if (shown === "list") {
      return [said, fields.times({ place: here, label: say("at_times"), class: "wide-field", hint: say("times_hint"), get: () => item.at, set: (value) => { item.at = value; } })];
    }
    const now = () => ({ first: item.at[0], every: 1, count: item.at.length, ...ask.times.schedule(item.at) });
    const renew = function (part) {
      const next = { ...now(), ...part };
      item.at = ask.times.series(next.first, next.every, next.count);
    };
    return [said,
      fields.number({
        place: here + ".count", label: say("how_often"), min: 2, max: ask.times.most, whole: true, unit: say("times"),
        get: () => item.at.length, set: (count) => renew({ count })
      }),
      fields.number({ place: here + ".every", label: say("every"), min: 1e-3, max: 365, unit: say("unit_d"), get: () => now().every, set: (every) => renew({ every }) }),
      fields.quantity({ place: here, label: say("first_at"), units: timeUnits(), get: () => item.at[0], set: (first) => renew({ first }) })];
  }

  const usualOne = (one) => say("usual_dose", { dose: one.dose, route: say("route_" + one.route), studies: ask.joined(one.studies, say("between_names")) });
  function usual(item) {
    const given = (known.drug.get(item.drug) || { given: [] }).given.slice(0, 4);
    return given.length ? say("usual_doses", { doses: ask.joined(given.map(usualOne), say("semicolon")) }) : say("usual_none");
  }
  const usualDay = (item) => say("daily_hint", { daily: ((known.stress.get(item.stress) || {}).daily || "").split(" ")[0] });
  const substance = (item) => function (value) {
    const one = known.infusion.get(value);
    Object.assign(item, { infusion: value, region: one.regions[0].id, amount: one.amount || item.amount });
  };
  const kinds = {
    drug: (item, place) => [
      fields.quantity({ place: place + ".dose", label: say("dose"), units: DOSES.map((unit) => [unit, unit.replace("u", "µ")]), min: 0, ...own(item, "dose") }),
      choice(item, "route", place, "route", ((known.drug.get(item.drug) || {}).routes || ROUTES).map((one) => [one, say("route_" + one)])),
      ...when(item, place),
      make("p", { class: "field-hint whole" }, usual(item))
    ],
    stress: (item, place) => [
      choice(item, "stress", place, "stressor", each(atlas.stressors)),
      time(item, "start", place, "from"),
      fields.number({ place: place + ".days", label: say("for_days"), min: 1, max: 365, whole: true, unit: say("unit_d"), ...own(item, "days") }),
      fields.quantity({ place: place + ".daily", label: say("each_day"), units: perDay, min: 0, optional: true, hint: usualDay(item), ...own(item, "daily") })
    ],
    injury: (item, place) => [choice(item, "injury", place, "injury", each(atlas.injuries)), time(item, "at", place, "at_time")],
    gene: (item, place) => [
      choice(item, "gene", place, "gene", each(atlas.genes), { set: (gene) => { item.gene = gene; item.where = known.gene.get(gene).places[0].id; } }),
      choice(item, "change", place, "change", ["knock_out", "knock_down", "over_expression"].map((one) => [one, say(one)]), {
        set: (change) => { item.change = change; if (change === "knock_out") { delete item.level; } else { item.level = change === "knock_down" ? 0.5 : 2; } }
      }),
      item.change !== "knock_out" && share(item, "level", place, "level", 100, { max: 10000, hint: say("level_hint") }),
      choice(item, "where", place, "where", each((known.gene.get(item.gene) || { places: [] }).places), { get: () => item.where || "whole_body" }),
      time(item, "since", place, "since", { optional: true, hint: say("since_hint") })
    ],
    method: (item, place) => {
      const timed = item.start !== undefined && item.start !== null;
      const set = (value) => { if (value) { item.start = "0 h"; item.duration = "30 min"; } else { delete item.start; delete item.duration; } };
      return [
        choice(item, "target", place, "target", each(atlas.targets)),
        choice(item, "effect", place, "effect", ["drive", "silence"].map((one) => [one, say("effect_" + one)])),
        choice(item, "method", place, "means", ["optogenetic", "chemogenetic"].map((one) => [one, say(one)]), {
          set: (value) => { item.method = value; if (value === "optogenetic" && !timed) { set(true); } }
        }),
        share(item, "strength", place, "share", 100, { min: 0.1 }),
        item.method === "chemogenetic" && fields.check({ place: place + ".timed", label: say("timed"), get: () => timed, set, structure: true }),
        timed && time(item, "start", place, "from"), timed && time(item, "duration", place, "for_time", { min: 0 }),
        !timed && make("p", { class: "field-hint whole" }, say("carried_hint"))
      ];
    },
    exercise: (item, place) => [
      choice(item, "exercise", place, "exercise", ["treadmill", "wheel"].map((one) => [one, say(one)])),
      time(item, "start", place, "from"), time(item, "duration", place, "for_time", { min: 0 }), share(item, "intensity", place, "effort", 60, { min: 1 })
    ],
    infusion: (item, place) => [
      choice(item, "infusion", place, "substance", each(atlas.infusions), { set: substance(item) }),
      choice(item, "region", place, "into", each((known.infusion.get(item.infusion) || { regions: [] }).regions)),
      fields.number({ place: place + ".amount", label: say("amount"), min: 1e-12, unit: "nmol", ...own(item, "amount") }),
      ...when(item, place)
    ]
  };

  /* The fields of an intervention; of a kind without a form, its data as a line. */
  function body(list, index, place) {
    const item = list[index], form = kinds[ask.question.kindOf(item)];
    const timeless = ("drug" in item || "infusion" in item) && !(Array.isArray(item.at) && item.at.length);
    if (form && !timeless) { return make("div", { class: "fields" }, form(item, place)); }
    return make("div", { class: "fields" }, fields.raw({
      place, label: say("as_line"), class: "whole", hint: say("line_hint"), get: () => list[index], check: (value) => (ask.question.isRecord(value) ? null : say("wrong_data")),
      set: (value) => { list[index] = ask.question.item(value); }
    }));
  }
  function title(item) {
    const kind = ask.question.kindOf(item);
    const name = { drug: () => names.label("drug", item.drug), bath: () => names.label("drug", item.bath) }[kind];
    return name ? name() : say("kind_" + kind);
  }

  const fresh = {
    gene: () => [{ gene: "NTRK2", change: "knock_down", level: 0.5, where: "whole_body" }],
    method: () => [{ method: "optogenetic", effect: "drive", target: atlas.targets[0].id, start: "0 h", duration: "30 min", strength: 1 }],
    infusion: () => [{ infusion: atlas.infusions[0].id, region: atlas.infusions[0].regions[0].id, amount: atlas.infusions[0].amount || 1, at: ["0 h"] }],
    exercise: () => [{ exercise: "treadmill", start: "0 h", duration: "30 min", intensity: 0.6 }],
    stress: () => [{ stress: atlas.stressors[0].id, start: "-21 d", days: 21 }],
    injury: () => [{ injury: atlas.injuries[0].id, at: "-28 d" }],
    other: () => [{ bath: "ketamine", concentration: "20 umol/l", start: "0 h", duration: "1 h" }]
  };
  function drug(one) {
    const [usual] = one.given;
    return [{ drug: one.id, dose: usual ? usual.dose : "1 mg/kg", route: usual ? usual.route : one.routes[0], at: ["0 d"] }];
  }
  const GROUPS = ["drug", "combination", "infusion", "exercise", "gene", "circuit"];
  /* What a group can be given: [{name, items}], each item with the interventions it stands for. */
  function offers() {
    const drugs = atlas.drugs.map((one) => ({
      words: one.label, detail: one.given.length ? drug(one)[0].dose : null, icon: "dose", more: one.id, value: { protocol: drug(one), name: one.id }
    }));
    const listed = GROUPS.map((kind) => ({
      name: say("offers_" + kind),
      items: atlas.interventions.filter((one) => one.kind === kind).map((one) => ({
        words: one.label, detail: one.study, icon: names.icon(one.protocol[0]), value: { protocol: one.protocol, name: one.id },
        more: [one.id, one.short.en, one.short.zh, JSON.stringify(one.protocol.slice(0, 3))].join(" ")
      }))
    }));
    return [{ name: say("offers_drugs"), items: drugs }, ...listed];
  }
  const byHand = (wanted) => wanted.map((kind) => ({ words: say("kind_" + kind), icon: names.icon(fresh[kind]()[0]), value: { protocol: fresh[kind](), name: kind } }));

  ask.items = { body, title, offers, byHand, fresh };
})(window.euthymiaAsk = window.euthymiaAsk || {});
