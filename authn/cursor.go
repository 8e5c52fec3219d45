package authn

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
)

// ErrCursor means that a cursor was not given out for this list: for this person,
// tenant and choice of kinds.
var ErrCursor = errors.New("authn: not a cursor of this list")

// list is what a cursor belongs to.
type list struct {
	name   string
	tenant identity.TenantID
	handle [16]byte // zero: everybody's
	kinds  []audit.Kind
}

// cursorSize is the place and its MAC, in bytes.
const cursorSize = 8 + 16 + 32

func (s *Service) cursorMAC(l list, place []byte) []byte {
	t := l.tenant.Bytes()
	parts := [][]byte{[]byte(l.name), t[:], l.handle[:], place}
	for _, k := range l.kinds {
		parts = append(parts, []byte(k))
	}
	return seal.AppendFields(nil, seal.PrefixCursor, parts...)
}

// cursor words a place in a list. Whoever holds it can read nothing else with it.
func (s *Service) cursor(l list, c audit.Cursor) string {
	if c.IsZero() {
		return ""
	}
	id := c.ID.Bytes()
	out := binary.BigEndian.AppendUint64(make([]byte, 0, cursorSize), uint64(c.At.UnixMicro()))
	out = append(out, id[:]...)
	_, tag := s.cursors.Sum(s.cursorMAC(l, out))
	return base64.RawURLEncoding.EncodeToString(append(out, tag[:]...))
}

// place reads a cursor of this list; the empty one is the newest end. Error:
// ErrCursor.
func (s *Service) place(l list, text string) (audit.Cursor, error) {
	if text == "" {
		return audit.Cursor{}, nil
	}
	var raw [cursorSize]byte
	if len(text) != base64.RawURLEncoding.EncodedLen(cursorSize) {
		return audit.Cursor{}, ErrCursor
	}
	if _, err := base64.RawURLEncoding.Strict().Decode(raw[:], []byte(text)); err != nil {
		return audit.Cursor{}, ErrCursor
	}
	at, id, tag := raw[:8], raw[8:24], raw[24:]
	if _, err := s.cursors.VerifyAny(tag, s.cursorMAC(l, raw[:24])); err != nil {
		return audit.Cursor{}, ErrCursor
	}
	return audit.Cursor{
		At: time.UnixMicro(int64(binary.BigEndian.Uint64(at))).UTC(), //nolint:gosec // it is one of ours
		ID: identity.FromBytes[identity.EventID]([16]byte(id)),
	}, nil
}
