/* Files: a question saved as a protocol file and opened again, and words copied to the clipboard. */
(function (ask) {
  "use strict";
  const MOST = 256 * 1024;

  function save(name, text) {
    const link = document.createElement("a"), address = URL.createObjectURL(new Blob([text], { type: "application/yaml" }));
    link.href = address;
    link.download = name;
    document.body.append(link);
    link.click();
    link.remove();
    window.setTimeout(() => URL.revokeObjectURL(address), 10000);
  }
  /* JSON, which is YAML as well, so that `euthymia simulate` reads it. */
  const written = (question) => JSON.stringify(ask.question.plain(question), null, 2) + "\n";

  /* The question of a file, or the sentences that say why there is none. */
  async function open(file) {
    if (file.size > MOST) { return { problems: [ask.say("file_large", { most: MOST / 1024 })] }; }
    const text = await file.text();
    try {
      const question = ask.question.read(JSON.parse(text.replace(/^\s*#.*$/gm, "")));
      if (question) { return { question }; }
    } catch (error) { /* not JSON: the server reads YAML */ }
    if (!ask.api) { return { problems: [ask.say("file_needs_server")] }; }
    try {
      const response = await ask.server.call("uploads/protocol", { method: "POST", headers: { "Content-Type": "application/yaml" }, body: text });
      if (!response.ok) { return { problems: (await ask.server.told(response)).problems }; }
      const question = ask.question.read((await response.json()).question);
      return question ? { question } : { problems: [ask.say("file_unread")] };
    } catch (error) { return { problems: [ask.say("gone")] }; }
  }
  async function copied(text) {
    try { await navigator.clipboard.writeText(text); return true; } catch (error) { /* from disk, or not allowed: the old way */ }
    const area = ask.make("textarea", { class: "unseen", "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    const before = document.activeElement;
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (before) { before.focus(); }
    return done;
  }

  ask.files = { save, written, open, copied };
})(window.euthymiaAsk = window.euthymiaAsk || {});
