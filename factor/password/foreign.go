package password

import (
	"crypto/sha1" //nolint:gosec // as the foreign record says; it is hashed anew at once
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/crypto/scrypt"
	"golang.org/x/text/unicode/norm"

	"github.com/axess-go/axess/internal/argon2"
	"github.com/axess-go/axess/seal"
)

// ErrForeign answers a hash of another system that [Foreign] does not take; the text
// says what is wrong with it, without salt and hash.
var ErrForeign = errors.New("password: foreign hash")

// Normaliser is what another system did to a password before it hashed it.
type Normaliser string

// The normalisers. Most systems hash the bytes as they come.
const (
	AsTyped Normaliser = "raw"
	NFC     Normaliser = "nfc"
	NFKC    Normaliser = "nfkc"
)

// Bounds of foreign hashes; a record is input too.
const (
	maxForeign       = 384
	maxBcryptCost    = 15
	maxScryptLog     = 20
	maxScryptMemory  = 256 << 20
	maxScryptThreads = 16
	minForeignSalt   = 1
	minForeignDigest = 16
)

// foreign is a parsed hash of another system: verify compares, draw does the same work
// for nothing.
type foreign struct {
	text   string // as it came
	form   Normaliser
	memory int64 // bytes
	// derive computes the digest; nil for bcrypt, whose package compares.
	derive func(input []byte) ([]byte, error)
	digest []byte
	cost   int // bcrypt
}

// Foreign makes a record of a hash of another system, for a credential that is imported.
// It verifies under a [Config] with Foreign, and is hashed anew at the first sign-in with
// it. Forms, told apart by how they begin:
//
//	$2a$ $2b$ $2y$                                     bcrypt, cost 4 to 15
//	$argon2i$v=19$… $argon2id$v=19$…                   PHC
//	$scrypt$ln=16,r=8,p=1$…                            PHC (passlib)
//	scrypt:32768:8:1$…                                 Werkzeug
//	$pbkdf2$… $pbkdf2-sha256$29000$… $pbkdf2-sha512$…  passlib
//	pbkdf2_sha1$… pbkdf2_sha256$600000$…               Django
//	pbkdf2:sha256:600000$… pbkdf2:sha512:…             Werkzeug
//
// Bcrypt reads 72 bytes: until it is hashed anew, whatever begins with them verifies.
// Error: [ErrForeign].
func Foreign(text string, n Normaliser) ([]byte, error) {
	f, err := parseForeign(text, n)
	if err != nil {
		return nil, err
	}
	return record{foreign: f}.encode(), nil
}

// foreignPrefix begins the text of such a record, the normaliser after it.
const foreignPrefix = "$foreign-"

// weight is what it takes at the Gate.
func (f *foreign) weight() Cost { return max(pbkdf2Cost, Cost((f.memory+1<<20-1)>>20)) }

func (f *foreign) String() string { return foreignPrefix + string(f.form) + ":" + f.text }

// decodeForeign reads what String wrote.
func decodeForeign(s string) (*foreign, error) {
	form, text, ok := strings.Cut(strings.TrimPrefix(s, foreignPrefix), ":")
	if !ok {
		return nil, fmt.Errorf("%w: unknown form", ErrCorrupt)
	}
	f, err := parseForeign(text, Normaliser(form))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return f, nil
}

func parseForeign(text string, n Normaliser) (*foreign, error) {
	if n != AsTyped && n != NFC && n != NFKC {
		return nil, fmt.Errorf("%w: normaliser unknown", ErrForeign)
	}
	if len(text) > maxForeign || strings.IndexByte(text, 0) >= 0 {
		return nil, fmt.Errorf("%w: too long, or with a NUL", ErrForeign)
	}
	f := &foreign{text: text, form: n}
	var err error
	switch {
	case strings.HasPrefix(text, "$2a$"), strings.HasPrefix(text, "$2b$"), strings.HasPrefix(text, "$2y$"):
		f.cost, err = bcrypt.Cost([]byte(text))
		if err == nil && (len(text) != 60 || f.cost > maxBcryptCost) {
			err = errors.New("length or cost")
		}
	case strings.HasPrefix(text, "$argon2"):
		err = f.argon2(strings.Split(text, "$"))
	case strings.HasPrefix(text, "$scrypt$"):
		err = f.scryptPHC(strings.Split(text, "$"))
	case strings.HasPrefix(text, "scrypt:"):
		err = f.scryptWerkzeug(strings.Split(text, "$"))
	case strings.HasPrefix(text, "$pbkdf2"):
		err = f.pbkdf2Passlib(strings.Split(text, "$"))
	case strings.HasPrefix(text, "pbkdf2_"):
		err = f.pbkdf2Django(strings.Split(text, "$"))
	case strings.HasPrefix(text, "pbkdf2:"):
		err = f.pbkdf2Werkzeug(strings.Split(text, "$"))
	default:
		err = errors.New("unknown form")
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForeign, err)
	}
	return f, nil
}

// errParts answers a text of too many or too few parts, or numbers out of bounds.
var errParts = errors.New("malformed, or out of bounds")

