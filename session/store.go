package session

import (
	"context"
	"errors"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
)

// Ref is the handle of a stored session: the first 16 bytes of
// SHA-256("axess/session/ref/v1" ∥ ID). It opens nothing, so it may be stored,
// logged and listed.
type Ref = identity.SessionID

// Errors that the session port adds to those of package store.
var (
	// ErrEpoch means that a revocation landed between the beginning of a login
	// and its end (SES-201).
	ErrEpoch = errors.New("session: revoked meanwhile")
	// ErrSessionLimit means that the subject has its full number of sessions and
	// the policy refuses another (SES-203).
	ErrSessionLimit = errors.New("session: limit reached")
)

// MaxSealed bounds Record.Sealed in bytes; larger is store.ErrTooLarge before
// any I/O (STO-006).
const MaxSealed = 1_310_720

// Record is a stored session as a backend sees it: a clear header for indexes
// and conditions, and opaque sealed bytes (STO-002). The header only repeats
// what the sealed body says; the manager compares the two on load (SES-031).
type Record struct {
	Ref Ref
	// Prev is the superseded predecessor that deleting this record also deletes;
	// zero if there is none (SES-106).
	Prev Ref
	// Rev grows by one with every body write, from 1.
	Rev uint64
	// Superseded marks a predecessor inside its grace: read-only, pre-rotation.
	Superseded bool
	// Subject and Login are zero for guests and unfinished flows: those are not
	// registered, not counted and not listed.
	Subject identity.Subject
	Login   identity.LoginID
	// Actor is the administrator who acts as Subject; zero for everybody who acts
	// for themselves. Such a session is listed with Subject's and not counted with
	// them, and dies with either of the two (SES-018).
	Actor     identity.Subject
	AuthAt    time.Time
	CreatedAt time.Time
	IdleUntil time.Time
	AbsUntil  time.Time
	Epochs    identity.Epochs
	Kid       seal.KeyID
	// Sealed is read-only for both sides: a backend copies what it keeps on the
	// way in and may hand out what it keeps.
	Sealed []byte
}

// LimitPolicy bounds the live sessions of one subject.
type LimitPolicy struct {
	// Max is the number of live sessions; 0 means no policy, and the hard
	// ceiling of 1,000 still evicts the oldest.
	Max int
	// RefuseNew answers ErrSessionLimit instead of evicting the session with the
	// smallest (AuthAt, Ref).
	RefuseNew bool
}

// HardSessionLimit holds even without a policy.
const HardSessionLimit = 1000

// Claim is what a new record claims for its subject, checked in the same atomic
// step as the insert. The zero Subject means: not registered, not counted, no
// epoch checked. Record and claim name the same subject, and the record is
// stamped with Expect (one more for the user with Raise); anything else is
// store.ErrBadArgument.
//
// A rotation that replaces a live registration of the same subject claims no new
// place, so it is neither refused nor does it evict. With Raise no other session
// is left to count.
type Claim struct {
	Subject identity.Subject
	// Expect are the epochs captured when the flow began; if any has been raised
	// since, the verb is ErrEpoch and nothing is written (SES-201).
	Expect identity.Epochs
	// Raise also raises the user epoch to Expect.User+1; the record must be
	// stamped with that value. Every other session of the user ends in the same
	// step (LogoutOthers, SES-206).
	Raise bool
	// Actor is that of the record, and ActorExpect are the epochs that must hold
	// for them as well. With an actor nothing is raised, no place is taken and
	// nobody is evicted.
	Actor       identity.Subject
	ActorExpect identity.Epochs
	Limit       LimitPolicy
	Now         time.Time
}

// Current are the epochs that a record is held against: those of its subject,
// and, if it has one, of its actor.
type Current struct {
	identity.Epochs
	Actor identity.Epochs
}

// MaxRefs bounds one page of [Store.UnderKid].
const MaxRefs = 1000

// Listed is one registered session as a list shows it.
type Listed struct {
	Record
	// Seen is the last activity, to the granularity of the touch interval.
	Seen time.Time
}

