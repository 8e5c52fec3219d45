package authn

import (
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
)

// DecoyPasskey is what a sign-in offers in the place of a passkey that is not there.
type DecoyPasskey struct {
	ID         []byte   // 16 to 64 bytes
	Transports []string // as WebAuthn calls them
}

// DecoyPasskeys are the passkeys of a name that nobody has, or that has none, so that
// a sign-in which names passkeys says nothing about accounts (WebAuthn Level 3
// §14.6.2): one or two, always the same for one name in one tenant while the key of
// the index ring is, of the lengths that authenticators make. They come from what was
// typed alone, which costs the same whatever is stored.
func (s *Service) DecoyPasskeys(t identity.TenantID, typed string) []DecoyPasskey {
	kind, canonical, _ := s.canonical(typed)
	tb := t.Bytes()
	draw := func(n byte) [32]byte {
		_, tag := s.decoys.Sum(seal.AppendFields(nil, seal.PrefixDecoy, []byte("passkey"), tb[:], []byte(kind), []byte(canonical), []byte{n}))
		return tag
	}
	shape := draw(0)
	out := []DecoyPasskey{decoyPasskey(shape[1], draw(1), draw(2))}
	if shape[0] < 64 { // a quarter has two
		out = append(out, decoyPasskey(shape[2], draw(3), draw(4)))
	}
	return out
}

// decoyPasskey has the form of what people mostly have: phones and computers, now and
// then a security key.
func decoyPasskey(form byte, head, tail [32]byte) DecoyPasskey {
	id := append(head[:], tail[:]...)
	switch {
	case form < 112:
		return DecoyPasskey{id[:20], []string{"hybrid", "internal"}}
	case form < 192:
		return DecoyPasskey{id[:16], []string{"hybrid", "internal"}}
	case form < 240:
		return DecoyPasskey{id[:32], []string{"internal"}}
	}
	return DecoyPasskey{id, []string{"usb"}}
}
