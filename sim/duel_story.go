package sim

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Again has the run, and says what did not hold in it. Error: [ErrNoDuel].
func (b Bout) Again() (Bout, error) { return b.again(nil) }

func (b Bout) again(told *book) (Bout, error) {
	b.Findings = nil
	d, err := DuelByName(b.Duel)
	if err != nil {
		return b, err
	}
	run := &bout{one: b.Together, asleep: map[int][2]bool{}, gates: map[uint64]*move{}}
	if run.fault, err = ParseFault(b.Fault); err != nil {
		return b, err
	}
	if run.order, err = readOrder(b.Order); err != nil {
		return b, err
	}
	from, broken := d.set(Bounds{Within: b.Within})
	if len(broken) > 0 {
		return broken[0], nil
	}
	b.Findings = d.once(from, run, Bounds{Within: b.Within}, told)
	b.Order = written(run.moves)
	return b, nil
}

// Story has the run and listens. Error: [ErrNoDuel].
func (b Bout) Story() (*Story, error) {
	told := &book{}
	b, err := b.again(told)
	if err != nil {
		return nil, err
	}
	d, err := DuelByName(b.Duel)
	if err != nil {
		return nil, err
	}
	end := "held"
	if len(b.Findings) > 0 {
		end = "is lost"
	}
	s := &Story{bout: &b, result: &Result{Findings: b.Findings}, head: fmt.Sprintf("%s %s in order %s%s: %s.\n\n", b.Duel, end, b.Order, b.with(), d.Statement)}
	s.listen(told.events)
	return s, nil
}

// with is what there is besides the order.
func (b Bout) with() (with string) {
	if b.Fault != "" {
		with = " with " + b.Fault
	}
	if b.Together {
		with += " on one server"
	}
	return with
}

// String says what did not hold, and when.
func (b Bout) String() string {
	return fmt.Sprintf("%s in order %s%s: %v", b.Duel, b.Order, b.with(), errors.Join(b.Findings...))
}

// Command is what has the run again.
func (b Bout) Command() string {
	out := fmt.Sprintf("axess sim --scenario '%s' --order %s", b.Duel, b.Order)
	if b.Fault != "" {
		out += " --fault " + b.Fault
	}
	if b.Together {
		out += " --together"
	}
	return out
}

// test is the run as a Go test of this package.
func (b Bout) test(story string) string {
	var out strings.Builder
	out.WriteString("package sim_test\n\nimport (\n\t\"testing\"\n\n\t\"github.com/axess-go/axess/sim\"\n)\n\n")
	for line := range strings.Lines(story) {
		out.WriteString(strings.TrimRight("// "+line, " \n") + "\n")
	}
	name := regexp.MustCompile(`[^A-Za-z0-9]+`).ReplaceAllString(b.Duel+"_"+b.Order+"_"+b.Fault, "_")
	fmt.Fprintf(&out, "func Test_duel_%s(t *testing.T) {\n\tt.Parallel()\n", strings.Trim(name, "_"))
	fmt.Fprintf(&out, "\tb, err := sim.Bout{Duel: %q, Order: %q, Fault: %q, Together: %t}.Again()\n", b.Duel, b.Order, b.Fault, b.Together)
	out.WriteString("\tif err != nil || len(b.Findings) > 0 {\n\t\tt.Error(b, err)\n\t}\n}\n")
	return out.String()
}