// Store is the port to stored sessions and epochs. Every verb is atomic per ref
// and per subject; there is no upsert anywhere (SES-100). A record is dead at
// now ≥ min(IdleUntil, AbsUntil), and a dead record is absent (STO-004). Zero
// refs, rev 0, subjects with one id missing, negative limits and zero times are
// store.ErrBadArgument before any I/O: with a zero time nothing would ever be
// dead. Rows in also are appended to the outbox in the same commit.
//
// Every verb may also answer store.ErrUnavailable.
type Store interface {
	// Load returns a live record and the current epochs of its subject (of the
	// zero subject: the global epoch alone), in one read. The caller compares. The
	// epochs of an actor, whom few records have, may be read after the rest: what
	// was raised before the load began is seen in any case. store.ErrNotFound.
	Load(ctx context.Context, ref Ref, now time.Time) (Record, Current, error)
	// Create inserts a record with rev 1. store.ErrExists, ErrEpoch,
	// ErrSessionLimit, store.ErrTooLarge.
	Create(ctx context.Context, rec Record, c Claim, also ...store.Row) (evicted []Ref, err error)
	// Update replaces the body and header of a live, unsuperseded record whose
	// rev is prevRev, with rec.Rev = prevRev+1. It never changes Subject, Login,
	// Actor, CreatedAt, AbsUntil or Epochs. store.ErrNotFound (never recreates),
	// store.ErrConflict, store.ErrTooLarge.
	Update(ctx context.Context, rec Record, prevRev uint64, now time.Time) error
	// Rotate inserts next and, in the same step, deletes the old record, or with
	// grace > 0 marks it superseded until now+grace and sets next.Prev. The old
	// record must be live, unsuperseded and at prevRev. The old registration is
	// replaced: a rotated session is never unregistered (SES-209). A predecessor
	// that the old record itself still had is deleted: otherwise it would outlive
	// the logout of the session that it no longer hangs on.
	// store.ErrNotFound, store.ErrConflict, store.ErrExists, ErrEpoch,
	// ErrSessionLimit, store.ErrTooLarge.
	Rotate(ctx context.Context, old Ref, prevRev uint64, next Record, c Claim, grace time.Duration, also ...store.Row) (evicted []Ref, err error)
	// Touch moves IdleUntil forward, never back and never past AbsUntil, and notes
	// now as the last activity. Absent, dead and superseded records are success
	// without effect: a touch that comes late must not revive what has died.
	Touch(ctx context.Context, ref Ref, idleUntil, now time.Time) error
	// Delete removes a record and its superseded predecessor; of a superseded
	// record also its successor, so that ending either ends both (SES-106). With a
	// subject it removes only a record of that subject. Absent is success
	// (STO-005), and rows in also are appended then too.
	Delete(ctx context.Context, ref Ref, s identity.Subject, also ...store.Row) error
	// Raise adds one to the epoch of a scope: that write is the revocation
	// (SES-196).
	Raise(ctx context.Context, s identity.Scope, also ...store.Row) error
	// Epochs reads the current epochs of a subject; unknown reads as zero, and the
	// zero subject reads the global epoch alone.
	Epochs(ctx context.Context, s identity.Subject) (identity.Epochs, error)
	// Sessions lists the live sessions of a subject that current epochs cover,
	// newest (AuthAt, Ref) first, superseded ones left out. limit is 1 to 100;
	// after is the last Ref of the previous page or zero. store.ErrNotFound: that
	// session has ended meanwhile, begin again.
	Sessions(ctx context.Context, s identity.Subject, after Ref, limit int, now time.Time) ([]Listed, error)
	// Kids counts the stored records by the key that they are sealed under, in the
	// order of the ids. What is dead counts until a sweep removes it: too many is
	// safe, too few would retire a key in use (SES-157).
	Kids(ctx context.Context) ([]store.KidCount, error)
	// UnderKid lists the refs of records that are sealed under a key and not
	// superseded, in ascending order, from the one behind after (zero: the first).
	// limit is 1 to MaxRefs.
	UnderKid(ctx context.Context, kid seal.KeyID, after Ref, limit int) ([]Ref, error)
	// Reseal replaces Sealed and Kid of a live record that is at rec.Rev and sealed
	// under from, and nothing else of rec: neither deadlines nor last activity. The
	// body is the same, so the revision stays, and no request that has read it loses
	// a race to this. Errors: as Update.
	Reseal(ctx context.Context, rec Record, from seal.KeyID, now time.Time) error
	// Watch begins to follow what ends: from the moment it returns,
	// [Watch.Next] tells every login whose record is deleted or evicted or gives way,
	// in a rotation, to another login or subject, and every epoch that is raised, by a
	// verb of this port or of another, whichever process did it. A login that ends by
	// its deadline alone is not told, nor is a rotation within one. ctx bounds the
	// beginning, not the watch.
	Watch(ctx context.Context) (Watch, error)
	// Sweep removes up to limit records dead for longer than the 5 min lag.
	Sweep(ctx context.Context, now time.Time, limit int) (int, error)
	// Check reports whether the backend answers, within 2 s.
	Check(ctx context.Context) error
}

// Ending is something that has ended: one login, or every session that a raised
// epoch concerns. One of the two is set.
type Ending struct {
	Login identity.LoginID
	Scope identity.Scope
}

// Watch follows what ends (SES-207). A process has one and hands on what it hears;
// one task at a time calls Next.
type Watch interface {
	// Next waits until something has ended, or until ctx ends, which loses nothing:
	// the next call tells it. Endings come in no promised order, possibly twice, and
	// now and then one that did not happen, so they are a reason to look and no proof;
	// none is left out. Who falls far behind is told identity.GlobalScope() for what
	// was not kept: it concerns everybody.
	//
	// Every error is store.ErrUnavailable. Unless ctx has ended, it means that the
	// channel is lost and endings may have been missed: close this one, begin another,
	// and look at everything that is watched.
	Next(ctx context.Context) ([]Ending, error)
	// Close ends the watch, also while Next waits, and what belongs to it. Closing
	// twice is fine.
	Close() error
}

// Immediate is implemented by a [Store] that waits for nothing outside the
// process, such as one in memory. The manager then spares the timeout of each
// call.
type Immediate interface{ Immediate() }

// Nearby is implemented by a [Store] that can answer some loads at once, from what is
// kept in the process. The manager asks it first and spares the timeout of a Load.
//
// LoadNearby returns what Load would return at this moment, or false: then nothing is
// known, and whoever asks calls Load. It waits for nothing, and never says that there
// is no session.
type Nearby interface {
	LoadNearby(ctx context.Context, ref Ref, now time.Time) (Record, Current, bool)
}
