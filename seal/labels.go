package seal

// Label names the use that a key is derived for: axess.v1.<package>.<use>. Each
// label belongs to one ring and one primitive; the set is closed, so that all
// uses of all keys can be read on this page. No label is a prefix of another
// (a test says so): sealing appends record bytes to the label.
type Label string

// Labels of the Cookie ring.
const (
	LabelSessionCookie  Label = "axess.v1.session.cookie.hmac"  // SES-122
	LabelSessionBinding Label = "axess.v1.session.binding.hmac" // SES-176
	LabelCSRF           Label = "axess.v1.csrf.hmac"            // CSR-006
	LabelLinkCookie     Label = "axess.v1.ui.link-cookie.seal"
	LabelNoticeCookie   Label = "axess.v1.ui.notice-cookie.seal"
)

// Labels of the Session ring.
const (
	LabelSessionBody Label = "axess.v1.seal.session" // SES-151
)

// Labels of the Data ring.
const (
	LabelFactorVault Label = "axess.v1.factor.vault.seal" // FAC-003
	LabelLinkPayload Label = "axess.v1.authn.link.seal"
	LabelMailRow     Label = "axess.v1.mail.row.seal"
	LabelStoreValue  Label = "axess.v1.store.value.seal"  // STO-007
	LabelTenant      Label = "axess.v1.authn.tenant.seal" // IDN-037
)

// Labels of the Index ring.
const (
	LabelIdentityRow     Label = "axess.v1.identity.row.hmac" // users, credentials, grants, links
	LabelLedger          Label = "axess.v1.authn.ledger.hmac"
	LabelDecoy           Label = "axess.v1.authn.decoy.hmac"
	LabelCursor          Label = "axess.v1.authn.cursor.hmac"       // pages of events, AUN-I17
	LabelAuditSession    Label = "axess.v1.audit.session-ref.hmac"  // all refs of events, AUD-008, AUD-020
	LabelAuditIdentifier Label = "axess.v1.audit.identifier.hmac"   // AUD-011
	LabelMailedCode      Label = "axess.v1.factor.mailed-code.hmac" // FAC-060
)

type primitive uint8

const (
	primitiveMAC primitive = iota + 1
	primitiveSeal
)

// use says where a label may be used; zero for a label that is not on the page.
func (l Label) use() (Purpose, primitive) {
	switch l {
	case LabelSessionCookie, LabelSessionBinding, LabelCSRF:
		return Cookie, primitiveMAC
	case LabelLinkCookie, LabelNoticeCookie:
		return Cookie, primitiveSeal
	case LabelSessionBody:
		return Session, primitiveSeal
	case LabelFactorVault, LabelLinkPayload, LabelMailRow, LabelStoreValue, LabelTenant:
		return Data, primitiveSeal
	case LabelIdentityRow, LabelLedger, LabelDecoy, LabelCursor, LabelAuditSession, LabelAuditIdentifier, LabelMailedCode:
		return Index, primitiveMAC
	}
	return 0, 0
}

// Prefix begins a message that is authenticated or the associated data of an
// envelope: axess/<use>/v1 and a zero byte. It separates messages of one key.
type Prefix string

// Prefixes of messages and of associated data.
const (
	PrefixSessionCookie   Prefix = "axess/session-cookie/v1\x00"  // SES-121
	PrefixSessionBinding  Prefix = "axess/session-binding/v1\x00" // SES-176
	PrefixSession         Prefix = "axess/session/v1\x00"         // SES-152
	PrefixCSRF            Prefix = "axess/csrf/v1\x00"            // CSR-005
	PrefixLinkCookie      Prefix = "axess/link-cookie/v1\x00"
	PrefixNoticeCookie    Prefix = "axess/notice-cookie/v1\x00"
	PrefixFactorVault     Prefix = "axess/factor-vault/v1\x00" // FAC-003
	PrefixLinkPayload     Prefix = "axess/link/v1\x00"
	PrefixMailRow         Prefix = "axess/mail-row/v1\x00"
	PrefixStoreValue      Prefix = "axess/store-value/v1\x00"    // STO-007
	PrefixTenantSecrets   Prefix = "axess/tenant-secrets/v1\x00" // IDN-037
	PrefixIdentityRow     Prefix = "axess/identity-row/v1\x00"
	PrefixLedger          Prefix = "axess/ledger/v1\x00"
	PrefixDecoy           Prefix = "axess/decoy/v1\x00"
	PrefixCursor          Prefix = "axess/cursor/v1\x00"
	PrefixAuditSession    Prefix = "axess/audit-session-ref/v1\x00"
	PrefixAuditLogin      Prefix = "axess/audit-login-ref/v1\x00"
	PrefixAuditCredential Prefix = "axess/audit-credential-ref/v1\x00"
	PrefixAuditTenant     Prefix = "axess/audit-tenant-ref/v1\x00"
	PrefixAuditIdentifier Prefix = "axess/audit-identifier/v1\x00" // AUD-011
	PrefixMailedCode      Prefix = "axess/mailed-code/v1\x00"      // FAC-060
)

// DigestUse begins the input of a [Digest]: axess/<use>/v1, without a zero byte
// (what follows has a fixed length).
type DigestUse string

// Uses of plain digests.
const (
	DigestSessionRef DigestUse = "axess/session/ref/v1" // over the 16 secret bytes of a session id
	DigestLinkToken  DigestUse = "axess/link-token/v1"  // over the secret bytes of a mailed token
	// DigestAuditCommit is over field name, salt and value, each framed; the salt
	// hides values that can be guessed (AUD-010).
	DigestAuditCommit DigestUse = "axess/audit-commit/v1"
	DigestAuditEvent  DigestUse = "axess/audit-event/v1" // over the canonical event without personal values
	// DigestPublishedKey is over a master that is printed in documentation or tests.
	DigestPublishedKey DigestUse = "axess/published-key/v1"

	digestKeyID DigestUse = "axess/kid/v1" // SES-129
)
