package factor

import "github.com/axess-go/axess/identity"

// Remac gives a row a right MAC whatever it holds: the hand of somebody who has
// the MAC key and not the data key.
func (v *Vault) Remac(row identity.Credential) identity.Credential {
	_, row.MAC = v.mac.Sum(canonical(row))
	return row
}
