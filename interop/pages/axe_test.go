package pages

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/axess-go/axess/interop/browser"
)

// tools is where make puts what npm fetches.
const tools = "../../.tools/npm/node_modules"

// engine is axe-core, an auditor of pages (MPL-2.0, fetched and never committed).
var engine = sync.OnceValues(func() (string, error) {
	body, err := os.ReadFile(filepath.Join(tools, "axe-core", "axe.min.js"))
	return string(body), err
})

// tags are what is asked for: WCAG 2.2 A and AA, and what axe-core calls best
// practice.
const tags = `["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]`

// accepted are findings that are no fault, by rule, with the reason.
//
// There is none: who adds one says why.
var accepted = map[string]string{}

// finding is one rule that a page breaks, or that the engine could not decide.
type finding struct {
	Rule, Help string
	Where      []string
}

func (f finding) String() string {
	return fmt.Sprintf("%s: %s\n\t%s", f.Rule, f.Help, strings.Join(f.Where, "\n\t"))
}

// audit is what axe-core says of the page that is shown. only limits it to rules
// by name.
func audit(t *testing.T, b *browser.Browser, only ...string) []finding {
	t.Helper()
	source, err := engine()
	if err != nil {
		t.Fatalf("%v (make browser-tools fetches it)", err)
	}
	which := `{ type: "tag", values: ` + tags + ` }`
	least := 10 // rules that have something to look at on any page
	if len(only) > 0 {
		names, err := json.Marshal(only)
		if err != nil {
			t.Fatal(err)
		}
		which, least = `{ type: "rule", values: `+string(names)+` }`, 1
	}
	if b.Value(`typeof axe`) != "object" {
		browser.Answer[string](b, "load the engine", source+`;typeof axe`)
	}
	// What is a gradient to the eye is undecided to the engine: text on it is held
	// against the end of the gradient that is nearest to the text's own colour.
	got := browser.Answer[struct {
		Findings []finding
		Passed   int
	}](b, "audit", `(async () => {
		document.body.style.background = getComputedStyle(document.documentElement).getPropertyValue("--tint") || "";
		const r = await axe.run(document, { runOnly: `+which+`, resultTypes: ["violations", "incomplete"], preload: false });
		document.body.style.background = "";
		const all = [...r.violations, ...r.incomplete.map(f => ({ ...f, help: "undecided: " + f.help }))];
		return { Passed: r.passes.length, Findings: all.map(f => ({ Rule: f.id, Help: f.help,
			Where: f.nodes.map(n => n.target.join(" ") + ": " + n.failureSummary?.replace(/\s+/g, " ") + " " + n.html.slice(0, 120)) })) };
	})()`)
	if got.Passed < least {
		t.Errorf("only %d rules had anything to say", got.Passed)
	}
	return slices.DeleteFunc(got.Findings, func(f finding) bool { return accepted[f.Rule] != "" })
}

// An auditor that finds nothing may also be one that looks at nothing.
func TestAudit_finds_what_is_wrong(t *testing.T) {
	t.Parallel()
	origin, _ := serve(t, "en")
	b := shared.Start(t).Open("faults")
	for rule, fault := range map[string]string{
		"html-has-lang":  `document.documentElement.removeAttribute("lang")`,
		"document-title": `document.title = ""`,
		"label":          `document.querySelectorAll("main label").forEach(e => e.remove())`,
		"color-contrast": `document.querySelector("main h1").style.color = "#bbb"`,
		"target-size":    `document.querySelectorAll(".foot a").forEach(e => { e.style.cssText = "padding:0;margin:0;display:block;width:10px;height:10px;overflow:hidden" })`,
		"button-name":    `document.querySelector("button.main").textContent = ""`,
	} {
		b.Go(origin + "/sign-in")
		b.Value(fault)
		if !slices.ContainsFunc(audit(t, b), func(f finding) bool { return f.Rule == rule }) {
			t.Errorf("%s is not found", rule)
		}
	}
}