func (f *foreign) argon2(p []string) error {
	if len(p) != 6 || p[2] != "v=19" {
		return errParts
	}
	var m, t, lanes uint32
	var rest string
	if n, _ := fmt.Sscanf(p[3]+" ", "m=%d,t=%d,p=%d%s", &m, &t, &lanes, &rest); n != 3 {
		return errParts
	}
	params := Params{alg: argon2id, memory: m, passes: t, threads: uint8(min(lanes, 255))}
	if params.bounds() != nil {
		return errParts
	}
	kinds := map[string]argon2.Type{"argon2i": argon2.I, "argon2id": argon2.ID}
	kind, ok := kinds[p[1]]
	salt, digest, err := f.parts(p[4], p[5], base64.RawStdEncoding)
	if err != nil || !ok || len(salt) < minSalt {
		return errParts
	}
	f.memory, f.digest = int64(m)<<10, digest
	f.derive = func(input []byte) ([]byte, error) {
		out := make([]byte, len(digest))
		err := argon2.NewSpace(m).Derive(out, argon2.Params{Type: kind, Memory: m, Passes: t, Lanes: lanes}, argon2.Input{Password: input, Salt: salt})
		return out, err
	}
	return nil
}

func (f *foreign) scryptPHC(p []string) error {
	if len(p) != 5 {
		return errParts
	}
	var ln, r, lanes int
	var rest string
	if n, _ := fmt.Sscanf(p[2]+" ", "ln=%d,r=%d,p=%d%s", &ln, &r, &lanes, &rest); n != 3 || ln < 1 || ln > maxScryptLog {
		return errParts
	}
	salt, digest, err := f.parts(p[3], p[4], base64.RawStdEncoding)
	if err != nil {
		return err
	}
	return f.scrypt(1<<ln, r, lanes, salt, digest)
}

func (f *foreign) scryptWerkzeug(p []string) error {
	if len(p) != 3 {
		return errParts
	}
	var n, r, lanes int
	var rest string
	if c, _ := fmt.Sscanf(p[0]+" ", "scrypt:%d:%d:%d%s", &n, &r, &lanes, &rest); c != 3 {
		return errParts
	}
	digest, err := hex.DecodeString(p[2])
	if err != nil {
		return errParts
	}
	return f.scrypt(n, r, lanes, []byte(p[1]), digest)
}

func (f *foreign) scrypt(n, r, lanes int, salt, digest []byte) error {
	if n < 2 || n > 1<<maxScryptLog || n&(n-1) != 0 || r < 1 || r > 32 || lanes < 1 || lanes > maxScryptThreads ||
		int64(n)*int64(r)*128 > maxScryptMemory || !f.sized(salt, digest) {
		return errParts
	}
	f.memory, f.digest = int64(n)*int64(r)*128, digest
	f.derive = func(input []byte) ([]byte, error) { return scrypt.Key(input, salt, n, r, lanes, len(digest)) }
	return nil
}

func (f *foreign) pbkdf2Passlib(p []string) error {
	if len(p) != 5 {
		return errParts
	}
	// The alphabet of crypt(3), and no padding.
	salt, digest, err := f.parts(strings.ReplaceAll(p[3], ".", "+"), strings.ReplaceAll(p[4], ".", "+"), base64.RawStdEncoding)
	if err != nil {
		return err
	}
	name := map[string]string{"pbkdf2": "sha1", "pbkdf2-sha256": "sha256", "pbkdf2-sha512": "sha512"}[p[1]]
	return f.pbkdf2(name, p[2], salt, digest)
}

func (f *foreign) pbkdf2Django(p []string) error {
	if len(p) != 4 {
		return errParts
	}
	digest, err := base64.StdEncoding.Strict().DecodeString(p[3])
	if err != nil {
		return errParts
	}
	return f.pbkdf2(strings.TrimPrefix(p[0], "pbkdf2_"), p[1], []byte(p[2]), digest)
}

func (f *foreign) pbkdf2Werkzeug(p []string) error {
	head := strings.Split(p[0], ":")
	if len(p) != 3 || len(head) != 3 {
		return errParts
	}
	digest, err := hex.DecodeString(p[2])
	if err != nil {
		return errParts
	}
	return f.pbkdf2(head[1], head[2], []byte(p[1]), digest)
}

func (f *foreign) pbkdf2(name, rounds string, salt, digest []byte) error {
	newHash := map[string]func() hash.Hash{"sha1": sha1.New, "sha256": sha256.New, "sha512": sha512.New}[name]
	n, err := strconv.ParseUint(rounds, 10, 32)
	if newHash == nil || err != nil || n < 1 || n > maxIterations || !f.sized(salt, digest) {
		return errParts
	}
	f.digest = digest
	f.derive = func(input []byte) ([]byte, error) {
		return derivePBKDF2(newHash, input, salt, uint32(n), len(digest))
	}
	return nil
}

func (f *foreign) parts(salt, digest string, enc *base64.Encoding) (s, d []byte, err error) {
	s, err = enc.Strict().DecodeString(salt)
	if err == nil {
		d, err = enc.Strict().DecodeString(digest)
	}
	if err != nil || !f.sized(s, d) {
		return nil, nil, errParts
	}
	return s, d, nil
}

func (f *foreign) sized(salt, digest []byte) bool {
	return len(salt) >= minForeignSalt && len(salt) <= maxSalt && len(digest) >= minForeignDigest && len(digest) <= maxDigest
}

// fits compares a password, which is what was typed. The work is the same whether it
// fits or not.
func (f *foreign) fits(typed []byte) (bool, error) {
	input := typed
	switch f.form {
	case NFC:
		input = norm.NFC.Bytes(typed)
		defer clear(input)
	case NFKC:
		input = norm.NFKC.Bytes(typed)
		defer clear(input)
	case AsTyped:
	}
	if f.derive == nil {
		err := bcrypt.CompareHashAndPassword([]byte(f.text), input[:min(len(input), 72)])
		if errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
			return false, nil
		}
		return err == nil, err
	}
	got, err := f.derive(input)
	if err != nil {
		return false, err
	}
	defer clear(got)
	return seal.Equal(got, f.digest), nil
}
