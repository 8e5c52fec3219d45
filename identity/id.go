package identity

import (
	"crypto/sha256"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/entropy"
)

// Errors of typed ids. The text names the id type, never the input.
var (
	ErrIDEmpty    = errors.New("id is empty")
	ErrIDFormat   = errors.New("id is malformed")
	ErrIDReserved = errors.New("id is reserved")
	// ErrInvalidID answers a zero id given to a port or service verb (IDN-004).
	ErrInvalidID = errors.New("identity: zero id")
)

// Tag distinguishes one id type from another at compile time. Applications
// define their own:
//
//	type noteTag struct{}
//	func (noteTag) IDName() string { return "note" }
//	type NoteID = identity.ID[noteTag]
type Tag interface{ IDName() string }

// ID is a 16-byte identifier of one kind. Ids of different tags do not convert
// into each other without naming bytes. The zero value is invalid, never a
// sentinel (IDN-001, IDN-004). The text form is the 36-character hyphenated
// lower-case UUID of RFC 9562 §4.
type ID[T Tag] struct{ b [16]byte }

type (
	tenantTag     struct{}
	userTag       struct{}
	deviceTag     struct{}
	sessionTag    struct{}
	eventTag      struct{}
	credentialTag struct{}
	loginTag      struct{}
)

// IDName implements [Tag].
func (tenantTag) IDName() string     { return "tenant" }
func (userTag) IDName() string       { return "user" }
func (deviceTag) IDName() string     { return "device" }
func (sessionTag) IDName() string    { return "session" }
func (eventTag) IDName() string      { return "event" }
func (credentialTag) IDName() string { return "credential" }
func (loginTag) IDName() string      { return "login" }

// The id types of axess. SessionID is the digest of a session's secret id (the
// Ref of package session), safe to print and to store (IDN-006). LoginID is
// constant from sign-in to its end, through all rotations.
type (
	TenantID     = ID[tenantTag]
	UserID       = ID[userTag]
	DeviceID     = ID[deviceTag]
	SessionID    = ID[sessionTag]
	EventID      = ID[eventTag]
	CredentialID = ID[credentialTag]
	LoginID      = ID[loginTag]
)

// NewTenantID mints a tenant id (UUID version 4).
func NewTenantID(src entropy.Source) TenantID { return NewID[TenantID](src) }

// NewUserID mints a user id (UUID version 4).
func NewUserID(src entropy.Source) UserID { return NewID[UserID](src) }

// NewCredentialID mints a credential id (UUID version 4).
func NewCredentialID(src entropy.Source) CredentialID { return NewID[CredentialID](src) }

// NewDeviceID mints a device id (UUID version 4).
func NewDeviceID(src entropy.Source) DeviceID { return NewID[DeviceID](src) }

// NewLoginID mints a login id (UUID version 4).
func NewLoginID(src entropy.Source) LoginID { return NewID[LoginID](src) }

// AnyID is satisfied by every [ID], so that functions are called with the id
// type itself: identity.Parse[identity.UserID](text).
type AnyID interface {
	~struct{ b [16]byte }
	typeName() string
}

type raw = struct{ b [16]byte }

func (ID[T]) typeName() string {
	var t T
	return t.IDName()
}

// NewID mints an id of an application's own kind (UUID version 4).
func NewID[I AnyID](src entropy.Source) I {
	// The reserved range holds one random id in 2⁴⁸ (IDN-I2): draw again. A
	// source that lands there eight times is no source of randomness.
	for range 8 {
		var b [16]byte
		src.Fill(b[:])
		stamp(&b, 4)
		if !reservedBytes(b) {
			return I(raw{b})
		}
	}
	panic("identity: new id: the entropy source repeats itself")
}

