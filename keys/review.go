package keys

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/axess-go/axess/seal"
)

const (
	// SettleTime is how long a key stands in the rings as pending before it may be
	// promoted: every instance must have loaded it, or it refuses what the others
	// sign and seal (SES-130).
	SettleTime = 5 * time.Minute
	// RetireMargin is how much longer than a session lives a retiring key stays.
	RetireMargin = time.Hour

	defaultAbsolute = 7 * 24 * time.Hour
	skew            = 5 * time.Minute
)

// Level says how a [Finding] is to be taken.
type Level uint8

// The levels. The zero level is invalid.
const (
	// Step is the next step of a rotation in order.
	Step Level = iota + 1
	// Warning means that people lose their sessions, or that a key serves longer
	// than it should.
	Warning
)

// String returns "step" or "warning".
func (l Level) String() string {
	switch l {
	case Step:
		return "step"
	case Warning:
		return "warning"
	}
	return fmt.Sprintf("Level(%d)", uint8(l))
}

// Code names what was found, in snake case.
type Code string

// The codes of [Review].
const (
	// CodeYoungPrimary: a key was promoted before every instance can know it.
	CodeYoungPrimary Code = "young_primary"
	// CodeSettling: a pending key is too young to be promoted.
	CodeSettling Code = "settling"
	// CodeReady: a pending key may be promoted.
	CodeReady Code = "ready"
	// CodeEndsEarly: a retiring cookie key ends before the sessions that it signed.
	CodeEndsEarly Code = "ends_early"
	// CodeEndsLate: a retiring cookie key outlives every session that it signed.
	CodeEndsLate Code = "ends_late"
	// CodeOver: a retiring cookie key has ended and is only a line in the file.
	CodeOver Code = "over"
	// CodeKeep: a retiring key is needed still.
	CodeKeep Code = "keep"
	// CodeCount: a retiring session key is over by time; a count decides.
	CodeCount Code = "count"
	// CodeFull: the ring has no place for another pending key.
	CodeFull Code = "full"
	// CodeFuture: a key was created in the future.
	CodeFuture Code = "future"
)

// Finding is one remark of [Review]. It names keys by their id and holds no
// secret.
type Finding struct {
	Level   Level
	Code    Code
	Purpose seal.Purpose
	Key     seal.KeyID // zero: of the ring
	// Cause is what stands in the file and what follows from it, Cure what to do;
	// both are whole sentences.
	Cause, Cure string
	// From is when the cure is safe; zero means now.
	From time.Time
}

// Review judges the rings of a key file against the safe order of a rotation
// (see the package comment) as it stands at now. absolute is the longest that a
// session lives (session.Timeouts.Absolute); zero means the default of 7 days.
// It is a pure function; findings come in the order of rings and keys.
//
// A file says when a key was created and not when it was promoted or retired, so
// what depends on those is judged by the earliest moment possible: a warning is
// certain, silence is not.
func Review(k seal.Keys, now time.Time, absolute time.Duration) []Finding {
	if absolute <= 0 {
		absolute = defaultAbsolute
	}
	var out []Finding
	for _, r := range k.Rings() {
		if r != nil {
			out = append(out, reviewRing(r, now, absolute+RetireMargin)...)
		}
	}
	return out
}

func reviewRing(r *seal.Ring, now time.Time, life time.Duration) []Finding {
	v := review{purpose: r.Purpose(), now: now, life: life, keys: r.Keys()}
	for i := range v.keys {
		k := &v.keys[i]
		if k.Created.After(now.Add(skew)) {
			v.add(Warning, CodeFuture, k, k.Created, "it was created at %s, which is in the future: a clock was wrong, and no age can be judged", "Compare the clocks of the machines; make the key anew.", stamp(k.Created))
			continue
		}
		switch k.State {
		case seal.Pending:
			v.pending(k)
		case seal.Primary:
			v.primary(k)
		case seal.Retiring:
			v.retiring(k)
		}
	}
	if n, limit := len(v.keys), v.purpose.MaxKeys(); n >= limit {
		v.out = append(v.out, Finding{
			Level: Warning, Code: CodeFull, Purpose: v.purpose,
			Cause: fmt.Sprintf("The %s ring holds %d keys and takes no more: no new key can be published ahead.", v.purpose, n),
			Cure:  "Remove the retiring keys that are over.",
		})
	}
	return v.out
}

