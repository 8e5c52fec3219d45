package session

import (
	"bytes"

	"github.com/axess-go/axess/seal"
)

const (
	maxBound = 16
	// boundParts is how many values a component has in the body: MAC, component,
	// key id, version. A later release may add components, or lists of another
	// length: both are kept as they are and judged by those who know them.
	boundParts = 4
	maxVersion = 1<<32 - 1
)

// bound is one component as the body keeps it.
type bound struct {
	mac       [16]byte
	component Component
	kid       seal.KeyID
	version   uint64 // of a browser, at the time of binding; else 0
}

func putBound(b []byte, e bound) []byte {
	b = putID(putList(b, boundParts), e.mac)
	b = putUint(b, uint64(e.component))
	return putUint(putBytes(b, e.kid[:]), e.version)
}

// bound reads one component; false for one of another release, over which it steps.
func (r *cborReader) bound() (e bound, known bool) {
	n := r.list(maxBound)
	if n != boundParts {
		for ; n > 0; n-- {
			r.skip(3)
		}
		return e, false
	}
	e.mac = r.id()
	component := r.uint()
	kid := r.bytes()
	if len(kid) != len(e.kid) {
		r.fail()
		return bound{}, false
	}
	copy(e.kid[:], kid)
	e.version = r.small(maxVersion)
	if component == 0 || component > uint64(components) {
		return bound{}, false
	}
	e.component = Component(component)
	return e, !r.bad
}

// bindings checks the list and returns its bytes.
func (r *cborReader) bindings() []byte {
	from := r.i
	n := r.list(maxBound)
	if n == 0 {
		r.fail() // an empty list is left out: one encoding only
		return nil
	}
	for ; n > 0; n-- {
		r.bound()
	}
	return r.b[from:r.i:r.i]
}

// salt reads the 16 bytes that no other session's MACs are made with (SES-176).
func (r *cborReader) salt() []byte {
	b := r.bytes()
	if len(b) != saltSize {
		r.fail()
	}
	return b
}

const saltSize = 16

// eachBound walks a list that bindings has checked, nil for none; raw is an entry's
// own bytes.
func eachBound(enc []byte, f func(e bound, known bool, raw []byte)) {
	if enc == nil {
		return
	}
	r := cborReader{b: enc}
	for n := r.list(maxBound); n > 0; n-- {
		from := r.i
		e, known := r.bound()
		f(e, known, r.b[from:r.i])
	}
}

// replaceBound writes a list anew with the entries of some components in the place
// of those that the list has for the same traits. The others stay to the byte.
func replaceBound(enc []byte, entries []bound) []byte {
	var replaced [traits]bool
	for _, e := range entries {
		replaced[e.component.trait()] = true
	}
	var list []byte
	n := 0
	eachBound(enc, func(e bound, known bool, raw []byte) {
		if !known || !replaced[e.component.trait()] {
			list, n = append(list, raw...), n+1
		}
	})
	for _, e := range entries {
		list, n = putBound(list, e), n+1
	}
	if n == 0 {
		return nil
	}
	return bytes.Clone(append(putList(nil, n), list...))
}
