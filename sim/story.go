package sim

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Story is a run for people: who did what, in order, up to what must not be. It is best
// told of a recording that was made small.
type Story struct {
	rec    *Recording // of a seed
	bout   *Bout      // or of a duel
	head   string     // in place of what is said of a seed
	result *Result
	lines  []told
	before int // lines that are left out at the beginning
}

// told is a line of a story: what was done, and what came of it if that came at once.
type told struct {
	event
	answer string
}

// longest is how many lines a story has at most: the last ones.
const longest = 200

// Story has the run again and listens.
func (r *Recording) Story() *Story {
	cfg := r.Config
	cfg.book = &book{}
	result, _ := r.again(cfg)
	s := &Story{rec: r, result: result}
	s.listen(cfg.book.events)
	return s
}

// listen makes lines of what was told.
func (s *Story) listen(events []event) {
	for i := 0; i < len(events); i++ {
		line := told{event: events[i]}
		if i+1 < len(events) && answers(events[i+1], line.event) {
			i++
			line.answer = events[i].what
		}
		s.lines = append(s.lines, line)
	}
	s.before = max(0, len(s.lines)-longest)
	s.lines = s.lines[s.before:]
}

// answers says that an event is what came back.
func answers(e, to event) bool {
	return column(to.from) < column(to.to) && e.from == to.to && e.to == to.from && e.turn == to.turn
}

// Broken reports that something did not hold in it.
func (s *Story) Broken() bool { return s.result.Broken() }

// String is the story in numbered lines, with the moment of each.
func (s *Story) String() string {
	var b strings.Builder
	if b.WriteString(s.head); s.rec != nil {
		fmt.Fprintf(&b, "%s is broken at step %d, %s after the start, after %s (seed %d).\n\n",
			cmp.Or(s.result.Invariant(), "Nothing"), s.result.Steps, moment(s.result.Time), plural(s.rec.Actions(), "action"), s.rec.Config.Seed)
	}
	if s.before > 0 {
		fmt.Fprintf(&b, "   … %s before\n", plural(s.before, "line"))
	}
	for i, l := range s.lines {
		fmt.Fprintf(&b, "%4d. %9s  %s\n", s.before+i+1, moment(l.at), l)
	}
	for _, f := range s.result.Findings {
		fmt.Fprintf(&b, "\nWhat must not be: %v\n", f)
	}
	return b.String()
}

// String is the line as a sentence.
func (l told) String() string {
	out := l.from + " "
	if l.to != "" {
		out += "→ " + l.to + ": "
	}
	out += l.what
	if l.answer != "" {
		out += " — " + l.answer
	}
	return out
}

// Diagram is the story as a sequence diagram of Mermaid: browsers, servers and store.
func (s *Story) Diagram() string {
	var b strings.Builder
	b.WriteString("sequenceDiagram\n")
	names := map[string]string{}
	var order []string
	for _, l := range s.lines {
		for _, who := range []string{l.from, l.to} {
			if _, ok := names[who]; !ok && who != "" {
				order = append(order, who)
				names[who] = fmt.Sprintf("n%d", len(order))
			}
		}
	}
	// Left to right as a request goes: people, servers, store.
	slices.SortStableFunc(order, func(x, y string) int { return column(x) - column(y) })
	for _, who := range order {
		kind := "participant"
		if column(who) == 0 {
			kind = "actor"
		}
		fmt.Fprintf(&b, "    %s %s as %s\n", kind, names[who], plain(who))
	}
	for _, l := range s.lines {
		from, to := names[l.from], names[l.to]
		switch {
		case l.to == "":
			fmt.Fprintf(&b, "    Note over %s: %s\n", from, plain(l.what))
			continue
		case column(l.from) > column(l.to):
			fmt.Fprintf(&b, "    %s-->>%s: %s\n", from, to, plain(l.what))
		default:
			fmt.Fprintf(&b, "    %s->>%s: %s\n", from, to, plain(l.what))
		}
		if l.answer != "" {
			fmt.Fprintf(&b, "    %s-->>%s: %s\n", to, from, plain(l.answer))
		}
	}
	if len(order) > 0 {
		for _, f := range s.result.Findings {
			fmt.Fprintf(&b, "    Note over %s: %s\n", names[order[0]], plain(f.Error()))
		}
	}
	return b.String()
}

// column is where somebody stands in a diagram.
func column(who string) int {
	switch {
	case who == "store":
		return 2
	case serverName.MatchString(who):
		return 1
	}
	return 0
}

var serverName = regexp.MustCompile(`^s\d+(\.\d+)?$`)

// plain is a text in which Mermaid reads nothing.
func plain(s string) string {
	return strings.NewReplacer("\n", " ", ";", ",", "#", "no. ", "<", "(", ">", ")", "%", " percent").Replace(s)
}

// Test is the story as a Go test of this package, which fails as long as the invariant
// does not hold in it. It belongs into the directory of the package.
func (s *Story) Test() string {
	if s.bout != nil {
		return s.bout.test(s.String())
	}
	id, _, _ := strings.Cut(strings.TrimPrefix(s.result.Invariant(), "SIM-"), " ")
	name := regexp.MustCompile(`[^A-Za-z0-9]`).ReplaceAllString(cmp.Or(id, "run"), "_")
	var b strings.Builder
	b.WriteString("package sim_test\n\nimport (\n\t\"testing\"\n\n\t\"github.com/axess-go/axess/sim\"\n)\n\n")
	for line := range strings.Lines(s.String()) {
		b.WriteString(strings.TrimRight("// "+line, " \n") + "\n")
	}
	fmt.Fprintf(&b, "func Test_%s_seed_%d(t *testing.T) {\n\tt.Parallel()\n", name, s.rec.Config.Seed)
	b.WriteString("\trec, err := sim.Open(`" + s.rec.longer().String() + "`)\n")
	b.WriteString("\tif err != nil {\n\t\tt.Fatal(err)\n\t}\n")
	b.WriteString("\tif r := rec.Replay(); r.Broken() {\n\t\tt.Error(r.Story())\n\t}\n}\n")
	return b.String()
}

// longer lets a run that breaks before its calm go on: what mends the product may take
// steps of its own, and the moment must still come.
func (r *Recording) longer() *Recording {
	out := *r
	if out.Config.Calm >= out.Step {
		out.Config.Steps = 2*out.Step + 1000
		out.Config.Calm = out.Config.Steps
	}
	return &out
}

// moment is a time of the world, to the millisecond.
func moment(d time.Duration) string { return d.Round(time.Millisecond).String() }

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
