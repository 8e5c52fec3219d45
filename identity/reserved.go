package identity

import "encoding/binary"

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
func IsReserved[T Tag](id ID[T]) bool {
	hi, lo := binary.BigEndian.Uint64(id.b[:8]), binary.BigEndian.Uint64(id.b[8:])
	const top, bottom = 0x0000000000008000, 0x80000000000000ff
	return hi < top || hi == top && lo < bottom
}
