package hotp

import "github.com/axess-go/axess/internal/oath"

// Generate is the code of a counter.
func (r Record) Generate(counter uint64) int32 {
	return oath.Generate(r.Algorithm, r.Seed, r.Digits, counter)
}
