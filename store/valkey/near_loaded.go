package valkey

import (
	"sync"
	"time"

	"github.com/axess-go/axess/session"
)

// loaded is a session as it was loaded, and the copies that it was made of. It says
// what they say, so it may be used if each of them may. What it returns is shared
// with everybody who loads it (session.Record).
type loaded struct {
	record  session.Record
	current session.Current
	ends    time.Time
	from    []*copied
	on      *copied // of the record
}

// stripes are how many locks there are.
const stripes = 64

// loads are what has been loaded, by the ref. Each hangs on the copy of its record and
// goes with it, so the room of the copies bounds them as well.
type loads [stripes]struct {
	sync.RWMutex
	refs map[session.Ref]*loaded
}

func stripe(ref session.Ref) int { return int(ref.Bytes()[1]) % stripes }

func (l *loads) get(ref session.Ref) *loaded {
	part := &l[stripe(ref)]
	part.RLock()
	defer part.RUnlock()
	return part.refs[ref]
}

// keep hangs a session on the copy of its record. Whoever removes the copy marks it as
// gone and looks then what hangs on it; here it is hung up and looked then whether the
// copy has gone: one of the two sees the other.
func (l *loads) keep(s *loaded) {
	part := &l[stripe(s.record.Ref)]
	part.Lock()
	defer part.Unlock()
	s.on.ref.Store(&s.record.Ref)
	if s.on.state.Load() == copyGone {
		return
	}
	if part.refs == nil {
		part.refs = map[session.Ref]*loaded{}
	}
	part.refs[s.record.Ref] = s
}

// drop takes away what hangs on a copy of the record of a ref.
func (l *loads) drop(ref session.Ref, on *copied) {
	part := &l[stripe(ref)]
	part.Lock()
	defer part.Unlock()
	if s := part.refs[ref]; s != nil && s.on == on {
		delete(part.refs, ref)
	}
}

// loaded returns a session that is alive by copies that may all be used; nil if there
// is none such.
func (n *near) loaded(ref session.Ref, now time.Time) *loaded {
	s := n.loads.get(ref)
	if s == nil || !now.Before(s.ends) {
		return nil
	}
	at := n.now()
	// First what was heard until when, then whether it was that they are gone: what
	// comes between is heard.
	for i, c := range s.from {
		if i > 0 && c.slot == s.from[i-1].slot && c.line == s.from[i-1].line {
			continue
		}
		if !n.fresh(c.slot, at, c.line) {
			return nil
		}
	}
	for _, c := range s.from {
		if !c.usable(at.mono) {
			return nil
		}
	}
	return s
}

// made is what a load was made of.
type made struct {
	key    string
	text   string
	absent bool
}

// keep remembers a session that was loaded from what the copies say by now; if they
// say anything else it is not.
func (n *near) keep(r *row, current session.Current, of []made, record string) {
	s := &loaded{record: r.Record, current: current, ends: r.ends(), from: make([]*copied, len(of))}
	for i, m := range of {
		c := n.held(m.key)
		if c == nil || c.absent != m.absent || c.text != m.text {
			return
		}
		if s.from[i] = c; m.key == record {
			s.on = c
		}
	}
	if s.on != nil {
		n.loads.keep(s)
	}
}
