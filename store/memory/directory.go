package memory

import (
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/changeset"
)

// directory is who there is. The book guards it. Rows are immutable: see package
// changeset, which says what changes them.
type directory struct {
	tenants  changeset.Map[identity.TenantID, *changeset.Tenant]
	slugs    changeset.Map[string, identity.TenantID]
	users    changeset.Map[identity.Subject, *changeset.User]
	names    changeset.Map[changeset.Name, identity.UserID]
	handles  changeset.Map[changeset.Handle, identity.UserID]
	links    changeset.Map[changeset.LinkKey, identity.UserID]
	members  changeset.Map[identity.TenantID, int]
	holders  changeset.Map[changeset.Holding, int]
	tokens   changeset.Map[[16]byte, identity.Token]
	tokensOf changeset.Map[identity.Subject, [][16]byte]
}

func newDirectory() directory {
	return directory{
		tenants:  changeset.Map[identity.TenantID, *changeset.Tenant]{},
		slugs:    changeset.Map[string, identity.TenantID]{},
		users:    changeset.Map[identity.Subject, *changeset.User]{},
		names:    changeset.Map[changeset.Name, identity.UserID]{},
		handles:  changeset.Map[changeset.Handle, identity.UserID]{},
		links:    changeset.Map[changeset.LinkKey, identity.UserID]{},
		members:  changeset.Map[identity.TenantID, int]{},
		holders:  changeset.Map[changeset.Holding, int]{},
		tokens:   changeset.Map[[16]byte, identity.Token]{},
		tokensOf: changeset.Map[identity.Subject, [][16]byte]{},
	}
}
