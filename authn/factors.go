package authn

import (
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/hotp"
	"github.com/axess-go/axess/factor/recovery"
)

// builtIn are the verifiers of every program, beside which Config.Factors stand.
func (cfg *Config) builtIn() []factor.Verifier {
	return []factor.Verifier{cfg.Password.Verifier(cfg.Entropy), hotp.Policy{}.Verifier(), cfg.TOTP.Verifier(), recovery.Verifier()}
}
