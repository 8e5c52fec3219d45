package mutate

import "fmt"

// Score counts one package's outcomes.
type Score struct {
	Package                           string
	Own, Wider, Lived, Same, TimedOut int // Own and Wider: killed by whose tests
}

// Score counts the outcomes.
func (r Result) Score() Score {
	s := Score{Package: r.Package}
	for _, o := range r.Outcomes {
		switch o.State {
		case Killed:
			if o.By == r.Package {
				s.Own++
			} else {
				s.Wider++
			}
		case Lived:
			s.Lived++
		case TimedOut:
			s.TimedOut++
		case Same:
			s.Same++
		}
	}
	return s
}

// All is the number of faults, the equivalent ones included.
func (s Score) All() int { return s.Own + s.Wider + s.Lived + s.Same + s.TimedOut }

// Void reports whether more than 2 % of the faults timed out: the score then
// says more about the machine than about the tests.
func (s Score) Void() bool { return s.TimedOut*50 > s.All() }

// Percent is killed / (killed + lived), by the package's own and the wider
// tests; 0 when nothing counts or the score is void.
func (s Score) Percent() float64 {
	counted := s.Own + s.Wider + s.Lived
	if counted == 0 || s.Void() {
		return 0
	}
	return 100 * float64(s.Own+s.Wider) / float64(counted)
}

// String is one line.
func (s Score) String() string {
	return fmt.Sprintf("%s: %.1f %%: %d faults, killed %d (%d of them by tests of other packages), lived %d, equivalent %d, timed out %d",
		s.Package, s.Percent(), s.All(), s.Own+s.Wider, s.Wider, s.Lived, s.Same, s.TimedOut)
}
