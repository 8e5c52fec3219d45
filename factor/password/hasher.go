package password

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
)

// Config configures a [Hasher].
type Config struct {
	// Params of new hashes; a verified record with others asks to be hashed
	// again. Zero: [Lean].
	Params Params
	// Peppers are keys that a stolen database does not hold. The first is used
	// for new hashes; the others verify, until no record names them. None: no
	// pepper.
	Peppers []Pepper
	// MigrateArgon2Until keeps Argon2id records valid beside PBKDF2 params before this
	// moment; they are hashed again at the next sign-in. Without it, and from then on,
	// they are refused, because Argon2id is no approved primitive (FAC-016).
	MigrateArgon2Until time.Time
	// Foreign, one of the hashes of another system that were imported ([Foreign]), lets
	// those records verify until each is hashed anew. From its form and numbers the
	// work is taken that everybody else's password costs besides, so that time does not
	// tell who was imported and has not signed in since; records with other numbers than
	// this one stand out. Take it away when nobody has such a record any more. Empty:
	// they are refused.
	Foreign string
}

// Pepper is a key that goes into every hash (FAC-014). ID is [a-z0-9-]{1,16},
// stored with the hash; Key is at least 32 bytes, kept apart from the database.
type Pepper struct {
	ID  string
	Key seal.Secret
}

// ErrConfig answers a [Config] that cannot be used; the text names the field.
var ErrConfig = errors.New("password: config")

// Hasher hashes and verifies under one configuration. It is safe for concurrent
// use.
type Hasher struct {
	params  Params
	peppers []Pepper
	migrate time.Time
	sample  *foreign // nil: foreign records are refused
	runs    atomic.Uint64
	spaces  spaces
}

// New checks the configuration in full. Error: [ErrConfig].
func New(cfg Config) (*Hasher, error) {
	if cfg.Params == (Params{}) {
		cfg.Params = Lean()
	}
	h := &Hasher{params: cfg.Params, migrate: cfg.MigrateArgon2Until}
	h.spaces.memory = cfg.Params.memory // zero without Argon2id
	if cfg.Foreign != "" {
		var err error
		if h.sample, err = parseForeign(cfg.Foreign, AsTyped); err != nil {
			return nil, fmt.Errorf("%w: Foreign: %w", ErrConfig, err)
		}
	}
	for _, p := range cfg.Peppers {
		if !validPepperID(p.ID) || len(p.Key.Reveal()) < 32 {
			return nil, fmt.Errorf("%w: Peppers: id malformed or key below 32 bytes", ErrConfig)
		}
		if _, twice := h.pepper(p.ID); twice {
			return nil, fmt.Errorf("%w: Peppers: one id twice", ErrConfig)
		}
		h.peppers = append(h.peppers, p)
	}
	return h, nil
}

// Params returns how new passwords are hashed.
func (h *Hasher) Params() Params { return h.params }

// Evaluations counts the hashes computed so far: for metrics, and for tests that
// a refusal costs what a comparison does (AUN-033).
func (h *Hasher) Evaluations() uint64 { return h.runs.Load() }

// Hash makes the record of a new password. Error: [ErrInput]. It does not judge
// the password; [Policy.Check] does, before.
func (h *Hasher) Hash(src entropy.Source, secret seal.Secret) (body []byte, err error) {
	secretly(func() { body, err = h.hash(src, secret) })
	return body, err
}

func (h *Hasher) hash(src entropy.Source, secret seal.Secret) ([]byte, error) {
	nfc, err := normalise(secret)
	if err != nil {
		return nil, err
	}
	defer clear(nfc)
	r := record{params: h.params, salt: make([]byte, saltSize)}
	src.Fill(r.salt)
	var key seal.Secret
	if len(h.peppers) > 0 {
		r.pepper, key = h.peppers[0].ID, h.peppers[0].Key
	}
	if r.digest, err = h.derive(r, key, nfc, h.params.digestSize()); err != nil {
		return nil, fmt.Errorf("password: hash: %w", err)
	}
	return r.encode(), nil
}

// Result is the answer of [Hasher.Verify].
type Result struct {
	// Verdict is Accepted, Rejected, or Misconfigured when the record needs a
	// pepper or an algorithm that is not configured.
	Verdict factor.Verdict
	// Rehash: the password is right and its record is not as new ones are. Hash
	// it again, conditioned on the row's version; failure to do so is no reason
	// to refuse the sign-in (FAC-015).
	Rehash bool
	// Corrupt: the record is not one of ours. Rejected, and an alarm (FAC-017).
	Corrupt bool
}

// Verify checks a password against a record. Whatever the record, a password
// that could be one costs one evaluation: a record that is missing (nil), corrupt
// or refused is answered with the work of a miss under the current parameters
// (FAC-017, AUN-033).
func (h *Hasher) Verify(now time.Time, body []byte, secret seal.Secret) (res Result) {
	secretly(func() { res = h.verify(now, body, secret) })
	return res
}

