package jwtbearer_test

import (
	"context"
	"fmt"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/jwtbearer"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/jwt"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store/memory"
)

func issuerAndVerifier() (*jwt.Signer, *jwtbearer.Verifier) {
	signer, err := jwt.NewSigner("2026-09", jwt.ES256, key("an example's key"), entropy.System())
	if err != nil {
		panic(err)
	}
	keys, err := jwt.NewKeySet(signer.Public())
	if err != nil {
		panic(err)
	}
	replays, err := jwt.NewReplays(memory.New(memory.Config{}).KV())
	if err != nil {
		panic(err)
	}
	v, err := jwtbearer.New(jwtbearer.Config{
		Clock: clock.NewFake(time.Unix(1790000000, 0)), Replay: replays,
		Issuers: []jwtbearer.Issuer{{Issuer: "https://ci.example", Audience: []string{"https://app.example"}, Keys: keys}},
	})
	if err != nil {
		panic(err)
	}
	return signer, v
}

const build = `{"iss":"https://ci.example","sub":"build-7","aud":"https://app.example","jti":"1","iat":1790000000,"exp":1790000300}`

func ExampleNew() {
	_, err := jwtbearer.New(jwtbearer.Config{Clock: clock.System()})
	fmt.Println(err)
	// Output:
	// jwtbearer: Config.Replay: is missing: a token signs in once
	// jwtbearer: Config.Issuers: none is given
}

func ExampleVerifier_Verify() {
	signer, v := issuerAndVerifier()
	token, err := signer.Sign("JWT", []byte(build))
	if err != nil {
		fmt.Println(err)
		return
	}
	attempt := factor.Attempt{
		Links:  []identity.Link{{Issuer: "https://ci.example", External: "build-7"}}, // the account's
		Secret: seal.NewSecret([]byte(token)),
	}
	fmt.Println(v.Verify(context.Background(), attempt).Verdict)
	fmt.Println(v.Verify(context.Background(), attempt).Verdict)
	// Output:
	// accepted
	// replayed
}

func ExampleVerifier_Identify() {
	signer, v := issuerAndVerifier()
	token, err := signer.Sign("JWT", []byte(build))
	if err != nil {
		fmt.Println(err)
		return
	}
	link, res := v.Identify(context.Background(), factor.Attempt{Secret: seal.NewSecret([]byte(token))})
	fmt.Println(res.Verdict, link.Issuer, link.External)
	// Output: accepted https://ci.example build-7
}

func ExampleVerifier_Holds() {
	_, v := issuerAndVerifier()
	fmt.Println(v.Holds(factor.Attempt{Links: []identity.Link{{Issuer: "https://ci.example", External: "build-7"}}}))
	fmt.Println(v.Holds(factor.Attempt{Links: []identity.Link{{Issuer: "https://eve.example", External: "build-7"}}}))
	// Output:
	// true
	// false
}

func ExampleVerifier_Traits() {
	_, v := issuerAndVerifier()
	t := v.Traits()
	fmt.Println(t.Kind, t.Limit, t.IsSecond())
	// Output: jwt_bearer 16384 false
}

func ExampleVerifier_Works() {
	_, v := issuerAndVerifier()
	fmt.Println(v.Works(factor.Record{})) // it goes by links, not by records
	// Output: false
}
