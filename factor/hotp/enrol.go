package hotp

import (
	"fmt"
	"strconv"

	"github.com/axess-go/axess/internal/oath"
	"github.com/axess-go/axess/seal"
)

// URI gives the provisioning URI that authenticator apps read:
//
//	otpauth://hotp/{issuer}:{account}?secret=…&issuer=…&algorithm=…&digits=…&counter=…
//
// Every parameter is always there. Issuer and account are 1 to 128 bytes of printable
// text, the issuer without a colon. The URI holds the seed, hence a [seal.Secret]: show
// it once, over an answer that is not stored, and keep it out of logs. Error:
// [ErrPolicy].
func (r Record) URI(issuer, account string) (seal.Secret, error) {
	if err := r.check(); err != nil {
		return seal.Secret{}, err
	}
	uri, err := oath.URI("hotp", issuer, account, r.Algorithm, r.Seed, r.Digits)
	if err != nil {
		return seal.Secret{}, fmt.Errorf("%w: issuer or account %w", ErrPolicy, err)
	}
	return seal.NewSecret([]byte(uri + "&counter=" + strconv.FormatUint(r.Next, 10))), nil
}

// Key gives the seed for typing: unpadded base32 in groups of four, with spaces between.
func (r Record) Key() seal.Secret { return oath.Key(r.Seed) }