func (h *Hasher) verify(now time.Time, body []byte, secret seal.Secret) Result {
	nfc, err := normalise(secret)
	if err != nil {
		// No record can have been made of it, so none is looked at: known and
		// unknown users answer alike.
		return Result{Verdict: factor.Rejected}
	}
	defer clear(nfc)
	if body == nil {
		h.miss(nfc)
		return Result{Verdict: factor.Rejected}
	}
	r, err := decode(body)
	if err != nil {
		h.miss(nfc)
		return Result{Verdict: factor.Rejected, Corrupt: true}
	}
	if r.foreign != nil {
		return h.imported(r.foreign, nfc, secret.Reveal())
	}
	pepper, known := h.pepper(r.pepper)
	if !known || r.params.alg == argon2id && h.params.alg != argon2id && !now.Before(h.migrate) {
		h.miss(nfc)
		return Result{Verdict: factor.Misconfigured}
	}
	h.foreignMiss()
	got, err := h.derive(r, pepper.Key, nfc, len(r.digest))
	if err != nil {
		return Result{Verdict: factor.Misconfigured}
	}
	defer clear(got)
	if !seal.Equal(got, r.digest) {
		return Result{Verdict: factor.Rejected}
	}
	return Result{Verdict: factor.Accepted, Rehash: !h.current(r)}
}

// Dummy does the work of a miss and rejects: for a user that does not exist.
func (h *Hasher) Dummy(secret seal.Secret) Result { return h.Verify(time.Time{}, nil, secret) }

// imported judges a hash of another system, after the work of a miss.
func (h *Hasher) imported(f *foreign, nfc, typed []byte) Result {
	if h.sample == nil {
		h.miss(nfc)
		return Result{Verdict: factor.Misconfigured}
	}
	h.nativeMiss(nfc)
	h.runs.Add(1)
	fits, err := f.fits(typed)
	switch {
	case err != nil:
		return Result{Verdict: factor.Misconfigured}
	case !fits:
		return Result{Verdict: factor.Rejected}
	}
	return Result{Verdict: factor.Accepted, Rehash: true}
}

// foreignMiss does the work of an imported record for everybody else.
func (h *Hasher) foreignMiss() {
	if h.sample == nil {
		return
	}
	h.runs.Add(1)
	_, _ = h.sample.fits([]byte("the work of a miss")) // what comes out is dropped
}

func (h *Hasher) miss(nfc []byte) {
	h.foreignMiss()
	h.nativeMiss(nfc)
}

func (h *Hasher) nativeMiss(nfc []byte) {
	r := record{params: h.params, salt: make([]byte, saltSize), digest: make([]byte, h.params.digestSize())}
	var key seal.Secret
	if len(h.peppers) > 0 {
		key = h.peppers[0].Key
	}
	got, err := h.derive(r, key, nfc, len(r.digest))
	if err == nil {
		// The same last step; a zero digest is reached by nobody, and what came
		// out is dropped in any case.
		seal.Equal(got, r.digest)
		clear(got)
	}
}

// current reports whether a record is as Hash would make it now.
func (h *Hasher) current(r record) bool {
	id := ""
	if len(h.peppers) > 0 {
		id = h.peppers[0].ID
	}
	return r.params == h.params && r.pepper == id && len(r.salt) == saltSize && len(r.digest) == h.params.digestSize()
}

// pepper finds a key; the empty id is no pepper and always known.
func (h *Hasher) pepper(id string) (Pepper, bool) {
	if id == "" {
		return Pepper{}, true
	}
	for _, p := range h.peppers {
		if p.ID == id {
			return p, true
		}
	}
	return Pepper{}, false
}

// derive is the one place where hashes are computed.
func (h *Hasher) derive(r record, pepper seal.Secret, nfc []byte, size int) ([]byte, error) {
	input := nfc
	if key := pepper.Reveal(); len(key) > 0 {
		m := hmac.New(sha256.New, key)
		m.Write(nfc)
		input = m.Sum(nil)
		defer clear(input)
	}
	h.runs.Add(1)
	switch r.params.alg {
	case argon2id:
		return h.spaces.argon2id(r, input, size)
	case pbkdf2SHA256:
		return derivePBKDF2(sha256.New, input, r.salt, r.params.passes, size)
	case pbkdf2SHA512:
		return derivePBKDF2(sha512.New, input, r.salt, r.params.passes, size)
	}
	return nil, ErrParams
}

// Evidence is what a right password proves: knowledge, with the RFC 8176
// reference "pwd".
func Evidence(credential identity.CredentialID, at time.Time) identity.Evidence {
	return identity.Evidence{Kind: factor.Password, At: at, Credential: credential, AMR: []string{"pwd"}, Class: identity.Knowledge}
}
