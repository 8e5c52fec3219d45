package factor

import (
	"context"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
)

// Verifier judges what somebody presents for one kind of factor. Those of this module
// and those of a program ([Custom]) run through the same pipeline: the guess is counted
// before Verify is called, what the Result changes is stored under the version that was
// read before it counts, and the events follow (AUN-042).
//
// It is pure where it can be: no store, no clock, no log, and no state but its
// configuration. A verifier that asks somebody else, a directory or an issuer, does so
// within ctx and says Unavailable when there is no answer. Safe for concurrent use.
type Verifier interface {
	// Traits never change.
	Traits() Traits
	// Works reports that a record could pass: it can be read and is not worn out. What
	// does not work is never asked for in a step-up, and keeps nobody's account open.
	Works(Record) bool
	// Verify does for an attempt without records, that of a made-up account, the work of
	// a wrong one (AUN-033). The secret is wiped afterwards.
	Verify(ctx context.Context, a Attempt) Result
}

// Preparer is a Verifier of what has to be sent, or made, before it can be presented: a
// code to a phone. Prepare is called when the step is shown and when somebody asks
// again; it is called for nobody as well, with the zero User, and answers the same then.
// It guards what it costs by itself: nothing has been counted.
type Preparer interface {
	Verifier
	Prepare(ctx context.Context, a Attempt) (Prepared, error)
}

// Enroller is a Verifier that makes a record out of what is presented: the certificate
// that a browser shows. The person is signed in and has proved lately who they are.
type Enroller interface {
	Verifier
	// Enrol gives the body of the new record, with Accepted, or why there is none.
	Enrol(ctx context.Context, a Attempt) ([]byte, Verdict)
}

// Holder is a Verifier that knows without a record whether somebody could pass: a
// directory that has everybody of a tenant. Without it, who has no record that works
// does not have the factor.
type Holder interface {
	Verifier
	// Holds is asked with an attempt that has neither a secret nor a flow.
	Holds(a Attempt) bool
}

// Identifier is a Verifier of what says who somebody is elsewhere, such as a token of an
// issuer. Its owner links that with their account, and from then on it counts: what is
// held against an attempt are its Links.
type Identifier interface {
	Verifier
	// Identify judges what the owner of an account, who is signed in and has lately
	// proved their strongest factor, presents to be linked with. With Accepted the link
	// has an Issuer and an External, and the rest of it is the pipeline's. Whatever is
	// good once is spent.
	Identify(ctx context.Context, a Attempt) (identity.Link, Result)
}

// Traits are what the rest of the program must know of a kind.
type Traits struct {
	// Kind is its tag; see [Custom] for those of a program.
	Kind identity.Kind
	// Class is what it proves: with [identity.Possession] it is a second factor beside
	// a password (PRD-017). Zero proves nothing that counts.
	Class identity.Class
	// AMR are its method references of RFC 8176: at least one.
	AMR []string
	// Field is how a page asks for it; Limit how many bytes it may have. Zero: 64.
	Field Field
	Limit int
	// Fallback: for when the factor proper is lost. It begins no sign-in, is never the
	// only option of a step, and steps up to nothing (FAC-072).
	Fallback bool
	// Unguessable: trying tells nothing, so that a lock on the account leaves it usable,
	// and failures are charged to the address alone (AUN-054).
	Unguessable bool
	// Costly: hashes like a password and waits at the hash gate for its turn (FAC-013).
	Costly bool
	// External: somebody else judges it. It may be accepted without a record, and then
	// passes one step of a sign-in.
	External bool
}

// Field is how a page asks for a factor. The zero value is a short code.
type Field uint8

// The fields.
const (
	FieldCode     Field = iota // one line, shown as typed
	FieldPassword              // one line, hidden
	FieldToken                 // several lines: a token that is pasted
	FieldNone                  // a button: what counts comes with the request itself
	FieldText                  // one line of letters and digits, shown as typed
)

