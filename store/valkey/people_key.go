package valkey

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/changeset"
	"github.com/axess-go/axess/store"
)

// Keys of accounts and outbox, all in the one slot of home:
//
//	acc:t:TENANT          tenant with its methods and policies
//	acc:s:SLUG            whose slug it is
//	acc:u:TENANT:USER     user with everything that belongs to it
//	acc:n:DIGEST          whose name it is (the key does not tell the name)
//	acc:w:DIGEST          whose WebAuthn handle it is
//	acc:x:DIGEST          whose external subject it is
//	acc:c:TENANT          how many users a tenant has, a decimal number
//	acc:m:TENANT          zset: the users of a tenant by creation
//	acc:slugs             zset: the slugs of all tenants, score 0
//	acc:ends              zset: users by the end of their first method or policy
//	acc:h:TENANT:ROLE     how many hold a role
//	acc:k:SELECTOR        token
//	acc:l:TENANT:USER     the selectors of a user's tokens
//	acc:expiry            zset: selectors by the end of their token
//	acc:candidates        zset: who has confirmed nothing, by creation
//	acc:kids              hash: credentials by the key of their body
//	acc:fence             what is written for a replica to acknowledge (durable.go)
//	out:r:ID              row of the outbox
//	out:q:TOPIC           zset: rows by when they are due, 0 for those never leased
//	out:n:TOPIC           hash: leases handed out so far
//	out:kids:TOPIC        hash: rows by the key of their body

func (b *base) tenantKey(t identity.TenantID) string { return b.home("acc", "t", t.String()) }

func (b *base) slugKey(slug string) string { return b.home("acc", "s", slug) }

func (b *base) userKey(s identity.Subject) string {
	return b.home("acc", "u", s.Tenant.String(), s.User.String())
}

// nameKey has one length whatever the name, so that equal questions are equal work,
// and shows nobody's address to whoever lists keys.
func (b *base) nameKey(n changeset.Name) string {
	w := newWriter(64 + len(n.Canonical))
	w.id(n.Tenant.Bytes())
	put(w, n.Kind)
	put(w, n.Canonical)
	sum := sha256.Sum256(w.b)
	return b.home("acc", "n", hex.EncodeToString(sum[:]))
}

func (b *base) handleKey(h changeset.Handle) string {
	w := newWriter(64)
	w.id(h.Tenant.Bytes())
	w.digest(h.Handle)
	sum := sha256.Sum256(w.b)
	return b.home("acc", "w", hex.EncodeToString(sum[:]))
}

func (b *base) linkKey(l changeset.LinkKey) string {
	w := newWriter(64 + len(l.Issuer) + len(l.External))
	w.id(l.Tenant.Bytes())
	put(w, l.Issuer)
	put(w, l.External)
	sum := sha256.Sum256(w.b)
	return b.home("acc", "x", hex.EncodeToString(sum[:]))
}

func (b *base) membersKey(t identity.TenantID) string { return b.home("acc", "c", t.String()) }

func (b *base) usersKey(t identity.TenantID) string { return b.home("acc", "m", t.String()) }

func (b *base) slugsKey() string { return b.home("acc", "slugs") }

func (b *base) endsKey() string { return b.home("acc", "ends") }

func (b *base) holdersKey(h changeset.Holding) string {
	return b.home("acc", "h", h.Tenant.String(), string(h.Role))
}

func (b *base) tokenKey(selector [16]byte) string {
	return b.home("acc", "k", hex.EncodeToString(selector[:]))
}

func (b *base) tokensKey(s identity.Subject) string {
	return b.home("acc", "l", s.Tenant.String(), s.User.String())
}

func (b *base) expiryKey() string { return b.home("acc", "expiry") }

func (b *base) candidatesKey() string { return b.home("acc", "candidates") }

func (b *base) credentialKidsKey() string { return b.home("acc", "kids") }

func (b *base) fenceKey() string { return b.home("acc", "fence") }

func (b *base) rowKey(id [16]byte) string { return b.home("out", "r", hex.EncodeToString(id[:])) }

func (b *base) queueKey(t store.Topic) string { return b.home("out", "q", string(t)) }

func (b *base) leasesKey(t store.Topic) string { return b.home("out", "n", string(t)) }

func (b *base) rowKidsKey(t store.Topic) string { return b.home("out", "kids", string(t)) }
