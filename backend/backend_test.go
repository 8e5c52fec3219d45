package backend_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/store/memory"
)

func fresh() backend.Stores { return memory.New(memory.Config{}).Stores() }

// STO-001, PRD-020
func TestCheck_names_every_group_that_is_missing(t *testing.T) {
	t.Parallel()
	err := backend.Stores{}.Check()
	if !errors.Is(err, backend.ErrIncomplete) {
		t.Fatalf("got %v, want ErrIncomplete", err)
	}
	for _, name := range []string{"Identity", "Session", "Throttle", "Audit"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%q does not name %s", err, name)
		}
	}
	whole := fresh()
	if err := whole.Check(); err != nil {
		t.Errorf("a whole bundle: %v", err)
	}
	whole.Throttle = nil
	if err := whole.Check(); err == nil || strings.Contains(err.Error(), "Session") || !strings.Contains(err.Error(), "Throttle") {
		t.Errorf("got %v, want Throttle and nothing else", err)
	}
	silent := fresh()
	silent.Session = nameless{silent.Session}
	if err := silent.Check(); err == nil || !strings.Contains(err.Error(), "Session.Info.Name") {
		t.Errorf("got %v, want the name of Session's backend", err)
	}
}

// renamed are sessions on another, shared backend.
type renamed struct{ backend.Session }

func (r renamed) Info() backend.Info {
	i := r.Session.Info()
	i.Name, i.Durable, i.Shared = "elsewhere", true, true
	return i
}

type nameless struct{ backend.Session }

func (nameless) Info() backend.Info { return backend.Info{} }

// Groups of one backend share a place, those of two do not, however alike they
// are; a mixture knows. PRD-021
func TestWith_takes_whole_groups_and_their_places(t *testing.T) {
	t.Parallel()
	b := memory.New(memory.Config{})
	own, again, other := b.Stores(), b.Stores(), fresh()
	if own.Identity.Info() != again.Session.Info() {
		t.Error("two bundles of one backend are two places")
	}
	if own.Identity.Info().Place == other.Identity.Info().Place {
		t.Error("two backends are one place")
	}
	mixed := own.WithSession(other).WithThrottle(other)
	if mixed.Identity != own.Identity || mixed.Audit != own.Audit || mixed.Session != other.Session || mixed.Throttle != other.Throttle {
		t.Error("another group was taken than the ones named")
	}
	if mixed.Session.Info().Place == mixed.Identity.Info().Place {
		t.Error("the place did not follow the group")
	}
	if got, want := mixed.String(), "memory, Session on memory, Throttle on memory"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if own.String() != "memory" {
		t.Errorf("%q", own)
	}
}

// PRD-024: a backend with tables is asked once, whichever of its groups are used,
// and those of a mixture are all found.
func TestSchemas_asks_each_backend_once(t *testing.T) {
	t.Parallel()
	one, other := fresh(), fresh()
	if got := one.Schemas(); len(got) != 0 {
		t.Errorf("memory has tables: %v", got)
	}
	table := func(s backend.Stores) backend.Session {
		info := s.Session.Info()
		info.Schema = noSchema{}
		return tabled{s.Session, info}
	}
	one.Session, other.Session = table(one), table(other)
	info := one.Session.Info()
	one.Audit = tabledAudit{one.Audit, info}
	if got := one.Schemas(); len(got) != 1 || got[0].Place != one.Identity.Info().Place {
		t.Errorf("got %v", got)
	}
	if got := one.WithSession(other).Schemas(); len(got) != 2 || got[0].Place == got[1].Place {
		t.Errorf("a mixture: got %v", got)
	}
}

type noSchema struct{ backend.Schema }

type tabled struct {
	backend.Session
	info backend.Info
}

func (t tabled) Info() backend.Info { return t.info }

type tabledAudit struct {
	backend.Audit
	info backend.Info
}

func (t tabledAudit) Info() backend.Info { return t.info }

// PRD-023
func TestDurable_wants_it_of_every_group(t *testing.T) {
	t.Parallel()
	s := fresh()
	if s.Durable() {
		t.Error("memory is said to be durable")
	}
	s.Identity, s.Session, s.Audit = lastingIdentity{s.Identity}, lastingSession{s.Session}, lastingAudit{s.Audit}
	if s.Durable() {
		t.Error("one group that forgets is enough to lose something")
	}
	s.Throttle = lastingThrottle{s.Throttle}
	if !s.Durable() {
		t.Error("every group is durable")
	}
}

type (
	lastingIdentity struct{ backend.Identity }
	lastingSession  struct{ backend.Session }
	lastingThrottle struct{ backend.Throttle }
	lastingAudit    struct{ backend.Audit }
)

func (lastingIdentity) Info() backend.Info { return backend.Info{Durable: true} }
func (lastingSession) Info() backend.Info  { return backend.Info{Durable: true} }
func (lastingThrottle) Info() backend.Info { return backend.Info{Durable: true} }
func (lastingAudit) Info() backend.Info    { return backend.Info{Durable: true} }
