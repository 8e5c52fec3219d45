package seal

// Named seals values that are kept under a name (store.Seal). The name is part of
// the key and of what is authenticated, so a value that was moved to another name
// does not open (STO-007).
type Named struct{ s *Sealer }

// NewNamed seals under a Data ring; it panics for a ring of another purpose, as
// [Ring.Sealer] does.
func NewNamed(r *Ring) Named { return Named{r.Sealer(LabelStoreValue)} }

// Seal implements store.Seal. The name must not be empty.
func (n Named) Seal(name string, plain []byte) ([]byte, error) {
	return n.s.Seal([]byte(name), PrefixStoreValue.named(name), plain)
}

// Open implements store.Seal. Errors: [ErrUnknownKey], [ErrIntegrity].
func (n Named) Open(name string, sealed []byte) ([]byte, error) {
	plain, _, err := n.s.Open([]byte(name), PrefixStoreValue.named(name), sealed)
	return plain, err
}

func (p Prefix) named(name string) []byte { return append([]byte(p), name...) }
