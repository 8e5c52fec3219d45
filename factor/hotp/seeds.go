package hotp

import (
	"encoding/base32"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/axess-go/axess/internal/oath"
	"github.com/axess-go/axess/seal"
)

// Encoding is how a list has its seeds. It is stated by whoever imports, never guessed:
// many a text is both (FAC-044).
type Encoding uint8

// The encodings.
const (
	Base32 Encoding = iota + 1 // RFC 4648 §6, in either case, with or without padding
	Hex
)

// Bounds of a list.
const (
	maxSeeds  = 10_000
	maxSerial = 64
)

// Seed is one token of a list.
type Seed struct {
	// Serial is what is printed on it: 1 to 64 bytes of printable text, once in a list.
	Serial string
	Seed   seal.Secret
}

// ErrSeeds answers a list that is refused as a whole; the text names the line, and never
// what is in it.
var ErrSeeds = errors.New("hotp: list of seeds")

// ReadSeeds reads a list in CSV (RFC 4180) without a heading, a serial and a seed in each
// line, at most 10,000 of them. One bad line refuses it all. Errors: [ErrSeeds], those of
// the reader.
func ReadSeeds(list io.Reader, in Encoding) ([]Seed, error) {
	if in != Base32 && in != Hex {
		return nil, fmt.Errorf("%w: the encoding is not stated", ErrSeeds)
	}
	lines := csv.NewReader(list)
	lines.FieldsPerRecord = 2
	lines.ReuseRecord = true
	var all []Seed
	seen := map[string]bool{}
	for {
		record, err := lines.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if bad := (*csv.ParseError)(nil); errors.As(err, &bad) {
			return nil, fmt.Errorf("%w: line %d: %w", ErrSeeds, bad.Line, bad.Err)
		}
		if err != nil {
			return nil, fmt.Errorf("hotp: read seeds: %w", err)
		}
		line, _ := lines.FieldPos(0)
		serial := strings.Clone(strings.TrimSpace(record[0]))
		seed, ok := in.decode(strings.TrimSpace(record[1]))
		switch {
		case len(all) == maxSeeds:
			err = fmt.Errorf("%w: more than %d lines", ErrSeeds, maxSeeds)
		case serial == "" || len(serial) > maxSerial || strings.ContainsFunc(serial, func(r rune) bool { return !unicode.IsPrint(r) }):
			err = fmt.Errorf("%w: line %d: a serial is 1 to %d bytes of printable text", ErrSeeds, line, maxSerial)
		case seen[serial]:
			err = fmt.Errorf("%w: line %d: the serial stands in an earlier line", ErrSeeds, line)
		case !ok || len(seed) < oath.MinSeed || len(seed) > oath.MaxSeed:
			err = fmt.Errorf("%w: line %d: a seed is %d to %d bytes in the encoding that was stated", ErrSeeds, line, oath.MinSeed, oath.MaxSeed)
		}
		if err != nil {
			clear(seed)
			return nil, err
		}
		seen[serial] = true
		all = append(all, Seed{Serial: serial, Seed: seal.NewSecret(seed)})
		clear(seed)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%w: it is empty", ErrSeeds)
	}
	return all, nil
}

func (e Encoding) decode(text string) ([]byte, bool) {
	if e == Hex {
		b, err := hex.DecodeString(text)
		return b, err == nil
	}
	b, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ToUpper(strings.TrimRight(text, "=")))
	return b, err == nil
}
