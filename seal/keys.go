package seal

import "fmt"

// Keys are the rings of a program. Each has its own masters.
type Keys struct {
	Cookie  *Ring // what browsers hold
	Session *Ring // session bodies
	Data    *Ring // stored secrets
	Index   *Ring // row and lookup MACs
}

// Rings returns the rings in the order of the fields.
func (k Keys) Rings() []*Ring { return []*Ring{k.Cookie, k.Session, k.Data, k.Index} }

// Check refuses a missing ring, a ring in another's place ([ErrRing]) and a
// master that stands in two rings ([ErrKeyReuse], SES-159).
func (k Keys) Check() error {
	want := []Purpose{Cookie, Session, Data, Index}
	type seen struct {
		key Key
		in  Purpose
	}
	var all []seen
	for i, r := range k.Rings() {
		if r == nil {
			return fmt.Errorf("seal: check keys: %w: no %s ring", ErrRing, want[i])
		}
		if r.Purpose() != want[i] {
			return fmt.Errorf("seal: check keys: %w: %s ring in the place of %s", ErrRing, r.Purpose(), want[i])
		}
		for _, key := range r.Keys() {
			for _, s := range all {
				if s.in != want[i] && s.key.Master.Equal(key.Master) {
					return fmt.Errorf("seal: check keys: %w: %s in %s and %s", ErrKeyReuse, key.ID(), s.in, want[i])
				}
			}
			all = append(all, seen{key, want[i]})
		}
	}
	return nil
}
