package pages

import (
	"strings"
	"testing"

	"github.com/axess-go/axess/interop/browser"
)

// rules are what axe-core does not judge, as a script that names each breach.
const rules = `(() => {
	const bad = [], say = (what, e) => bad.push(what + (e ? ": " + e.outerHTML.slice(0, 140) : ""));
	const ids = (e, name) => (e?.getAttribute(name) ?? "").split(/\s+/).filter(Boolean).map(id => document.getElementById(id));
	const seen = e => e.checkVisibility() && !e.closest(".sr, .skip");

	// Hints and messages belong to their field, and a message stands before it.
	for (const e of document.querySelectorAll("[aria-describedby]"))
		if (ids(e, "aria-describedby").some(d => !d?.textContent.trim())) say("is described by nothing", e);
	for (const e of document.querySelectorAll(".error, .hint")) {
		const field = [...document.querySelectorAll("input, button")].find(i => ids(i, "aria-describedby").includes(e));
		if (!field) say("belongs to no field", e);
		else if (e.matches(".error") && (field.getAttribute("aria-invalid") !== "true" || !(e.compareDocumentPosition(field) & 4))) say("does not stand before a field that is marked", e);
	}
	for (const e of document.querySelectorAll("[aria-invalid=true]"))
		if (!ids(e, "aria-describedby").some(d => d?.matches(".error"))) say("is marked and has no message", e);

	// What has to be corrected is first, has the focus, and leads to the fields.
	const problems = document.getElementById("problems"), main = document.querySelector("main");
	if (problems) {
		if (document.activeElement !== problems) say("the summary has not the focus, but", document.activeElement);
		if (main.firstElementChild !== problems) say("stands before the summary", main.firstElementChild);
		if (!/^(Error|Fehler): /.test(document.title)) say("the title does not begin with the error: " + document.title);
		for (const a of problems.querySelectorAll("a"))
			if (document.getElementById(a.hash.slice(1))?.getAttribute("aria-invalid") !== "true") say("leads to no marked field", a);
	} else if (document.querySelector("[aria-invalid=true]")) say("a field is marked and there is no summary");

	// What is pressed is large enough for a finger (the finer pointer's 24 px of
	// WCAG 2.2 §2.5.8 are within), but for links inside a sentence.
	for (const e of document.querySelectorAll("a, button, summary, input:not([type=hidden], [readonly])")) {
		if (!seen(e)) continue;
		const box = e.getBoundingClientRect(), label = e.type === "checkbox" && e.labels[0]?.getBoundingClientRect();
		const height = Math.max(box.height, label ? label.height : 0), width = label ? label.right - box.left : box.width;
		const inline = getComputedStyle(e).display === "inline";
		if (!inline && (height < 44 - 0.1 || width < 24)) say("is only " + width.toFixed(1) + " by " + height.toFixed(1), e);
	}

	// Where there is room, no button's words take two lines.
	if (innerWidth >= 1280) for (const e of document.querySelectorAll("button, .button"))
		if (seen(e) && e.getBoundingClientRect().height > 60) say("has words on two lines", e);

	// Password managers know every field; whoever adds one says here what it is.
	const tokens = { identifier: "username", email: ["username", "email"], name: "name", password: ["current-password", "new-password"],
		current_password: "current-password", new_password: "new-password", code: "one-time-code", label: "off", new_name: "off" };
	for (const e of document.querySelectorAll("input:not([type=hidden], [type=checkbox], [readonly])")) {
		const want = [tokens[e.name]].flat();
		if (!e.name || !want.includes(e.autocomplete)) say("autocomplete is " + e.autocomplete, e);
		if (e.onpaste || e.readOnly) say("cannot be pasted into", e);
	}

	// Nobody's setting against motion is overridden.
	for (const e of document.querySelectorAll("*")) {
		const s = getComputedStyle(e);
		if (s.transitionDuration !== "0s" || s.animationName !== "none") say("moves", e);
	}
	return bad;
})()`

// The same rules against pages that break each of them.
func TestRules_find_what_is_wrong(t *testing.T) {
	t.Parallel()
	origin, _ := serve(t, "en")
	b := shared.Start(t).Open("breaches")
	for _, c := range []struct{ page, fault, want string }{
		{"sign-up-problems", `document.getElementById("f-email").removeAttribute("aria-describedby")`, "belongs to no field"},
		{"sign-up-problems", `document.getElementById("f-email-error").textContent = ""`, "described by nothing"},
		{"sign-up-problems", `document.querySelectorAll(".error").forEach(e => e.parentNode.append(e))`, "does not stand before"},
		{"sign-up-problems", `document.getElementById("f-email").setAttribute("aria-describedby", "f-email-hint")`, "has no message"},
		{"sign-up-problems", `document.getElementById("problems").blur()`, "not the focus"},
		{"sign-up-problems", `document.querySelector("main").prepend(document.querySelector("h1"))`, "stands before the summary"},
		{"sign-up-problems", `document.title = "Create account"`, "title does not begin"},
		{"sign-up-problems", `document.getElementById("f-email").id = "x"`, "leads to no marked field"},
		{"sign-up-problems", `document.getElementById("problems").remove()`, "no summary"},
		{"sign-in", `document.querySelector("button.main").style.minHeight = "30px"`, "is only"},
		{"account", `document.querySelector(".who button").style.whiteSpace = "pre-line"; document.querySelector(".who button").textContent = "Sign\nout\nnow"`, "on two lines"},
		{"sign-in", `document.getElementById("f-password").autocomplete = "off"`, "autocomplete is off"},
		{"sign-in", `document.getElementById("f-password").name = "pin"`, "autocomplete is current-password"},
		{"sign-in", `document.querySelector("h1").style.setProperty("transition", "color 1s", "important")`, "moves"},
	} {
		b.Media("prefers-reduced-motion", "reduce")
		b.Resize(1280, 800)
		b.Go(origin + "/" + c.page)
		browser.Answer[any](b, "fault", c.fault+"; null")
		if got := browser.Answer[[]string](b, "rules", rules); !strings.Contains(strings.Join(got, "\n"), c.want) {
			t.Errorf("%s, %s: no %q in %q", c.page, c.fault, c.want, got)
		}
	}
}
