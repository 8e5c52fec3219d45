package jwt_test

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/jwt"
	"github.com/axess-go/axess/store/memory"
)

// now is when the examples happen.
var now = time.Unix(1790000000, 0)

// key is a key for examples: everybody knows it.
func key() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed([]byte("an example's seed, 32 bytes long"))
}

func signer() *jwt.Signer {
	s, err := jwt.NewSigner("2026-09", jwt.EdDSA, key(), entropy.System())
	if err != nil {
		panic(err)
	}
	return s
}

func verifier() *jwt.Verifier {
	keys, err := jwt.NewKeySet(signer().Public())
	if err != nil {
		panic(err)
	}
	replays, err := jwt.NewReplays(memory.New(memory.Config{}).KV())
	if err != nil {
		panic(err)
	}
	v, err := jwt.NewVerifier(jwt.Config{
		Clock: clock.NewFake(now), Keys: keys,
		Issuer: "https://issuer.example", Audience: []string{"https://api.example"},
		Algorithms: []jwt.Algorithm{jwt.EdDSA}, Replay: replays,
	})
	if err != nil {
		panic(err)
	}
	return v
}

const payload = `{"iss":"https://issuer.example","aud":"https://api.example","exp":1790000300,"sub":"build-7","jti":"1","project":"app"}`

func ExampleNewVerifier() {
	_, err := jwt.NewVerifier(jwt.Config{Clock: clock.System(), Keys: &jwt.KeySet{}, Issuer: "https://issuer.example", Algorithms: []jwt.Algorithm{"none"}})
	fmt.Println(err)
	// Output:
	// jwt: Config.Audience: wants one name at least, and none empty
	// jwt: Config.Algorithms: "none" is no algorithm with a public key that is known here
}

func ExampleVerifier_Verify() {
	token, err := signer().Sign("JWT", []byte(payload))
	if err != nil {
		fmt.Println(err)
		return
	}
	v := verifier()
	claims, err := v.Verify(context.Background(), token)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(claims.Subject, claims.Expires.Sub(now))

	_, err = v.Verify(context.Background(), token[:len(token)-4]+"AAAA")
	fmt.Println(errors.Is(err, jwt.ErrRejected), err)
	// Output:
	// build-7 5m0s
	// true jwt: signature
}

func ExampleVerifier_Consume() {
	token, err := signer().Sign("JWT", []byte(payload))
	if err != nil {
		fmt.Println(err)
		return
	}
	v := verifier()
	claims, err := v.Verify(context.Background(), token)
	if err != nil {
		fmt.Println(err)
		return
	}
	// … everything else that may refuse, then:
	fmt.Println(v.Consume(context.Background(), claims))
	fmt.Println(v.Consume(context.Background(), claims))
	// Output:
	// <nil>
	// jwt: replayed
}

// Who takes tokens of several issuers judges each by the keys of the one that it names.
func ExampleNewIssuers() {
	issuers, err := jwt.NewIssuers(verifier()) // and those of others
	if err != nil {
		fmt.Println(err)
		return
	}
	token, err := signer().Sign("JWT", []byte(payload))
	if err != nil {
		fmt.Println(err)
		return
	}
	claims, err := issuers.Verify(context.Background(), token)
	fmt.Println(claims.Issuer, err)
	// Output: https://issuer.example <nil>
}

