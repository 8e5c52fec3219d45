package hotp

import (
	"errors"
	"time"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/oath"
	"github.com/axess-go/axess/seal"
)

// resyncEvery is how often a token may be brought back, or somebody may try to.
const resyncEvery = 10 * time.Minute

// ErrTooSoon answers an attempt to bring a token back within ten minutes of the last.
var ErrTooSoon = errors.New("hotp: another resynchronisation within ten minutes")

// Resync brings a token back into step by two codes that it showed one after the other,
// within a hundred of its next one (RFC 4226 §7.4). The whole window is computed. Each
// attempt is used up whatever comes of it: store the change that it makes, and let the
// verdict count only when the store has taken it, so that of any number of attempts at
// once one counts. Both codes are used up by success.
//
// The verdict is Accepted, Rejected or Misconfigured. Errors: [ErrTooSoon], with nothing
// to store; those of factor.Vault.Seal.
func Resync(v *factor.Vault, row identity.Credential, r Record, first, second seal.Secret, now time.Time) (identity.AdvanceCredential, factor.Verdict, error) {
	if r.check() != nil {
		return identity.AdvanceCredential{}, factor.Misconfigured, nil //nolint:nilerr // that is the verdict, as in Verify
	}
	now = now.UTC().Truncate(time.Second)
	// A clock that was set back does not shut the token out for longer than that.
	if since := now.Sub(r.ResyncAt); !r.ResyncAt.IsZero() && since < resyncEvery && since > -resyncEvery {
		return identity.AdvanceCredential{}, factor.Rejected, ErrTooSoon
	}
	verdict := factor.Rejected
	if counter := r.inSequence(first, second); counter > 0 {
		verdict, r.Next, r.Failures = factor.Accepted, counter+1, 0
		row.LastUsedAt = now
	}
	r.ResyncAt = now
	change, err := put(v, row, r)
	if err != nil {
		return identity.AdvanceCredential{}, factor.Rejected, err
	}
	return change, verdict, nil
}

// inSequence is the counter of the second code, which is at least 1; zero: not found.
func (r Record) inSequence(first, second seal.Secret) (found uint64) {
	a, ok := oath.Parse(first)
	b, also := oath.Parse(second)
	if !ok || !also {
		return 0
	}
	before := 0 // the first code was that of the counter before
	for i := range uint64(resyncAhead + 1) {
		counter := r.Next + i
		code := oath.Generate(r.Algorithm, r.Seed, r.Digits, counter)
		if before&b.Is(code, r.Digits) == 1 && found == 0 && counter < maxCounter {
			found = counter
		}
		before = a.Is(code, r.Digits)
	}
	return found
}
