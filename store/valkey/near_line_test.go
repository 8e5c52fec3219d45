package valkey

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	driver "github.com/valkey-io/valkey-go"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// told is what a server says of a key: a text, or with nil that there is none.
func told(t testing.TB, text []byte) (m driver.ValkeyMessage) {
	t.Helper()
	kind := byte('$')
	if text == nil {
		kind = '_'
	}
	b := binary.BigEndian.AppendUint64(append(make([]byte, 7), kind), uint64(len(text)))
	if err := m.CacheUnmarshalView(append(b, text...)); err != nil || m.IsNil() != (text == nil) {
		t.Fatalf("a message of %q: %v", text, err)
	}
	return m
}

// desk is a near without a server: what the driver would say is said by the test.
type desk struct {
	testing.TB
	*near
	*stepped
	lines []*line
	now   time.Time
}

func newDesk(t testing.TB, mode driver.ClientMode, room int) *desk {
	t.Helper()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	c := &stepped{Clock: clock.System(), mono: time.Hour, wall: now}
	d := &desk{TB: t, near: newNear(c), stepped: c, now: now}
	d.serve(mode)
	for range 2 {
		d.lines = append(d.lines, d.open(driver.CacheStoreOption{CacheSizeEachConn: room}).(*line))
	}
	d.passes(1)
	return d
}

func (d *desk) passes(by time.Duration) { d.mono += by; d.wall = d.wall.Add(by) }

// hears has a key asked for and answered on a line, and proves it.
func (d *desk) hears(l *line, key string, text []byte) {
	d.Helper()
	from := d.near.now()
	if m, waiting := l.Flight(key, "GET", copyLife, d.wall); waiting != nil || m != (driver.ValkeyMessage{}) {
		return // a copy
	}
	d.proved(d.slot(key), from, l.Update(key, "GET", told(d, text)))
}

// knows has a session of some keys loaded, the record last.
func (d *desk) knows(l *line, ref session.Ref, keys ...string) {
	d.Helper()
	of := make([]made, len(keys))
	for i, key := range keys {
		d.hears(l, key, []byte(key))
		of[i] = made{key: key, text: key}
	}
	r := row{Record: session.Record{Ref: ref, Rev: 1, IdleUntil: d.now.Add(time.Hour), AbsUntil: d.now.Add(time.Hour)}}
	d.near.keep(&r, session.Current{}, of, keys[len(keys)-1])
	if got := d.loaded(ref, d.now); got == nil || got.record.Ref != ref {
		d.Fatal("a session that was loaded is not known")
	}
}

func someRef() session.Ref { return identity.NewID[session.Ref](entropy.System()) }

// What a session was made of holds it up, each part alone: as soon as one must not be
// used the session is not, however it was lost.
//
// SES-208, STO-033
func TestLoaded_falls_with_each_of_its_copies(t *testing.T) {
	t.Parallel()
	keys := []string{"x:{a}:p", "x:{b}:epoch", "x:{c}:r"}
	for what, lose := range map[string]func(d *desk, key string){
		"the server says that it changed":   func(d *desk, key string) { d.lines[0].Delete([]driver.ValkeyMessage{told(d, []byte(key))}) },
		"the server says that all changed":  func(d *desk, _ string) { d.lines[0].Delete(nil) },
		"the server says what nobody reads": func(d *desk, _ string) { d.lines[0].Delete([]driver.ValkeyMessage{told(d, nil)}) },
		"the connection is lost":            func(d *desk, _ string) { d.lines[0].Close(errors.New("lost")) },
		"the connection is silent":          func(d *desk, _ string) { d.passes(proofLife) },
		"the machine slept":                 func(d *desk, _ string) { d.wall = d.wall.Add(time.Hour) },
		"something was heard elsewhere":     func(d *desk, _ string) { d.distrust() },
		"its slot is asked for elsewhere":   func(d *desk, key string) { d.passes(1); d.proved(d.slot(key), d.near.now(), d.lines[1].number) },
		"it has become something else":      func(d *desk, key string) { d.lapses(); d.all(keys, key, []byte("else")) },
		"it has been absent for a second":   func(d *desk, key string) { d.lapses(); d.all(keys, key, nil) },
		"it is thirty seconds old":          func(d *desk, key string) { d.old(keys, key) },
		"there is no room for it any more": func(d *desk, key string) {
			d.lines[0].mu.Lock()
			d.lines[0].remove(d.lines[0].keys[key])
			d.lines[0].mu.Unlock()
		},
		"the session is over":                 func(d *desk, _ string) { d.now = d.now.Add(time.Hour) },
		"a copy that came after it is forged": func(d *desk, key string) { d.lines[0].keys[key].state.Store(copyGone) },
	} {
		for _, mode := range []driver.ClientMode{driver.ClientModeStandalone, driver.ClientModeCluster} {
			for _, key := range keys {
				d, ref := newDesk(t, mode, copySize), someRef()
				d.knows(d.lines[0], ref, keys...)
				if lose(d, key); d.loaded(ref, d.now) != nil {
					t.Errorf("%s, %s: %s: the session passes", mode, key, what)
				}
			}
		}
	}
}

