package storetest

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
)

// goldenRecord is the SHA-256 of what every backend gives back of one record that
// has been through every verb that writes.
const goldenRecord = "0e0483ff9b8c3eac437053fff8393327b8cf840e2e401587079cef3d6cdd5b52"

// STO-069, STO-002: the bytes of a record are the same on every backend, so it may
// be copied from one to another. What is sealed holds every value of a byte.
func goldenBytes(k *kit) {
	named := func(name string) [16]byte { return identity.FromNamespaced[identity.LoginID]("golden", name).Bytes() }
	sub := identity.Subject{
		Tenant: identity.FromBytes[identity.TenantID](named("tenant")), User: identity.FromBytes[identity.UserID](named("user")),
	}
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	r := session.Record{
		Ref: identity.FromBytes[session.Ref](named("first")), Rev: 1,
		Subject: sub, Login: identity.FromBytes[identity.LoginID](named("login")),
		AuthAt: at(time.Microsecond), CreatedAt: at(-time.Hour), IdleUntil: at(time.Hour), AbsUntil: at(absolute),
		Kid: seal.KeyID{0x00, 0xff, 0x27, 0x5c}, Sealed: every,
	}
	for _, s := range []identity.Scope{identity.UserScope(sub), identity.UserScope(sub), identity.TenantScope(sub.Tenant)} {
		k.must(k.s.Session.Raise(k.ctx(), s))
	}
	var err error
	r.Epochs, err = k.s.Session.Epochs(k.ctx(), sub)
	k.must(err)
	k.create(r)
	r.Rev, r.Sealed = 2, append([]byte{0, 0, 0}, every...)
	k.must(k.s.Session.Update(k.ctx(), r, 1, at(0)))
	k.must(k.s.Session.Touch(k.ctx(), r.Ref, at(2*time.Hour+time.Microsecond), at(0)))
	first, _, err := k.s.Session.Load(k.ctx(), r.Ref, at(0))
	k.must(err)
	next := r
	next.Ref, next.Rev = identity.FromBytes[session.Ref](named("next")), 1
	_, err = k.s.Session.Rotate(k.ctx(), r.Ref, 2, next, claimOf(next), time.Minute)
	k.must(err)
	old, _, err := k.s.Session.Load(k.ctx(), r.Ref, at(0))
	k.must(err)
	now, _, err := k.s.Session.Load(k.ctx(), next.Ref, at(0))
	k.must(err)

	h := sha256.New()
	for _, r := range []session.Record{first, old, now} {
		h.Write(canonical(r))
	}
	equal(k, "digest of the records", hex.EncodeToString(h.Sum(nil)), goldenRecord)
}

// canonical is every field of a record in one form.
func canonical(r session.Record) []byte {
	var b []byte
	for _, id := range [][16]byte{
		r.Ref.Bytes(), r.Prev.Bytes(), r.Subject.Tenant.Bytes(), r.Subject.User.Bytes(), r.Login.Bytes(),
		r.Actor.Tenant.Bytes(), r.Actor.User.Bytes(),
	} {
		b = append(b, id[:]...)
	}
	superseded := uint64(0)
	if r.Superseded {
		superseded = 1
	}
	for _, n := range []uint64{
		r.Rev, superseded, r.Epochs.Global, r.Epochs.Tenant, r.Epochs.User,
		uint64(r.AuthAt.UnixMicro()), uint64(r.CreatedAt.UnixMicro()), uint64(r.IdleUntil.UnixMicro()), uint64(r.AbsUntil.UnixMicro()),
		uint64(len(r.Sealed)),
	} {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	b = append(b, r.Kid[:]...)
	return append(b, r.Sealed...)
}
