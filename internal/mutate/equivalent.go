package mutate

import (
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"
)

// Equivalent is a fault that changes nothing anybody can observe.
type Equivalent struct {
	File, Func string
	Op         Op
	Source     string
	Nth        int // of several that look alike in one function; 0 is all
	Reason     string
}

// ParseEquivalents reads a list of blocks, separated by empty lines:
//
//	seal/ring.go (*Ring).Expire boundary
//		now.Before(due)
//		why nobody can tell
//
// A number after the operator picks one of several that look alike. Lines that
// begin with # are comments. A block without a reason is an error.
func ParseEquivalents(text string) ([]Equivalent, error) {
	var all []Equivalent
	var lines []string
	for i, line := range append(strings.Split(text, "\n"), "") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") {
			continue
		}
		if line != "" {
			lines = append(lines, line)
			continue
		}
		if len(lines) == 0 {
			continue
		}
		e, err := parseEquivalent(lines)
		if err != nil {
			return nil, fmt.Errorf("mutate: equivalent faults: block before line %d: %w", i+1, err)
		}
		all, lines = append(all, e), nil
	}
	return all, nil
}

func parseEquivalent(lines []string) (Equivalent, error) {
	if len(lines) < 3 {
		return Equivalent{}, errors.New("wants a place, a source line and a reason")
	}
	head := strings.Fields(lines[0])
	var nth int
	if last := head[len(head)-1]; last[0] >= '0' && last[0] <= '9' {
		n, err := strconv.Atoi(last)
		if err != nil || n < 1 {
			return Equivalent{}, fmt.Errorf("%q is no number from 1", last)
		}
		nth, head = n, head[:len(head)-1]
	}
	if len(head) < 3 {
		return Equivalent{}, errors.New("the place is file, function and operator")
	}
	end := len(head) - 1
	return Equivalent{
		File: head[0], Func: strings.Join(head[1:end], " "), Op: Op(head[end]), Nth: nth,
		Source: lines[1], Reason: strings.Join(lines[2:], " "),
	}, nil
}

func (e Equivalent) key() string {
	return Mutant{File: e.File, Func: e.Func, Op: e.Op, Source: e.Source}.key()
}

// Accept takes the listed faults out of those that lived. It fails for entries
// of this package that name no fault, or one that a test kills.
func (r *Result) Accept(list []Equivalent) error {
	at := map[string][]*Outcome{} // by key, in order
	for i := range r.Outcomes {
		o := &r.Outcomes[i]
		at[o.key()] = append(at[o.key()], o)
	}
	var faults []error
	for _, e := range list {
		if path.Dir(e.File) != r.Package {
			continue
		}
		same := at[e.key()]
		if e.Nth > 0 && e.Nth <= len(same) {
			same = same[e.Nth-1 : e.Nth]
		} else if e.Nth > 0 {
			same = nil
		}
		if len(same) == 0 {
			faults = append(faults, fmt.Errorf("%s %s %s: no such fault: %s", e.File, e.Func, e.Op, e.Source))
		}
		for _, o := range same {
			if o.State == Killed {
				faults = append(faults, fmt.Errorf("%s: listed as equivalent, and the tests of %s kill it: %s", o.Mutant, o.By, o.Source))
				continue
			}
			o.State, o.Reason = Same, e.Reason
		}
	}
	if err := errors.Join(faults...); err != nil {
		return fmt.Errorf("mutate: equivalent faults: %w", err)
	}
	return nil
}
