package identity

import (
	"encoding/binary"
	"errors"
	"slices"
)

// The reserved ids are UUIDv8 and below 0x…ff (IDN-005). The nil UUID is not a
// principal: a forgotten field must not be the operator.
var (
	// SystemTenant owns what belongs to no customer.
	SystemTenant = TenantID{[16]byte{6: 0x80, 8: 0x80, 15: 1}}
	// SystemUser is the subject of background work; it has no session (IDN-014).
	SystemUser = UserID{[16]byte{6: 0x80, 8: 0x80, 15: 2}}
)

// IsReserved reports the zero id, the reserved ids, and every id up to
// 00000000-0000-8000-8000-0000000000fe.
func IsReserved[T Tag](id ID[T]) bool { return reservedBytes(id.b) }

func reservedBytes(b [16]byte) bool {
	hi, lo := binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
	const top, bottom = 0x0000000000008000, 0x80000000000000ff
	return hi < top || hi == top && lo < bottom
}

// CheckID answers what an id given for a new thing must be: [ErrInvalidID] for
// the zero id (IDN-004), [ErrIDReserved] for a reserved one (IDN-015).
func CheckID[T Tag](id ID[T]) error {
	switch {
	case id.IsZero():
		return ErrInvalidID
	case IsReserved(id):
		return idError(id, ErrIDReserved)
	}
	return nil
}

// ErrNameReserved answers an identifier that nobody may take.
var ErrNameReserved = errors.New("identity: name is reserved")

// ReservedNames are the identifiers that nobody may take: system, root,
// admin@system and those given to [NewReservedNames]. The zero value holds the
// first three. Names are compared in canonical form and without regard to kind.
type ReservedNames struct{ extra []string }

// NewReservedNames adds names of the program's own, in any spelling. Error:
// [*InvalidError].
func NewReservedNames(names ...string) (ReservedNames, error) {
	r := ReservedNames{}
	for _, n := range names {
		canonical, rule := canonicalise(Username, n)
		if rule != "" {
			return ReservedNames{}, &InvalidError{Field: "reserved_name", Rule: rule}
		}
		r.extra = append(r.extra, canonical)
		// As an address its domain may have another canonical form.
		if mail, rule := canonicalise(Email, n); rule == "" && mail != canonical {
			r.extra = append(r.extra, mail)
		}
	}
	return r, nil
}

// Check answers [ErrNameReserved] for a reserved identifier (IDN-015).
func (r ReservedNames) Check(i Identifier) error {
	switch i.Canonical {
	case "system", "root", "admin@system":
		return ErrNameReserved
	}
	if slices.Contains(r.extra, i.Canonical) {
		return ErrNameReserved
	}
	return nil
}
