package mtls_test

import (
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/factor/mtls"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/certtest"
	"github.com/axess-go/axess/middleware/clientcert"
	"testing"
)

// authority stands for the one whose certificates people have.
func authority() *certtest.Pair { return certtest.New(&testing.T{}, "Example", now) }

func ExampleNewTrust() {
	ca := authority()
	trust, err := mtls.NewTrust(mtls.TrustConfig{Anchors: []mtls.Anchor{{Certificate: ca.Cert, Hardware: true}}, ShortLived: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	shown := clientcert.Peer{Chain: ca.Issue(&testing.T{}).Chain} // clientcert.From(ctx)
	cert, err := trust.Verify(now, shown)
	if err != nil {
		fmt.Println(err)
		return
	}
	rec, err := trust.Bind(cert) // goes into a credential row
	fmt.Println(rec.By, err)
	fmt.Println(trust.Judge(now, shown, []mtls.Record{rec}).Verdict)
	fmt.Println(trust.Standing(now.Add(24*time.Hour), shown))
	// Output:
	// key <nil>
	// accepted
	// mtls: expired
}

func ExampleNamed() {
	rec, err := mtls.Named(mtls.ByEmail, "Ada@Example.TEST")
	fmt.Println(rec.Value, err)
	_, err = mtls.Named(mtls.ByURI, "spiffe://example.test/batch")
	fmt.Println(err)
	// Output:
	// Ada@example.test <nil>
	// mtls: record: a spiffe: URI is a machine's
}

func ExamplePinned() {
	rec, err := mtls.Decode(mtls.Pinned(sha256.Sum256([]byte("SubjectPublicKeyInfo"))).Encode())
	fmt.Println(rec.By, err)
	// Output: key <nil>
}

func ExampleNewCRLs() {
	_, err := mtls.NewCRLs(mtls.CRLsConfig{Clock: clock.System(), Files: []string{"/etc/axess/people.crl"}})
	fmt.Println(err)
	// Output: mtls: CRLsConfig.Issuers is missing: nobody's lists are believed
}

func ExampleEvidence() {
	fmt.Println(mtls.Evidence(identity.CredentialID{}, true, now).AMR)
	// Output: [hwk]
}

// What an axess.Config is given in Factors; the second step of a method is then
// identity.Required(factor.MTLS).
func ExampleNewVerifier() {
	trust, err := mtls.NewTrust(mtls.TrustConfig{Anchors: []mtls.Anchor{{Certificate: authority().Cert}}, ShortLived: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	v, err := mtls.NewVerifier(mtls.VerifierConfig{Trust: trust})
	fmt.Println(v.Traits().Kind, err)
	// Output: mtls <nil>
}
