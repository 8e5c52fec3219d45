package memory

import (
	"sync"

	"github.com/axess-go/axess/identity"
)

// shards is how many independent locks sessions and epochs have each.
const shards = 64

// epochs holds the revocation counters. Readers take the lock of one shard,
// that of their user; a raise for a tenant or for everybody takes all of them.
// So reading the three scopes of one subject is one consistent look, and readers
// of different users do not meet.
//
// Counters are never removed: an epoch that came back as zero would bring old
// sessions back to life.
type epochs struct {
	locks   [shards]paddedLock
	users   [shards]map[identity.Subject]uint64
	tenants map[identity.TenantID]uint64 // written with all locks held
	global  uint64                       // written with all locks held
}

// paddedLock keeps neighbouring locks out of one another's cache line.
type paddedLock struct {
	sync.RWMutex
	_ [40]byte
}

func (e *epochs) init() {
	e.tenants = map[identity.TenantID]uint64{}
	for i := range e.users {
		e.users[i] = map[identity.Subject]uint64{}
	}
}

func userShard(s identity.Subject) int { return int(s.User.Bytes()[15] % shards) }

// of reads the current epochs of a subject; of the zero one the global alone.
func (e *epochs) of(s identity.Subject) identity.Epochs {
	i := userShard(s)
	e.locks[i].RLock()
	now := identity.Epochs{Global: e.global}
	if !s.IsZero() {
		now.Tenant, now.User = e.tenants[s.Tenant], e.users[i][s]
	}
	e.locks[i].RUnlock()
	return now
}

// At implements changeset.Epochs: it reads one scope. The caller holds the book, so
// nobody writes.
func (e *epochs) At(s identity.Scope) uint64 {
	switch s.Kind() {
	case identity.ScopeGlobal:
		return e.global
	case identity.ScopeTenant:
		return e.tenants[s.Subject().Tenant]
	case identity.ScopeUser:
		return e.users[userShard(s.Subject())][s.Subject()]
	}
	return 0
}

// set installs a new value. The caller holds the book.
func (e *epochs) set(s identity.Scope, v uint64) {
	if s.Kind() == identity.ScopeUser {
		i := userShard(s.Subject())
		e.locks[i].Lock()
		e.users[i][s.Subject()] = v
		e.locks[i].Unlock()
		return
	}
	for i := range e.locks {
		e.locks[i].Lock()
	}
	if s.Kind() == identity.ScopeGlobal {
		e.global = v
	} else {
		e.tenants[s.Subject().Tenant] = v
	}
	for i := range e.locks {
		e.locks[i].Unlock()
	}
}
