package sim

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func duel(t *testing.T, name string) Duel {
	t.Helper()
	d, err := DuelByName(name)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// SIM-062: every duel begins, has calls of both sides that can come in another order, and
// holds in the first orders that are tried. The rest is `make sim`'s.
func TestDuels(t *testing.T) {
	t.Parallel()
	for _, d := range Duels() {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			out := d.Fight(Bounds{Most: 6})
			for _, b := range out.Broken {
				t.Error(b)
			}
			if out.Calls[left] < 2 || out.Calls[right] < 2 || out.Runs < 3 || d.Statement == "" || len(d.Covers) == 0 {
				t.Errorf("it is no duel: %+v", out)
			}
		})
	}
	if !slices.IsSortedFunc(Duels(), func(a, b Duel) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("they are not in order")
	}
	if _, err := DuelByName("reset/logn"); !errors.Is(err, ErrNoDuel) || !strings.Contains(err.Error(), "reset/login?") {
		t.Error(err)
	}
}

// SIM-062: every single fault, in every order in which it is another one.
func TestDuels_every_fault(t *testing.T) {
	t.Parallel()
	out := duel(t, "suspend/activate").Fight(Bounds{})
	for _, b := range out.Broken {
		t.Error(b)
	}
	// Two calls on each side: one only looks, the other changes something.
	if want := 2 * (2 + 5); out.Faults != want || out.FaultRuns < out.Faults || out.Short {
		t.Errorf("%d faults in %d runs, not %d", out.Faults, out.FaultRuns, want)
	}
}

// SIM-014, SIM-062: a duel is the same each time.
func TestDuels_again(t *testing.T) {
	t.Parallel()
	d := duel(t, "flow take/flow take")
	first, second := d.Fight(Bounds{Every: 20}), d.Fight(Bounds{Every: 20})
	if len(first.Broken) > 0 || !reflect.DeepEqual(first.ends, second.ends) || first.Runs != second.Runs || first.Orders != second.Orders || first.Calls != second.Calls {
		t.Errorf("%+v and then %+v", first, second)
	}
}

// SIM-062: the orders that are left out end like one that is not.
func TestDuels_leave_nothing_out(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"logout/look", "logout/slow write", "suspend/activate", "write/write"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := duel(t, name)
			few, all := d.Fight(Bounds{Every: 1000, Most: 1000}), d.Fight(Bounds{Plain: true})
			if len(few.Broken) > 0 || len(all.Broken) > 0 {
				t.Fatal(few.Broken, all.Broken)
			}
			if f, a := slices.Sorted(maps.Keys(few.ends)), slices.Sorted(maps.Keys(all.ends)); !slices.Equal(f, a) {
				t.Errorf("they end in %q, and all in %q", f, a)
			}
			// Load, write and answer, and once more for whoever was overtaken: 8 orders in
			// which nobody is, and 20 in which one is, who waits before the second try.
			if name == "write/write" && all.Orders != 28 {
				t.Errorf("%d orders of all, not 28", all.Orders)
			}
			if few.Orders > all.Orders || float64(all.Orders) > all.OfAll {
				t.Errorf("%d orders of %d of %v", few.Orders, all.Orders, all.OfAll)
			}
		})
	}
}

// SIM-060, SIM-062: a program that answers from a cache of its own loses a duel, and the
// run in which it did can be had again and is told.
func TestDuels_see(t *testing.T) {
	t.Parallel()
	out := duel(t, "logout/look").Fight(Bounds{Within: forgetful, Most: 24})
	if len(out.Broken) == 0 {
		t.Fatal("nobody notices")
	}
	b := out.Broken[0]
	if !b.Together {
		t.Errorf("it keeps it to itself, and it is told from afar: %v", b)
	}
	again, err := b.Again()
	if err != nil || again.String() != b.String() || !strings.Contains(b.String(), "the right one is served") {
		t.Errorf("%v\nand then\n%v %v", b, again, err)
	}
	story, err := b.Story()
	if err != nil || !story.Broken() {
		t.Fatal(err)
	}
	for _, part := range []string{"logout/look is lost in order " + b.Order, "session.Delete", "What must not be"} {
		if !strings.Contains(story.String(), part) {
			t.Errorf("nothing of %q in\n%s", part, story)
		}
	}
	if !strings.Contains(story.Diagram(), "->>") || !strings.Contains(story.Test(), `sim.Bout{Duel: "logout/look", Order: "`+b.Order) ||
		b.Command() != "axess sim --scenario 'logout/look' --order "+b.Order+" --together" {
		t.Errorf("%s\n%s\n%s", story.Diagram(), story.Test(), b.Command())
	}
}

// SIM-062: a fault and an order are read as they are written.
func TestParseFault(t *testing.T) {
	t.Parallel()
	for _, kind := range faultNames() {
		want := Fault{Side: "right", Call: 12, Kind: kind}
		if f, err := ParseFault(want.String()); err != nil || f != want {
			t.Error(f, err)
		}
	}
	for _, text := range []string{"left.3", "left.0:fail", "middle.1:fail", "left.1x:fail", "left.1:fial", ":"} {
		if f, err := ParseFault(text); !errors.Is(err, ErrNoDuel) {
			t.Errorf("%q is %v, %v", text, f, err)
		}
	}
	for _, b := range []Bout{{Duel: "a/b"}, {Duel: "logout/look", Order: "LX"}, {Duel: "logout/look", Fault: "left"}} {
		if _, err := b.Again(); !errors.Is(err, ErrNoDuel) {
			t.Errorf("%v: %v", b, err)
		}
	}
}

// SIM-062: what neither changes, two calls may look at in any order.
func TestMarks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b marks
		meet bool
	}{
		{marks{looks(ofUser, 1)}, marks{looks(ofUser, 1)}, false},
		{marks{looks(ofUser, 1)}, marks{changes(ofUser, 1)}, true},
		{marks{changes(ofUser, 1)}, marks{changes(ofUser, 2)}, false},
		{marks{changes(ofUser, 1)}, marks{looks(ofUser, nil)}, true},
		{marks{changes(ofUser, 1)}, marks{changes(ofSession, 1)}, false},
		{marks{looks(ofTokens, nil)}, everything(), true},
		{appended(), appended(), false},
		{nil, everything(), false},
	} {
		if c.a.meet(c.b) != c.meet || c.b.meet(c.a) != c.meet {
			t.Errorf("%v and %v: %v", c.a, c.b, !c.meet)
		}
	}
}