// NewEventID mints a time-ordered id (UUID version 7, RFC 9562 §5.7) for events
// and requests: 48 bits of Unix milliseconds, then randomness.
func NewEventID(now time.Time, src entropy.Source) EventID {
	var id EventID
	src.Fill(id.b[6:])
	ms := uint64(now.UnixMilli())
	for i := range 6 {
		id.b[i] = byte(ms >> (40 - 8*i))
	}
	stamp(&id.b, 7)
	return id
}

// stamp sets version and variant (RFC 9562 §4.1, §4.2).
func stamp(b *[16]byte, version byte) {
	b[6] = b[6]&0x0f | version<<4
	b[8] = b[8]&0x3f | 0x80
}

// FromBytes takes stored bytes verbatim.
func FromBytes[I AnyID](b [16]byte) I { return I(raw{b}) }

// FromNamespaced derives an id from an application's own key (a slug, an
// integer in text): UUIDv8 over SHA-256 of namespace and name. The same pair
// always gives the same id; neither part bleeds into the other.
func FromNamespaced[I AnyID](namespace, name string) I {
	h := sha256.New()
	fmt.Fprintf(h, "axess/id/v1\x00%d\x00%s%s", len(namespace), namespace, name)
	return Derived[I]([32]byte(h.Sum(nil)))
}

// Derived makes a UUIDv8 of the first 16 bytes of a digest that the caller has
// computed, keyed or not (RFC 9562 §5.8).
func Derived[I AnyID](digest [32]byte) I {
	b := [16]byte(digest[:16])
	stamp(&b, 8)
	return I(raw{b})
}

// Parse reads the 36-character hyphenated form, hex digits in either case.
// Braced, URN and 32-digit forms are refused (IDN-003).
func Parse[I AnyID](s string) (I, error) {
	var id I
	if s == "" {
		return id, idError(id, ErrIDEmpty)
	}
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return id, idError(id, ErrIDFormat)
	}
	var digits [32]byte
	n := 0
	for i := range len(s) {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			continue
		}
		digits[n] = s[i]
		n++
	}
	var b [16]byte
	if _, err := hex.Decode(b[:], digits[:]); err != nil {
		return id, idError(id, ErrIDFormat)
	}
	return I(raw{b}), nil
}

func idError[I AnyID](id I, err error) error {
	return fmt.Errorf("identity: %s %w", id.typeName(), err)
}

// Bytes returns the raw 16 bytes, for storage.
func (id ID[T]) Bytes() [16]byte { return id.b }

// IsZero reports the invalid zero id.
func (id ID[T]) IsZero() bool { return id.b == [16]byte{} }

// String prints the hyphenated lower-case form.
func (id ID[T]) String() string {
	var out [36]byte
	hex.Encode(out[0:8], id.b[0:4])
	hex.Encode(out[9:13], id.b[4:6])
	hex.Encode(out[14:18], id.b[6:8])
	hex.Encode(out[19:23], id.b[8:10])
	hex.Encode(out[24:36], id.b[10:16])
	out[8], out[13], out[18], out[23] = '-', '-', '-', '-'
	return string(out[:])
}

// MarshalText implements encoding.TextMarshaler with the hyphenated form.
func (id ID[T]) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler by [Parse].
func (id *ID[T]) UnmarshalText(b []byte) error {
	v, err := Parse[ID[T]](string(b))
	if err != nil {
		return err
	}
	*id = v
	return nil
}

// Value implements driver.Valuer with the 16 raw bytes (IDN-007).
func (id ID[T]) Value() (driver.Value, error) { return id.b[:], nil }

// Scan implements sql.Scanner; any length but 16 bytes fails (IDN-007). A database
// that has a type for ids of its own gives them in the hyphenated form.
func (id *ID[T]) Scan(src any) error {
	if text, ok := src.(string); ok {
		return id.UnmarshalText([]byte(text))
	}
	b, ok := src.([]byte)
	if !ok || len(b) != 16 {
		return idError(*id, ErrIDFormat)
	}
	copy(id.b[:], b)
	return nil
}