// all hears every key again, and of one something else.
func (d *desk) all(keys []string, other string, text []byte) {
	for _, key := range keys {
		if key == other {
			d.hears(d.lines[0], key, text)
		} else {
			d.hears(d.lines[0], key, []byte(key))
		}
	}
}

// lapses has every key asked for again: where there is one proof for all, copies must
// have ended for that.
func (d *desk) lapses() {
	if d.cluster() {
		d.passes(proofLife)
	} else {
		d.passes(copyLife)
	}
}

// old lets one key grow old while all others are asked for.
func (d *desk) old(keys []string, other string) {
	for range copyLife / proofLife {
		d.passes(proofLife)
		for _, key := range keys {
			if key != other {
				d.hears(d.lines[0], key, []byte(key))
			}
		}
		d.proved(d.slot(other), d.near.now(), d.lines[0].number)
	}
}

// Asked for again, and the same: it is used again, without being read anew. That is what
// happens once a second.
//
// STO-033
func TestLoaded_stands_while_its_copies_are_the_same(t *testing.T) {
	t.Parallel()
	keys := []string{"p", "epoch", "r"}
	d, ref := newDesk(t, driver.ClientModeStandalone, copySize), someRef()
	d.knows(d.lines[0], ref, keys...)
	was := d.loaded(ref, d.now)
	for range 100 {
		d.passes(proofLife)
		d.all(keys, "", nil)
		if got := d.loaded(ref, d.now); got != was {
			t.Fatal("made anew")
		}
	}
}

// In a cluster what is absent is asked for again after a second, elsewhere after thirty.
//
// STO-033, SES-208
func TestLine_absence_is_brief_in_a_cluster(t *testing.T) {
	t.Parallel()
	for mode, want := range map[driver.ClientMode]time.Duration{driver.ClientModeCluster: proofLife, driver.ClientModeStandalone: copyLife} {
		d := newDesk(t, mode, copySize)
		d.hears(d.lines[0], "k", nil)
		c := d.held("k")
		if at := d.mono; !c.absent || !c.usable(at+want-1) || c.usable(at+want) {
			t.Errorf("%s: absent for another time than %s", mode, want)
		}
	}
}

// Copies and the sessions made of them take no more room than there is; what is used
// stays, what is not goes first.
//
// STO-033
func TestLine_has_a_bound(t *testing.T) {
	t.Parallel()
	const room = 100 << 10
	d := newDesk(t, driver.ClientModeStandalone, room)
	l, used, idle := d.lines[0], someRef(), someRef()
	d.knows(l, idle, "idle")
	d.knows(l, used, "used")
	l.keys["idle"].state.Store(copyIdle)
	for i := range 1000 {
		d.knows(l, someRef(), fmt.Sprint("k", i), fmt.Sprint("r", i))
		if d.loaded(used, d.now) == nil {
			t.Fatalf("what is used has gone after %d", i)
		}
	}
	sum, many := 0, 0
	for _, c := range l.keys {
		sum += c.size()
	}
	for i := range d.loads {
		many += len(d.loads[i].refs)
	}
	if l.size != sum || sum > room || many > len(l.keys) || len(l.keys) < room/copyRoom/2 {
		t.Errorf("%d bytes of %d, counted as %d; %d copies, %d sessions", sum, room, l.size, len(l.keys), many)
	}
	if d.loaded(idle, d.now) != nil {
		t.Error("what nobody uses is still there")
	}
	d.hears(l, "huge", make([]byte, room))
	if l.size > room || l.find("huge") != nil {
		t.Error("what is larger than the room is kept")
	}
}