// DefaultLimit is how many bytes a factor may have that says nothing.
const DefaultLimit = 64

// Takes reports that a secret of n bytes may be presented. Nothing may where nothing is
// typed.
func (t Traits) Takes(n int) bool {
	limit := t.Limit
	switch {
	case t.Field == FieldNone:
		return n == 0
	case limit == 0:
		limit = DefaultLimit
	}
	return 0 < n && n <= limit
}

// IsSecond reports that the kind proves possession, so that a step which takes nothing
// else is a second factor beside a password (PRD-017).
func (t Traits) IsSecond() bool { return t.Class&identity.Possession != 0 }

// Record is a credential with its body opened. It is the verifier's to read only.
type Record struct {
	Credential identity.Credential
	Body       []byte
}

// Attempt is what is to be judged.
type Attempt struct {
	Now    time.Time
	Secret seal.Secret
	// Records are the person's credentials of the kind that count: switched on, there
	// before the flow began, authentic, and not used in an earlier step (FAC-007).
	Records []Record
	// Subject is whose attempt it is; of a made-up account, whose it would be.
	Subject identity.Subject
	// Identifier is the name as it was typed; in a step-up the account's first.
	Identifier string
	// User is the account; zero for nobody, and for one that may not sign in.
	User identity.User
	// Links are what issuers call the person: those that are authentic, and for an
	// [Identifier] of issuers whose word the tenant takes.
	Links []identity.Link
	// Flow is the sign-in or step-up, drawn at random for each and known to its session
	// alone.
	Flow [16]byte
	// Again is, of a Prepare, that somebody asks for another although one may be on its
	// way.
	Again bool
}

// Change is a record that becomes another.
type Change struct {
	Of   int    // index among the records of the attempt
	Body []byte // in clear; the pipeline seals it, and clears it
}

// Result is what a verifier found.
type Result struct {
	Verdict Verdict
	// Of is the index of the record that fitted, if there are records.
	Of int
	// Changes are stored under the versions that were read. Accepted counts only once
	// they are: that spends a one-time value, and of two attempts with one value the
	// second is a replay (AUN-043). With Rejected they count a failure.
	Changes []Change
	// Renewed, unless nil, is a body for Of that is as good and newer: a hash under
	// other parameters. It is stored after the sign-in if nobody was faster (FAC-015).
	Renewed []byte
	// Class and AMR are what this attempt proved; zero: as in Traits.
	Class identity.Class
	AMR   []string
	// Reason is a word of package audit that says in the event why it was rejected;
	// empty: "mismatch". Nobody outside sees it.
	Reason string
	// Err is for whoever runs the program: why it is Unavailable or Misconfigured, or
	// which record cannot be read. It is logged, and raises an alarm; never a secret.
	Err error
}

// Readiness says what preparing a factor led to. The zero value is none of them.
type Readiness uint8

// What preparing leads to.
const (
	// Ready: nothing was to be sent.
	Ready Readiness = iota + 1
	// Sent: it is on its way.
	Sent
	// AlreadySent: what was sent before still counts, and nothing is sent again now.
	AlreadySent
	// Unsent: it could not be sent, and may be asked for again later.
	Unsent
)

// Prepared is what came of preparing a factor, the same for who exists and who does
// not.
type Prepared struct {
	Readiness Readiness
	// To is where it went, masked: "a•••@e•••.com". Empty: not said.
	To string
	// Again is from when on another can be asked for, Until when this one ends; zero:
	// not said.
	Again, Until time.Time
}

// Decoded reads the records of an attempt with the decoder of a verifier: those that can
// be read, the index of each among all, and the error of one that cannot.
func Decoded[R any](records []Record, decode func(body []byte) (R, error)) (read []R, of []int, broken error) {
	for i, r := range records {
		one, err := decode(r.Body)
		if err != nil {
			broken = err
			continue
		}
		read, of = append(read, one), append(of, i)
	}
	return read, of, broken
}
