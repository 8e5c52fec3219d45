package mutate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Op names the kind of a fault; the package comment says what each does.
type Op string

// The operators, in the order of the package comment.
const (
	BodyZero     Op = "body-zero"
	BodyTrue     Op = "body-true"
	Never        Op = "never"
	Always       Op = "always"
	DropOperand  Op = "drop-operand"
	Boundary     Op = "boundary"
	Negate       Op = "negate"
	DeleteCall   Op = "delete-call"
	DeleteAssign Op = "delete-assign"
	SkipStep     Op = "skip-step"
	SwallowError Op = "swallow-error"
	AlwaysEqual  Op = "always-equal"
	SwapLabel    Op = "swap-label"
	EmptyAAD     Op = "empty-aad"
	SwapSteps    Op = "swap-steps"
	SwapEntries  Op = "swap-entries"
)

// Ops returns all operators in their order.
func Ops() []Op {
	return []Op{
		BodyZero, BodyTrue, Never, Always, DropOperand, Boundary, Negate, DeleteCall, DeleteAssign,
		SkipStep, SwallowError, AlwaysEqual, SwapLabel, EmptyAAD, SwapSteps, SwapEntries,
	}
}

// Mutant is one fault. Its number is its place in the order of file, position
// and operator, so that two runs over the same sources agree.
type Mutant struct {
	ID        int
	File      string // relative to the module
	Line, Col int
	Func      string // "open", "(*Ring).Expire", "var table"
	Op        Op
	Source    string // what is changed, on one line
}

// String is file:line:col, operator and function.
func (m Mutant) String() string {
	return fmt.Sprintf("%s:%d:%d %s %s", m.File, m.Line, m.Col, m.Op, m.Func)
}

// key is what stays the same when lines move.
func (m Mutant) key() string {
	return strings.Join([]string{m.File, m.Func, string(m.Op), m.Source}, "\t")
}

// candidate is a mutant with the edits that make it.
type candidate struct {
	Mutant
	file   *source
	offset int
	edits  []edit
}

func number(candidates []*candidate) {
	slices.SortStableFunc(candidates, func(a, b *candidate) int {
		return cmp.Or(
			strings.Compare(a.File, b.File),
			cmp.Compare(a.offset, b.offset),
			cmp.Compare(slices.Index(Ops(), a.Op), slices.Index(Ops(), b.Op)),
		)
	})
	for i, c := range candidates {
		c.ID = i + 1
	}
}
