package seal

import (
	"crypto/sha256"
	"testing"
	"time"
)

var t0 = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// testKey is a public key that every reader can compute: for tests alone.
func testKey(name string, s State) Key {
	m := sha256.Sum256([]byte("axess public test key: " + name))
	return Key{Master: NewSecret(m[:]), State: s, Created: t0}
}

func retiringUntil(name string, end time.Time) Key {
	k := testKey(name, Retiring)
	k.NotAfter = end
	return k
}

func mustRing(t testing.TB, p Purpose, keys ...Key) *Ring {
	t.Helper()
	r, err := NewRing(p, keys...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var allLabels = []Label{
	LabelSessionCookie, LabelSessionBinding, LabelCSRF, LabelLinkCookie, LabelNoticeCookie,
	LabelSessionBody,
	LabelFactorVault, LabelLinkPayload, LabelMailRow, LabelStoreValue,
	LabelIdentityRow, LabelLedger, LabelDecoy, LabelCursor, LabelAuditSession, LabelAuditIdentifier,
}
