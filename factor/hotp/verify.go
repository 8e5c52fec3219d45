package hotp

import (
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/oath"
	"github.com/axess-go/axess/seal"
)

// Result is the answer of [Verify].
type Result struct {
	// Verdict is Accepted, Rejected, Replayed (the code that was accepted last, as a
	// second click sends it), or Misconfigured when there are records and none of them
	// can be judged.
	Verdict factor.Verdict
	// Index and Counter say which record matched, and the counter of its code; meaningful
	// with Accepted and Replayed.
	Index   int
	Counter uint64
	// NeedsResync says that none was accepted and a token takes no code until it is
	// brought back. Whether to tell is the caller's: only to whom has proven another
	// factor.
	NeedsResync bool
}

// Verify checks a code against all tokens of a user. For each the whole window is
// computed and compared in constant time, and the smallest counter that matches counts.
// Without records it does the work of one and rejects (FAC-040).
//
// Accepted is not yet a sign-in: that is the write of [Advance]. Rejected is followed by
// [Fail] for every token.
func Verify(p Policy, records []Record, input seal.Secret) Result {
	if p.Validate() != nil {
		return Result{Verdict: factor.Misconfigured}
	}
	p = p.filled()
	c, ok := oath.Parse(input)
	if !ok {
		// Nothing of it depends on the user: known and unknown answer alike.
		return Result{Verdict: factor.Rejected}
	}
	out, judged, needs := Result{Verdict: factor.Misconfigured}, false, false
	for i, r := range records {
		if r.check() != nil {
			continue
		}
		one := r.match(p.Ahead, c)
		one.Index = i
		if r.NeedsResync() {
			one, needs = Result{Verdict: factor.Rejected}, true
		}
		if !judged || weight(one.Verdict) > weight(out.Verdict) {
			out, judged = one, true
		}
	}
	if judged {
		out.NeedsResync = needs && out.Verdict == factor.Rejected
		return out
	}
	decoy := Record{Algorithm: p.Algorithm, Digits: p.Digits, Seed: seal.NewSecret(make([]byte, p.Algorithm.SeedSize()))}
	decoy.match(p.Ahead, c)
	if len(records) == 0 {
		out.Verdict = factor.Rejected
	}
	return out
}

// weight orders the answers of several records: the one that says most wins, of equals
// the first.
func weight(v factor.Verdict) int {
	switch v {
	case factor.Accepted:
		return 2
	case factor.Replayed:
		return 1
	case factor.Rejected, factor.Misconfigured, factor.Unavailable:
	}
	return 0
}

// match computes the window from the code before the next to the last that is looked at.
func (r Record) match(ahead int, c oath.Code) Result {
	out := Result{Verdict: factor.Rejected}
	for i := -1; i < ahead; i++ {
		counter := r.Next + uint64(i) // before the first code there is none, but the same work
		if c.Is(oath.Generate(r.Algorithm, r.Seed, r.Digits, counter), r.Digits) != 1 || out.Verdict == factor.Accepted {
			continue
		}
		switch {
		case i >= 0 && counter < maxCounter:
			out = Result{Verdict: factor.Accepted, Counter: counter}
		case i < 0 && r.Next > 0:
			out = Result{Verdict: factor.Replayed, Counter: counter}
		}
	}
	return out
}

// ErrCounter answers a counter that is before the record's next one, or at its end.
var ErrCounter = errors.New("hotp: counter is used up")

// Advance makes the change that uses up an accepted code and all before it: the row with
// its next counter behind that code, conditioned on the version that was verified.
// Recording it answers store.ErrConflict to all but one of any number of attempts with
// one code: those were replays (FAC-041, AUN-043). Errors: [ErrCounter], and those of
// factor.Vault.Seal.
func Advance(v *factor.Vault, row identity.Credential, r Record, counter uint64, now time.Time) (identity.AdvanceCredential, error) {
	if counter < r.Next || counter >= maxCounter {
		return identity.AdvanceCredential{}, ErrCounter
	}
	r.Next, r.Failures = counter+1, 0
	row.LastUsedAt = now
	return put(v, row, r)
}

// Fail makes the change that counts a wrong code against a token. The counter stays
// where it is (FAC-042). Changed is false where the token needs a resynchronisation
// already. Errors: those of factor.Vault.Seal.
func Fail(v *factor.Vault, row identity.Credential, r Record) (change identity.AdvanceCredential, changed bool, err error) {
	if r.NeedsResync() {
		return identity.AdvanceCredential{}, false, nil
	}
	r.Failures++
	change, err = put(v, row, r)
	return change, err == nil, err
}

// put makes the row of the next version.
func put(v *factor.Vault, row identity.Credential, r Record) (identity.AdvanceCredential, error) {
	row.Version++
	body := r.Encode()
	defer clear(body)
	row, err := v.Seal(row, body)
	if err != nil {
		return identity.AdvanceCredential{}, fmt.Errorf("hotp: %w", err)
	}
	return identity.AdvanceCredential{Credential: row}, nil
}

// Confirm checks the first code of a new credential and returns the record to store. The
// code is used up by it: it does not sign in. With any verdict but Accepted the record
// comes back as it was.
func Confirm(p Policy, r Record, input seal.Secret) (Record, factor.Verdict) {
	res := Verify(p, []Record{r}, input)
	if res.Verdict == factor.Accepted {
		r.Next = res.Counter + 1
	}
	return r, res.Verdict
}

// Evidence is what an accepted code proves: possession, with the RFC 8176 reference
// "otp".
func Evidence(credential identity.CredentialID, at time.Time) identity.Evidence {
	return identity.Evidence{Kind: factor.HOTP, At: at, Credential: credential, AMR: []string{"otp"}, Class: identity.Possession}
}
