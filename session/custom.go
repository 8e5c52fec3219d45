package session

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/fxamacker/cbor/v2"
)

// Key is a place for a value of an application, with its type. Make keys once,
// as variables of the package that owns the value:
//
//	var cart = session.NewKey[Cart]("shop.cart")
//
// Values are stored as deterministic CBOR unless [Codec] says otherwise, sealed
// with the session, and gone when it ends or when somebody signs in (see
// Config.CarryOnLogin).
type Key[T any] struct {
	name    string
	version uint64
	upgrade func(from uint64, old []byte) (T, error)
	encode  func(T) ([]byte, error)
	decode  func([]byte) (T, error)
	// quick reads what it can without the codec, and copies what it keeps; nil
	// with a codec of the application's.
	quick func([]byte) (T, bool)
	err   error
}

// KeyOption changes how a [Key] stores its values.
type KeyOption[T any] func(*Key[T])

// Version gives the values a version, 0 unless set, and says how to read older
// ones: upgrade gets what encode returned then. A value of a newer version than
// v is ErrBadValue.
func Version[T any](v uint64, upgrade func(from uint64, old []byte) (T, error)) KeyOption[T] {
	return func(k *Key[T]) { k.version, k.upgrade = v, upgrade }
}

// Codec replaces CBOR. decode may keep its argument.
func Codec[T any](encode func(T) ([]byte, error), decode func([]byte) (T, error)) KeyOption[T] {
	return func(k *Key[T]) { k.encode, k.decode, k.quick = encode, decode, nil }
}

// NewKey makes a key. Names are 1 to 128 bytes of UTF-8 and do not begin with
// "axess"; methods of a key with another name return ErrBadKey or
// ErrReservedKey.
func NewKey[T any](name string, opts ...KeyOption[T]) Key[T] {
	k := Key[T]{name: name, err: checkKey(name)}
	modes, err := newCBORModes()
	if err != nil && k.err == nil {
		k.err = err
	}
	k.encode = func(v T) ([]byte, error) { return encodeCBOR(modes, v) }
	k.decode = func(enc []byte) (T, error) { return decodeCBOR[T](modes, enc) }
	k.quick = quickCBOR[T]
	for _, o := range opts {
		o(&k)
	}
	return k
}

func checkKey(name string) error {
	switch {
	case strings.HasPrefix(name, "axess"):
		return fmt.Errorf("%w: %q", ErrReservedKey, name)
	case name == "" || len(name) > maxKey || !utf8.ValidString(name):
		return fmt.Errorf("%w: %d bytes", ErrBadKey, len(name))
	}
	return nil
}

// Get returns the value, a copy, and whether there is one. The error is
// ErrBadValue, or that of upgrade or codec.
func (k Key[T]) Get(s *Session) (T, bool, error) {
	var zero T
	if k.err != nil {
		return zero, false, k.err
	}
	s.mu.Lock()
	base, ops := s.cur, s.ops
	s.used = true
	s.mu.Unlock()
	raw, ok := value(base, ops, inCustom, k.name)
	if !ok {
		return zero, false, nil
	}
	v, err := k.read(raw)
	return v, err == nil, err
}

// Set stores a value, at the latest when the response begins. A value that
// equals the one there is costs no write (SES-039). Errors: ErrCustomTooLarge,
// ErrBadValue, ErrCommitted, ErrEnded, ErrSuperseded, ErrStoreUnavailable.
func (k Key[T]) Set(s *Session, v T) error {
	if k.err != nil {
		return k.err
	}
	enc, err := k.encode(v)
	if err != nil {
		return fmt.Errorf("session: set: %w", err)
	}
	o := op{inCustom, k.name, append(putUint(nil, k.version), enc...)}
	return s.put(s.scope, "set", o, s.m.checkCustom)
}

// Delete removes the value; none is success. Errors: as [Key.Set].
func (k Key[T]) Delete(s *Session) error {
	if k.err != nil {
		return k.err
	}
	return s.put(s.scope, "delete", op{inCustom, k.name, nil}, nil)
}

// Consume takes a value that may be used once: of all requests on all instances
// at most one gets it, the others ErrConsumed (SES-104).
func (k Key[T]) Consume(ctx context.Context, s *Session) (T, error) {
	var zero T
	if k.err != nil {
		return zero, k.err
	}
	raw, err := s.consume(ctx, inCustom, k.name)
	if err != nil {
		return zero, err
	}
	return k.read(raw)
}

// read decodes a copy: what it returns may hold on to its input.
func (k Key[T]) read(raw []byte) (T, error) {
	var zero T
	r := cborReader{b: raw}
	version := r.uint()
	if r.bad || version > k.version {
		return zero, ErrBadValue
	}
	if version == k.version && k.quick != nil {
		if v, ok := k.quick(raw[r.i:]); ok {
			return v, nil
		}
	}
	enc := slices.Clone(raw[r.i:])
	if version < k.version {
		if k.upgrade == nil {
			return zero, ErrBadValue
		}
		return k.upgrade(version, enc)
	}
	return k.decode(enc)
}

// checkCustom bounds the encoded map; exactly the cap is allowed (SES-038).
func (m *Manager) checkCustom(enc []byte) error {
	r := cborReader{b: enc}
	if len(enc) > m.customMax || r.want(cborMap) > maxKeys {
		return ErrCustomTooLarge
	}
	return nil
}

// cborModes are made once for each key: to make them costs more than to read a
// value with them.
type cborModes struct {
	enc cbor.EncMode
	dec cbor.DecMode
}

func newCBORModes() (m cborModes, err error) {
	opts := cbor.CoreDetEncOptions()
	opts.Time = cbor.TimeRFC3339NanoUTC
	if m.enc, err = opts.EncMode(); err != nil {
		return m, fmt.Errorf("session: new key: %w", err)
	}
	m.dec, err = cbor.DecOptions{
		MaxNestedLevels: maxDepth,
		DupMapKey:       cbor.DupMapKeyEnforcedAPF,
		IndefLength:     cbor.IndefLengthForbidden,
	}.DecMode()
	if err != nil {
		return m, fmt.Errorf("session: new key: %w", err)
	}
	return m, nil
}

func encodeCBOR[T any](m cborModes, v T) ([]byte, error) {
	enc, err := m.enc.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadValue, err)
	}
	// What could not be read again is refused now, not at the next request.
	if err := m.dec.Wellformed(enc); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadValue, err)
	}
	return enc, nil
}

// quickCBOR reads the types that most values have as the general decoder would,
// without its reflection: a value is read with most requests. What it does not know
// it leaves to that one, errors included.
func quickCBOR[T any](enc []byte) (T, bool) {
	var v, zero T
	r := cborReader{b: enc}
	switch p := any(&v).(type) {
	case *string:
		*p = string(r.text())
	case *bool:
		*p = r.flag()
	case *int:
		*p = int(r.small(math.MaxInt32))
	default:
		return zero, false
	}
	if !r.done() {
		return zero, false
	}
	return v, true
}

func decodeCBOR[T any](m cborModes, enc []byte) (T, error) {
	var v T
	if err := m.dec.Unmarshal(enc, &v); err != nil {
		var zero T
		return zero, fmt.Errorf("%w: %w", ErrBadValue, err)
	}
	return v, nil
}
