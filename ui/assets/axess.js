// Comfort only: every page works without this file.
(() => {
  "use strict";
  const live = document.getElementById("live");
  const say = (text) => { if (live) live.textContent = text; };

  // The list of problems takes the focus where the browser did not give it.
  const problems = document.getElementById("problems");
  if (problems) {
    addEventListener("load", () => { if (document.activeElement !== problems) problems.focus(); });
  }

  // Show and hide what is typed into a password field.
  for (const button of document.querySelectorAll("button[data-reveal]")) {
    const input = document.getElementById(button.dataset.reveal);
    const label = button.firstElementChild;
    if (!input || !label) continue;
    const show = label.textContent;
    const set = (visible) => {
      input.type = visible ? "text" : "password";
      label.textContent = visible ? button.dataset.hide : show;
    };
    button.hidden = false;
    button.addEventListener("click", () => set(input.type === "password"));
    // A visible password must not be saved as ordinary text by the browser.
    input.form?.addEventListener("submit", () => set(false));
  }

  // Copy what can be selected anyway.
  for (const button of document.querySelectorAll("button[data-copy]")) {
    const source = document.getElementById(button.dataset.copy);
    if (!source || !navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        const lines = source.matches("ul") ? [...source.children] : [source];
        await navigator.clipboard.writeText(lines.map((l) => l.textContent.replace(/\s+/g, "")).join("\n"));
        say(live.dataset.copied);
        const label = button.textContent;
        button.textContent = live.dataset.copied;
        setTimeout(() => { button.textContent = label; say(""); }, 2000);
      } catch {
        getSelection()?.selectAllChildren(source);
      }
    });
  }

  for (const button of document.querySelectorAll("button[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }

  // One press of a button is one request: the form is busy until the answer.
  const busy = new Map();
  for (const form of document.querySelectorAll('form[method="post"]')) {
    form.addEventListener("submit", (event) => {
      if (busy.has(form)) { event.preventDefault(); return; }
      form.setAttribute("aria-busy", "true");
      // After the browser has read the form: a disabled button sends no value.
      busy.set(form, setTimeout(() => say(live?.dataset.working ?? ""), 400));
      setTimeout(() => {
        for (const b of form.querySelectorAll("button:not([type=button])")) b.disabled = true;
      }, 0);
    });
  }
  addEventListener("pageshow", () => {
    for (const [form, timer] of busy) {
      clearTimeout(timer);
      form.removeAttribute("aria-busy");
      for (const b of form.querySelectorAll("button:not([type=button])")) b.disabled = false;
    }
    busy.clear();
    say("");
  });
  // Browsers keep pages alive for the way back, some even those that say no-store:
  // after a sign-out nobody's Back button finds account data.
  if ("private" in document.body.dataset) {
    addEventListener("pagehide", (event) => { if (event.persisted) document.body.hidden = true; });
    addEventListener("pageshow", (event) => { if (event.persisted) location.replace(location.pathname + location.search); });
  }
  // Nor does it find a half-typed password.
  addEventListener("pagehide", () => {
    for (const input of document.querySelectorAll('input[type="password"], [autocomplete="one-time-code"]')) input.value = "";
  });
})();
