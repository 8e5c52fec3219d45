package factor_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
)

// badge is a kind that a program brings: a word that is printed on somebody's badge.
type badge struct{}

func (badge) Traits() factor.Traits {
	return factor.Traits{Kind: factor.Custom("badge"), Class: identity.Possession, AMR: []string{"otp"}}
}

func (badge) Works(r factor.Record) bool { return len(r.Body) > 0 }

func (badge) Verify(_ context.Context, a factor.Attempt) factor.Result {
	for i, r := range a.Records {
		if seal.Equal(r.Body, a.Secret.Reveal()) {
			return factor.Result{Verdict: factor.Accepted, Of: i}
		}
	}
	return factor.Result{Verdict: factor.Rejected}
}

func ExampleVerifier() {
	a := factor.Attempt{
		Records: []factor.Record{{Body: []byte("kestrel")}},
		Secret:  seal.NewSecret([]byte("kestrel")),
	}
	fmt.Println(badge{}.Verify(context.Background(), a).Verdict)
	a.Records = nil // nobody's
	fmt.Println(badge{}.Verify(context.Background(), a).Verdict)
	// Output:
	// accepted
	// rejected
}

func ExampleNewRegistry() {
	kinds, err := factor.NewRegistry(badge{})
	if err != nil {
		panic(err)
	}
	fmt.Println(kinds.Kinds(), kinds.Has(factor.TOTP), kinds.Traits("custom:badge").IsSecond())

	_, err = factor.NewRegistry(badge{}, badge{})
	fmt.Println(err)
	// Output:
	// [custom:badge] false true
	// factor: registry: "custom:badge": has two verifiers
}

func ExampleCustom() {
	fmt.Println(factor.Custom("badge"), factor.IsCustom("custom:badge"), factor.IsCustom(factor.TOTP))
	// Output: custom:badge true false
}

func ExampleDecoded() {
	records := []factor.Record{{Body: []byte("v1 kestrel")}, {Body: []byte("v9 ?")}, {Body: []byte("v1 heron")}}
	read, of, broken := factor.Decoded(records, func(body []byte) (string, error) {
		word, ok := strings.CutPrefix(string(body), "v1 ")
		if !ok {
			return "", errors.New("badge: another version")
		}
		return word, nil
	})
	fmt.Println(read, of, broken)
	// Output: [kestrel heron] [0 2] badge: another version
}