// review is the work on one ring.
type review struct {
	purpose seal.Purpose
	now     time.Time
	life    time.Duration
	keys    []seal.Key
	out     []Finding
}

func (v *review) add(l Level, c Code, k *seal.Key, from time.Time, cause, cure string, args ...any) {
	f := Finding{Level: l, Code: c, Purpose: v.purpose, Key: k.ID(), Cure: cure}
	f.Cause = fmt.Sprintf("The %s key %s of the %s ring: ", k.State, f.Key, v.purpose) + fmt.Sprintf(cause, args...) + "."
	if from.After(v.now) {
		f.From = from
	}
	v.out = append(v.out, f)
}

func (v *review) pending(k *seal.Key) {
	ready := k.Created.Add(SettleTime)
	if v.now.Before(ready) {
		v.add(Step, CodeSettling, k, ready, "it is younger than %v, and an instance that has not loaded it refuses what it signs or seals",
			"Load the file on every instance; promote the key after that.", SettleTime)
		return
	}
	v.add(Step, CodeReady, k, v.now, "it is %v old", "If every instance has loaded the file, make it primary and the present primary retiring.", v.now.Sub(k.Created).Truncate(time.Minute))
}

// primary warns only where another key came before: the first key of a ring has
// nobody to surprise.
func (v *review) primary(k *seal.Key) {
	if len(v.others(seal.Retiring)) == 0 {
		return
	}
	settled := k.Created.Add(SettleTime)
	if v.now.Before(settled) {
		v.add(Warning, CodeYoungPrimary, k, settled, "it was promoted before it had stood in the ring for %v: instances that have not loaded it sign people out or answer 503",
			"Load the file on every instance at once; the next time publish the key as pending first.", SettleTime)
	}
}

func (v *review) retiring(k *seal.Key) {
	needed := v.retiredFrom(k).Add(v.life)
	switch v.purpose {
	case seal.Cookie:
		switch {
		case !v.now.Before(k.NotAfter):
			v.add(Step, CodeOver, k, v.now, "it ended at %s", "Remove its line.", stamp(k.NotAfter))
		case k.NotAfter.Before(needed):
			v.add(Warning, CodeEndsEarly, k, v.now, "it ends at %s, and sessions that it signed may live until %s: their people are signed out early", "Set its not-after to "+stamp(v.now.Add(v.life))+".", stamp(k.NotAfter), stamp(needed))
		case k.NotAfter.After(v.now.Add(v.life)):
			v.add(Warning, CodeEndsLate, k, v.now, "it ends at %s, later than the last session that it signed: until then it serves nobody but a thief", "Set its not-after to "+stamp(v.now.Add(v.life))+".", stamp(k.NotAfter))
		default:
			v.add(Step, CodeKeep, k, k.NotAfter, "sessions that it signed live until %s", "Keep it; remove its line after that.", stamp(k.NotAfter))
		}
	case seal.Session:
		if v.now.Before(needed) {
			v.add(Step, CodeKeep, k, needed, "sessions that it sealed may live until %s", "Keep it; they are sealed anew when they are used, and once an hour in batches.", stamp(needed))
			return
		}
		v.add(Step, CodeCount, k, v.now, "no session that it sealed needs it by time", "Remove its line when the count of records under it is zero, and not before.")
	case seal.Data, seal.Index:
		v.add(Step, CodeKeep, k, v.now, "it opens or names what is stored without an end: credentials, mails, identifiers", "Keep it.")
	}
}

// retiredFrom is the earliest moment at which a key can have been retired: when
// the one was created that took its place.
func (v *review) retiredFrom(k *seal.Key) time.Time {
	later := v.others(seal.Retiring, seal.Primary)
	later = slices.DeleteFunc(later, func(o seal.Key) bool { return !o.Created.After(k.Created) })
	if len(later) == 0 {
		return k.Created // an older key took over again
	}
	return slices.MinFunc(later, func(a, b seal.Key) int {
		x, y := a.ID(), b.ID()
		return cmp.Or(a.Created.Compare(b.Created), bytes.Compare(x[:], y[:]))
	}).Created
}

func (v *review) others(states ...seal.State) []seal.Key {
	var out []seal.Key
	for _, k := range v.keys {
		if slices.Contains(states, k.State) {
			out = append(out, k)
		}
	}
	return out
}