// Who comes while a key is asked for is given the same answer, or the same error, and
// never waits for ever.
//
// STO-033
func TestLine_tells_all_who_ask(t *testing.T) {
	t.Parallel()
	failure := errors.New("no answer")
	for what, is := range map[string]struct {
		ends func(*line)
		err  error
	}{
		"answered":  {func(l *line) { l.Update("k", "GET", told(t, []byte("v"))) }, nil},
		"failed":    {func(l *line) { l.Cancel("k", "GET", failure) }, failure},
		"cut off":   {func(l *line) { l.Close(failure) }, failure},
		"cut twice": {func(l *line) { l.Close(failure); l.Close(failure) }, failure},
	} {
		d := newDesk(t, driver.ClientModeStandalone, copySize)
		l := d.lines[0]
		if _, waiting := l.Flight("k", "GET", copyLife, d.wall); waiting != nil {
			t.Fatal("the first waits for itself")
		}
		var all sync.WaitGroup
		for range 8 {
			_, waiting := l.Flight("k", "GET", copyLife, d.wall)
			if waiting == nil {
				t.Fatal("asked for twice")
			}
			all.Go(func() {
				m, err := waiting.Wait(t.Context())
				text, _ := m.ToString()
				if !errors.Is(err, is.err) || err == nil && text != "v" {
					t.Errorf("%s: %q, %v", what, text, err)
				}
			})
		}
		is.ends(l)
		all.Wait()
		if len(l.asked) != 0 {
			t.Errorf("%s: still asked for", what)
		}
		if l.Update("k", "GET", told(t, []byte("late"))) != l.number {
			t.Errorf("%s: an answer that comes late is of no line", what)
		}
		if c := l.find("k"); is.err != nil && c != nil {
			t.Errorf("%s: a copy of what nobody asked for", what)
		}
	}
}

// Sessions that are kept while their copies go do not stay behind.
//
// STO-033
func TestLoads_keep_nothing_of_what_is_gone(t *testing.T) {
	t.Parallel()
	d := newDesk(t, driver.ClientModeStandalone, copySize)
	for range 300 {
		d.passes(1)
		ref := someRef()
		var all sync.WaitGroup
		l := d.open(driver.CacheStoreOption{CacheSizeEachConn: copySize}).(*line)
		from := d.near.now()
		l.Flight("r", "GET", copyLife, d.wall)
		d.proved(0, from, l.Update("r", "GET", told(t, []byte("r"))))
		for range 4 {
			r := row{Record: session.Record{Ref: ref}}
			all.Go(func() { d.near.keep(&r, session.Current{}, []made{{key: "r", text: "r"}}, "r") })
		}
		all.Go(func() { l.Delete(nil) })
		all.Wait()
		l.Delete(nil)
	}
	for i := range d.loads {
		if n := len(d.loads[i].refs); n > 0 {
			t.Errorf("%d sessions hang on nothing", n)
		}
	}
}

// A session is not kept on a copy that has gone in this moment, nor on copies that say
// something else by now than what it was made of.
//
// STO-033, SES-208
func TestLoads_keep_only_what_the_copies_say(t *testing.T) {
	t.Parallel()
	d, ref := newDesk(t, driver.ClientModeStandalone, copySize), someRef()
	d.hears(d.lines[0], "epoch", []byte("1"))
	d.hears(d.lines[0], "r", []byte("record"))
	d.hears(d.lines[0], "p", nil)
	r := row{Record: session.Record{Ref: ref, Rev: 1, IdleUntil: d.now.Add(time.Hour), AbsUntil: d.now.Add(time.Hour)}}
	good := []made{{key: "p", absent: true}, {key: "epoch", text: "1"}, {key: "r", text: "record"}}
	for what, bad := range map[string]made{
		"another epoch": {key: "epoch", text: "0"}, "no epoch": {key: "epoch", absent: true}, "no copy": {key: "other", text: "1"},
	} {
		d.near.keep(&r, session.Current{}, []made{good[0], bad, good[2]}, "r")
		if d.loaded(ref, d.now) != nil {
			t.Errorf("%s: kept", what)
		}
	}
	on := &copied{}
	on.state.Store(copyGone)
	d.loads.keep(&loaded{record: r.Record, ends: r.ends(), on: on})
	if d.loads.get(ref) != nil {
		t.Error("a session hangs on a copy that has gone")
	}
	if d.near.keep(&r, session.Current{}, good, "r"); d.loaded(ref, d.now) == nil {
		t.Error("a session that is right is not kept")
	}
}

// Slots are those of the cluster's specification.
//
// STO-029
func TestSlotOf(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]int{
		"": 0, "123456789": 0x31c3, "x{123456789}y{z}": 0x31c3, "{}123456789": slotOf("{}123456789"), "foo": 12182,
	} {
		if got := slotOf(key); got != want {
			t.Errorf("%q: %d", key, got)
		}
	}
	if slotOf("{}a") == slotOf("{}b") || slotOf("{{a}b") != slotOf("{a") || slotOf("{a") == slotOf("a") {
		t.Error("what is between braces is something else")
	}
}
