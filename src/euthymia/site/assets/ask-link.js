/* A question in the fragment of an address: JSON, deflated, in base64url. No server ever sees it. */
(function (ask) {
  "use strict";
  const MOST = 256 * 1024;

  async function through(bytes, stream, most) {
    const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader(), parts = [];
    let size = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) { break; }
      size += value.length;
      if (size > most) { await reader.cancel(); throw new RangeError("too long"); }
      parts.push(value);
    }
    return new Uint8Array(await new Blob(parts).arrayBuffer());
  }
  async function encode(data) {
    const packed = await through(new TextEncoder().encode(JSON.stringify(data)), new CompressionStream("deflate-raw"), MOST);
    let text = "";
    packed.forEach((one) => { text += String.fromCharCode(one); });
    return window.btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }
  async function decode(text) {
    if (!/^[A-Za-z0-9_-]+$/.test(text) || text.length > MOST) { throw new SyntaxError("not a link"); }
    const plain = window.atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    const bytes = Uint8Array.from(plain, (one) => one.charCodeAt(0));
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(await through(bytes, new DecompressionStream("deflate-raw"), MOST)));
  }
  /* What the address asks for: a question, names of interventions, or nothing. */
  function asked() {
    const found = /^#(q|use)=(.*)$/.exec(window.location.hash);
    return found && { kind: found[1], text: found[2] };
  }
  function address(text) {
    return window.location.href.replace(/#.*$/, "") + "#q=" + text;
  }
  /* Keeps a question in the address; without one, the address is the plain one. */
  function keep(text) {
    const plain = window.location.pathname + window.location.search;
    try { window.history.replaceState(null, "", text ? plain + "#q=" + text : plain); } catch (error) { /* from disk */ }
  }

  ask.link = { encode, decode, asked, address, keep, there: () => typeof CompressionStream === "function" };
})(window.euthymiaAsk = window.euthymiaAsk || {});