func ExampleIssuers_Verify() {
	issuers, err := jwt.NewIssuers(verifier())
	if err != nil {
		fmt.Println(err)
		return
	}
	token, err := signer().Sign("JWT", []byte(`{"iss":"https://eve.example","aud":"https://api.example","exp":1790000300}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = issuers.Verify(context.Background(), token)
	fmt.Println(err)
	// Output: jwt: issuer
}

func ExampleIssuers_Consume() {
	issuers, err := jwt.NewIssuers(verifier())
	if err != nil {
		fmt.Println(err)
		return
	}
	token, err := signer().Sign("JWT", []byte(payload))
	if err != nil {
		fmt.Println(err)
		return
	}
	claims, err := issuers.Verify(context.Background(), token)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(issuers.Consume(context.Background(), claims))
	fmt.Println(issuers.Consume(context.Background(), claims))
	// Output:
	// <nil>
	// jwt: replayed
}

// A token that is bound to a certificate is good over a connection with that one.
func ExampleVerifier_VerifyFrom() {
	token, err := signer().Sign("JWT", []byte(`{"iss":"https://issuer.example","aud":"https://api.example","exp":1790000300,`+
		`"cnf":{"x5t#S256":"bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	var r http.Request // the one that brought the token; here without TLS
	var peer *x509.Certificate
	if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
		peer = r.TLS.PeerCertificates[0]
	}
	_, err = verifier().VerifyFrom(context.Background(), token, peer)
	fmt.Println(err)
	// Output: jwt: binding (cnf)
}

func ExampleClaims_Raw() {
	token, _ := signer().Sign("JWT", []byte(payload))
	claims, err := verifier().Verify(context.Background(), token)
	if err != nil {
		fmt.Println(err)
		return
	}
	raw, found := claims.Raw("project")
	fmt.Println(string(raw), found)
	_, found = claims.Raw("PROJECT")
	fmt.Println(found)
	fmt.Println(len(claims.Payload()) == len(payload))
	// Output:
	// "app" true
	// false
	// true
}

func ExampleClaims_Text() {
	token, _ := signer().Sign("JWT", []byte(payload))
	claims, err := verifier().Verify(context.Background(), token)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(claims.Text("project"))
	_, err = claims.Text("ref")
	fmt.Println(err)
	// Output:
	// app <nil>
	// jwt: missing_claim (ref)
}

func ExampleClaims_Payload() {
	token, _ := signer().Sign("JWT", []byte(payload))
	claims, err := verifier().Verify(context.Background(), token)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(claims.Payload()) == payload)
	// Output: true
}

func ExampleParseKeySet() {
	set, err := jwt.ParseKeySet([]byte(`{"keys":[
		{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
		{"kty":"oct","k":"c2VjcmV0"}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(set.Keys()), set.Keys()[0].ID(), set.Skipped())
	// Output: 1 a [symmetric]
}

func ExampleNewKeySet() {
	set, err := jwt.NewKeySet(signer().Public())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(set.JSON()))
	// Output: {"keys":[{"crv":"Ed25519","kty":"OKP","x":"IY4guTyH32tC_EX2FPXDxPew-RIQ07dMeqg2-1ous4g","alg":"EdDSA","kid":"2026-09","use":"sig"}]}
}

func ExampleKeySet_JSON() {
	set, err := jwt.NewKeySet(signer().Public())
	if err != nil {
		fmt.Println(err)
		return
	}
	http.HandleFunc("GET /jwks.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/jwk-set+json")
		_, _ = w.Write(set.JSON())
	})
}

func ExampleNewKey() {
	k, err := jwt.NewKey("2026-09", jwt.EdDSA, key().Public())
	fmt.Println(k.ID(), k.Algorithm(), err)
	_, err = jwt.NewKey("2026-09", jwt.EdDSA, key())
	fmt.Println(err)
	// Output:
	// 2026-09 EdDSA <nil>
	// jwt: key cannot be used: a ed25519.PrivateKey
}

func ExampleKey_Thumbprint() {
	fmt.Println(signer().Public().Thumbprint())
	// Output: Bu1CY1yws7jNDNTJEQ_t3Dv4IwMkI4uywd1s_J_t5B0
}

func ExampleNewSigner() {
	s, err := jwt.NewSigner("2026-09", jwt.EdDSA, key(), entropy.System())
	if err != nil {
		fmt.Println(err)
		return
	}
	token, err := s.Sign("at+jwt", []byte(`{"sub":"build-7"}`))
	fmt.Println(len(token), err)
	_, err = s.Sign("at+jwt", []byte(`{"sub":"a","sub":"b"}`))
	fmt.Println(err)
	// Output:
	// 173 <nil>
	// jwt: malformed
}

func ExampleDefault() {
	fmt.Println(jwt.Default())
	// Output: [RS256 RS384 RS512 ES256 ES384]
}

func ExampleNewRemoteKeys() {
	fetch, err := jwt.NewFetcher(jwt.FetchConfig{Clock: clock.System()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer fetch.Close()
	keys, err := jwt.NewRemoteKeys(jwt.RemoteConfig{
		Clock: clock.System(), Entropy: entropy.System(), Fetch: fetch,
		URL: "https://169.254.169.254/keys", // what an attacker would have us read
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = keys.Close(context.Background()) }()
	_, err = keys.Current(context.Background())
	fmt.Println(errors.Is(err, jwt.ErrUnavailable), keys.Status().Degraded)
	// Output: true true
}

func ExampleRemoteKeys_Renew() {
	fetch, err := jwt.NewFetcher(jwt.FetchConfig{Clock: clock.System()})
	if err != nil {
		fmt.Println(err)
		return
	}
	keys, err := jwt.NewRemoteKeys(jwt.RemoteConfig{Clock: clock.System(), Entropy: entropy.System(), Fetch: fetch, Issuer: "https://127.0.0.1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	// The Run of a job that comes every minute.
	fmt.Println(keys.Renew(context.Background()) != nil)
	// Output: true
}

func ExampleNewFetcher() {
	_, err := jwt.NewFetcher(jwt.FetchConfig{Clock: clock.System(), BearerFile: "/var/run/secrets/kubernetes.io/serviceaccount/token"})
	fmt.Println(err)
	// Output: jwt: FetchConfig: BearerFile and BearerHost go together
}

func ExampleNewReplayKey() {
	fmt.Println(jwt.NewReplayKey("https://a.example", "1") == jwt.NewReplayKey("https://b.example", "1"))
	// Output: false
}

func ExampleNewReplays() {
	// Every backend has a KV: postgres, mysql, sqlite, valkey.
	replays, err := jwt.NewReplays(memory.New(memory.Config{}).KV())
	if err != nil {
		fmt.Println(err)
		return
	}
	key := jwt.NewReplayKey("https://issuer.example", "1")
	for range 2 {
		fmt.Println(replays.Claim(context.Background(), key, now, now.Add(time.Minute)))
	}
	// Output:
	// true <nil>
	// false <nil>
}

func ExampleReplays_Sweep() {
	replays, err := jwt.NewReplays(memory.New(memory.Config{}).KV())
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _ = replays.Claim(context.Background(), jwt.NewReplayKey("i", "1"), now, now.Add(time.Minute))
	fmt.Println(replays.Sweep(context.Background(), now.Add(time.Hour), 100))
	// Output: 1 <nil>
}
