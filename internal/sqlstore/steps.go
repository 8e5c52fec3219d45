package sqlstore

import (
	"encoding/binary"

	"github.com/axess-go/axess/identity"
)

// stepsVersion is the first byte of the stored steps of a method.
const stepsVersion = 1

// Each step begins with what it was written as.
const (
	stepAnyOf = iota + 1
	stepRequired
)

// encodeSteps is the stored form of a chain of steps: a version byte, the number
// of steps, and for each its form, the number of kinds, and each kind after its
// length (numbers are unsigned varints).
func encodeSteps(steps []identity.Step) []byte {
	b := binary.AppendUvarint([]byte{stepsVersion}, uint64(len(steps)))
	for _, s := range steps {
		form := byte(stepAnyOf)
		if s.IsRequired() {
			form = stepRequired
		}
		b = binary.AppendUvarint(append(b, form), uint64(s.Len()))
		for i := range s.Len() {
			b = binary.AppendUvarint(b, uint64(len(s.At(i))))
			b = append(b, s.At(i)...)
		}
	}
	return b
}

// decodeSteps reads what encodeSteps made; store.ErrCorrupt for anything else.
func decodeSteps(b []byte) ([]identity.Step, error) {
	r := stepReader{b: b}
	if len(b) == 0 || b[0] != stepsVersion {
		return nil, corrupt("steps: version")
	}
	r.b = b[1:]
	var steps []identity.Step
	for range r.length() {
		form := r.length()
		var kinds []identity.Kind
		for range r.length() {
			kinds = append(kinds, identity.Kind(r.bytes(r.length())))
		}
		switch {
		case form == stepAnyOf:
			steps = append(steps, identity.AnyOf(kinds...))
		case form == stepRequired && len(kinds) == 1:
			steps = append(steps, identity.Required(kinds[0]))
		default:
			r.bad = true
		}
	}
	if r.bad || len(r.b) > 0 {
		return nil, corrupt("steps")
	}
	return steps, nil
}

// stepReader consumes bytes; once something is missing it reads zeros.
type stepReader struct {
	b   []byte
	bad bool
}

// length reads a number that is no larger than the bytes left: whatever it
// counts takes a byte at least.
func (r *stepReader) length() int {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || v > uint64(len(r.b)) {
		r.b, r.bad = nil, true
		return 0
	}
	r.b = r.b[n:]
	return int(v)
}

func (r *stepReader) bytes(n int) []byte {
	if n > len(r.b) {
		r.b, r.bad = nil, true
		return nil
	}
	head := r.b[:n]
	r.b = r.b[n:]
	return head
}
