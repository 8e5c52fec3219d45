package sim

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Fault is the one thing that goes wrong in a run of a duel. The zero Fault is nothing.
type Fault struct {
	// Side is "left" or "right".
	Side string
	// Call is which of this side's calls of the store it befalls, from 1; the arrival of
	// the answer counts as one.
	Call int
	// Kind is "fail": the call does not arrive; "lostack": its answer is lost; "dup": it
	// arrives twice; "crash" and "crash-after": the server of this side dies before its
	// effect, or behind it; "lost": the answer does not reach the browser.
	Kind string
}

const (
	faultFails      = "fail"
	faultLosesAck   = "lostack"
	faultTwice      = "dup"
	faultCrash      = "crash"
	faultCrashAfter = "crash-after"
	faultLost       = "lost"
)

func faultNames() []string {
	return []string{faultFails, faultLosesAck, faultTwice, faultCrash, faultCrashAfter, faultLost}
}

// String is the fault as [ParseFault] reads it: "left.3:lostack". The zero Fault is empty.
func (f Fault) String() string {
	if f.Kind == "" {
		return ""
	}
	return fmt.Sprintf("%s.%d:%s", f.Side, f.Call, f.Kind)
}

// ParseFault reads what [Fault.String] writes. Error: [ErrNoDuel].
func ParseFault(text string) (Fault, error) {
	if text == "" {
		return Fault{}, nil
	}
	where, kind, ok := strings.Cut(text, ":")
	f := Fault{Kind: kind}
	var more string
	if n, _ := fmt.Sscanf(strings.Replace(where, ".", " ", 1), "%s %d%s", &f.Side, &f.Call, &more); !ok || n != 2 ||
		f.Call < 1 || f.Side != left.String() && f.Side != right.String() {
		return Fault{}, fmt.Errorf("%w: %.40q is no fault: left.3:lostack is one", ErrNoDuel, text)
	}
	if !slices.Contains(faultNames(), kind) {
		return Fault{}, fmt.Errorf("%w: %.40q is no kind of fault: did you mean %s?", ErrNoDuel, kind, nearest(kind, faultNames()))
	}
	return f, nil
}

func (f Fault) side() side {
	if f.Side == right.String() {
		return right
	}
	return left
}

func (f Fault) compare(o Fault) int {
	return cmp.Or(cmp.Compare(f.Side, o.Side), cmp.Compare(f.Call, o.Call), cmp.Compare(f.Kind, o.Kind))
}

// call is what a fault is among those that befall a call of a server; -1: none of them.
func (f Fault) call() int {
	switch f.Kind {
	case faultFails:
		return callFails
	case faultLosesAck:
		return callLosesAnswer
	case faultTwice:
		return callArrivesTwice
	case faultCrash:
		return callKillsBefore
	case faultCrashAfter:
		return callKillsAfter
	}
	return -1
}

// written is an order as a word of L and R.
func written(moves []*move) string {
	var b strings.Builder
	for _, m := range moves {
		b.WriteByte("LR"[m.by])
	}
	return b.String()
}

// readOrder reads such a word.
func readOrder(word string) (order []side, err error) {
	for _, c := range word {
		at := strings.IndexRune("LR", c)
		if at < 0 || len(order) > 1000 {
			return nil, fmt.Errorf("%w: %.40q is no order: LLRL is one", ErrNoDuel, word)
		}
		order = append(order, side(at))
	}
	return order, nil
}
