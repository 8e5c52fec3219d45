package ui

import (
	"time"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/totp"
	"github.com/axess-go/axess/seal"
)

// Sample is one page in one state.
type Sample struct {
	Name string // usable as a file name
	Page Page
}

// SampleConfig is the configuration the samples are meant for.
func SampleConfig() Config {
	return Config{
		Brand:  Brand{Name: "Northwind"},
		Origin: "http://localhost:8080",
		Custom: Custom{HelpURL: "/help", PrivacyURL: "/privacy", TermsURL: "/terms"},
	}
}

const sampleURI = "otpauth://totp/Northwind:ada@example.org?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Northwind&algorithm=SHA1&digits=6&period=30"

// sampleNow is the present of all samples.
func sampleNow() time.Time { return time.Date(2026, time.March, 3, 14, 27, 0, 0, time.UTC) }

// Samples is every page in every state: as it first appears, with problems,
// with a notice, and with each optional part present and absent. The page
// tests walk it, the gallery draws it, and replacement templates are checked
// against it (UIX-081).
func Samples() []Sample {
	now := sampleNow()
	guest := Frame{CSRF: "sample-token", Now: now}
	problem := func(f Frame, problems ...FieldProblem) Frame { f.Problems = problems; return f }
	notice := func(f Frame, key string) Frame { f.Notice = Text{Key: key}; return f }
	member := guest
	member.SignedInAs = "Ada Lovelace"
	dev := guest
	dev.Dev = true
	devMember := member
	devMember.Dev = true
	failed := problem(guest, SignInFailed()...)
	locked := problem(guest,
		FieldProblem{Text: Text{Key: "problem.locked", Args: Args{"time": now.Add(5 * time.Minute)}}},
		FieldProblem{Text: Text{Key: "wait.for", Args: Args{"duration": 5 * time.Minute}}})
	dark := guest
	dark.Scheme = SchemeDark

	rules := PasswordRules{MinLength: 15}
	// Names as long as they come, one of them without a place to break.
	const longWord, longAddress = "Donaudampfschifffahrtsgesellschaft", "ada.lovelace.ada.lovelace.ada.lovelace.ada.lovelace.ada.lovelace@northwind.northwind.northwind.example.org"
	long := guest
	long.SignedInAs = longWord + " Ada Lovelace"
	const month = 30 * 24 * time.Hour
	password := FactorRow{Kind: "password", Added: now.Add(-40 * 24 * time.Hour), LastUsed: now.Add(-20 * time.Minute)}
	phone := FactorRow{Kind: "totp", Ref: "b7b0", Label: "Phone", Added: now.Add(-39 * 24 * time.Hour), LastUsed: now.Add(-19 * time.Minute)}
	off := password
	off.Off = true
	names := []NameRow{
		{Kind: "email", Name: "ada@example.org", Typed: "ada@example.org", Primary: true, Main: true},
		{Kind: "email", Name: "bea.ada@example.org", Typed: "Bea.Ada@example.org"},
		{Kind: "username", Name: "lovelace", Typed: "Lovelace"},
		{Kind: "phone", Name: "+4930123456", Typed: "+49 30 123456"},
	}
	unproven := []NameRow{
		{Kind: "username", Name: "ada", Typed: "ada", Primary: true},
		{Kind: "email", Name: "ada@example.org", Typed: "ada@example.org", Main: true, Unproven: true},
	}
	longNames := []NameRow{
		{Kind: "email", Name: longAddress, Typed: longAddress, Primary: true, Main: true},
		{Kind: "email", Name: "bea." + longAddress, Typed: "bea." + longAddress},
		{Kind: "username", Name: longWord + "-" + longWord, Typed: longWord + "-" + longWord},
	}
	spare := FactorRow{Kind: "totp", Ref: "c801", Added: now.Add(-time.Minute)}
	here := SessionRow{Ref: "s1", This: true, Browser: "Firefox", Platform: "Linux", SignedIn: now.Add(-20 * time.Minute), LastSeen: now.Add(-10 * time.Second), Factors: []string{"password", "totp"}}
	there := SessionRow{Ref: "s2", Browser: "Safari", Platform: "iPhone", Place: "Lisbon, Portugal", SignedIn: now.Add(-50 * time.Hour), LastSeen: now.Add(-3 * time.Hour), Factors: []string{"password"}}
	unknown := SessionRow{Ref: "s3", SignedIn: now.Add(-70 * time.Hour), LastSeen: now.Add(-30 * time.Hour)}
	enrol := EnrolTOTPPage{Frame: member, Key: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", URI: sampleURI, QR: sampleQR(sampleURI)}
	enrolWrong := enrol
	enrolWrong.Frame = problem(member, FieldProblem{"code", Text{Key: "problem.code"}})
	enrolWrong.Label = "Phone"
	mails := []OutboxMessage{
		{To: "ada@example.org", Subject: "Confirm your address", At: now.Add(-2 * time.Minute), Text: "Hello,\n\nopen this link:\n\nhttp://localhost:8080/auth/verify?token=SAMPLE\n\nAnother address stays text: https://elsewhere.example/x\n"},
		{To: "bea@example.org", Subject: "An authenticator app was added", At: now.Add(-30 * time.Hour), Text: "An authenticator app was added to your account."},
	}

	acting := member
	acting.Acting = &Acting{Name: "Ada Lovelace", Reason: "Phone 4711", Until: now.Add(12 * time.Minute)}
	actingLong := long
	actingLong.Acting = &Acting{Name: long.SignedInAs, Reason: longWord + " " + longWord, Until: now.Add(time.Minute)}
	helped := SessionRow{Ref: "s5", Acting: true, Browser: "Firefox", Platform: "Linux", SignedIn: now.Add(-3 * time.Minute), LastSeen: now.Add(-20 * time.Second), Factors: []string{"impersonation"}}
	helping := helped
	helping.This = true

	history := []HistoryRow{
		{At: now.Add(-3 * time.Minute), Kind: "impersonation_started", By: "admin"},
		{At: now.Add(-20 * time.Minute), Kind: "authenticated", By: "self", Browser: "Firefox", Platform: "Linux", Address: "192.0.2.7"},
		{At: now.Add(-21 * time.Minute), Kind: "factor_verified", Failed: true, Factor: "totp", By: "self", Browser: "Firefox", Platform: "Linux", Address: "192.0.2.7"},
		{At: now.Add(-30 * time.Hour), Kind: "lockout_cleared", By: "system"},
		{At: now.Add(-31 * time.Hour), Kind: "a_kind_of_later", By: "self", Address: "198.51.100.0/24"},
	}

	return []Sample{
		{"sign-in", SignInPage{Frame: guest, EmailOnly: true, SignUpOpen: true}},
		{"sign-in-full", SignInPage{Frame: guest, Identifier: "ada@example.org", RememberOK: true, Remember: true, RememberBy: month, SignUpOpen: true, Next: "/notes?page=2"}},
		{"sign-in-failed", SignInPage{Frame: failed, Identifier: "ada@example.org", EmailOnly: true, SignUpOpen: true, Next: "/notes"}},
		{"sign-in-locked", SignInPage{Frame: locked, Identifier: "ada@example.org", EmailOnly: true}},
		{"sign-in-missing", SignInPage{Frame: problem(guest, FieldProblem{"identifier", Text{Key: "problem.identifier"}}, FieldProblem{"password", Text{Key: "problem.password_missing"}})}},
		{"sign-in-notice", SignInPage{Frame: notice(guest, "notice.password_set"), EmailOnly: true}},
		{"sign-in-stale", SignInPage{Frame: problem(guest, FieldProblem{Text: Text{Key: "problem.stale"}}), Identifier: "ada@example.org"}},
		{"sign-in-dark", SignInPage{Frame: dark, EmailOnly: true, SignUpOpen: true}},
		{"factor-totp", FactorPage{Frame: guest, Kind: "totp", Identifier: "ada@example.org", Step: 2, Steps: 2, Next: "/notes"}},
		{"factor-totp-failed", FactorPage{Frame: failed, Kind: "totp", Identifier: "ada@example.org", Step: 2, Steps: 2}},
		{"factor-token", FactorPage{Frame: guest, Kind: "hotp", Identifier: "ada@example.org", Step: 2, Steps: 2, Others: []string{"totp", "custom:list"}}},
		{"factor-custom", FactorPage{Frame: guest, Kind: "custom:list", Field: factor.FieldText, Identifier: "ada@example.org", Step: 2, Steps: 2}},
		{"factor-long", FactorPage{Frame: guest, Kind: "custom:pass", Field: factor.FieldToken, Identifier: "ada@example.org", Step: 2, Steps: 2}},
		{"factor-button", FactorPage{Frame: guest, Kind: "custom:card", Field: factor.FieldNone, Identifier: "ada@example.org", Step: 2, Steps: 2}},
		{"factor-directory", FactorPage{Frame: guest, Kind: "custom:directory", Field: factor.FieldPassword, Identifier: "ada@example.org", Step: 1, Steps: 1}},
		{"factor-certificate", FactorPage{Frame: guest, Kind: "mtls", Field: factor.FieldNone, Identifier: "ada@example.org", Step: 1, Steps: 2}},
		{"factor-jwt", FactorPage{Frame: guest, Kind: "jwt_bearer", Field: factor.FieldToken, Identifier: "ada@example.org", Step: 1, Steps: 1}},
		{"factor-password", FactorPage{Frame: guest, Kind: "password", Identifier: "ada@example.org", Step: 1, Steps: 2, Others: []string{"totp"}}},
		{"mailed-code", MailedCodePage{Frame: guest, Identifier: "ada@example.org", Step: 2, Steps: 2, Others: []string{"totp"}, Next: "/notes", To: "a•••@e•••.org", Until: now.Add(5 * time.Minute), Again: now.Add(time.Minute)}},
		{"mailed-code-failed", MailedCodePage{Frame: failed, Identifier: "ada", Step: 1, Steps: 1, Until: now.Add(5 * time.Minute)}},
		{"mailed-code-unsent", MailedCodePage{Frame: guest, Identifier: "ada@example.org", Step: 2, Steps: 2}},
		{"factor-other-step", FactorPage{Frame: problem(guest, FieldProblem{Text: Text{Key: "problem.step"}}), Kind: "totp", Identifier: "ada@example.org", Step: 2, Steps: 2}},
		{"factor-password-alone", FactorPage{Frame: failed, Kind: "password", Step: 1, Steps: 1}},
		{"factor-step-up", FactorPage{Frame: member, Kind: "totp", Step: 1, Steps: 1, StepUp: true, Why: Text{Key: "factor.step_up.password"}, Next: "/auth/account/password"}},
		{"factor-step-up-failed", FactorPage{Frame: problem(member, SignInFailed()...), Kind: "password", Step: 1, Steps: 1, StepUp: true, Why: Text{Key: "factor.step_up.totp"}, Next: "/auth/account/factors/totp"}},
		{"enrol", EnrolPage{Frame: guest, Identifier: "ada@example.org", Key: enrol.Key, URI: enrol.URI, QR: enrol.QR, Next: "/notes"}},
		{"enrol-problem", EnrolPage{Frame: problem(guest, FieldProblem{"code", Text{Key: "problem.code"}}), Identifier: "ada@example.org", Key: enrol.Key, URI: enrol.URI, QR: enrol.QR}},
		{"enrol-late", EnrolPage{Frame: guest, Identifier: "ada@example.org", Next: "/notes"}},
		{"enrol-long", EnrolPage{Frame: guest, Identifier: longAddress, Key: enrol.Key, URI: enrol.URI, QR: enrol.QR}},
		{"forgot", ForgotPage{Frame: guest}},
		{"forgot-problem", ForgotPage{Frame: problem(guest, FieldProblem{"identifier", Text{Key: "problem.identifier"}}), Identifier: longAddress}},
		{"forgot-sent", ForgotSentPage{Frame: guest, Works: 30 * time.Minute}},
		{"forgot-sent-dev", ForgotSentPage{Frame: dev, Works: 30 * time.Minute, Outbox: true}},
		{"confirm-reset", ConfirmLinkPage{Frame: guest, Purpose: LinkReset, Address: "a•••@example.org", NewPassword: &rules}},
		{"confirm-reset-problem", ConfirmLinkPage{Frame: problem(guest, FieldProblem{"password", Text{Key: "problem.password_same"}}), Purpose: LinkReset, Address: "a•••@example.org", NewPassword: &rules}},
		{"replace", ReplacePasswordPage{Frame: guest, Account: "ada@example.org", Password: rules, Next: "/orders/7"}},
		{"replace-problem", ReplacePasswordPage{Frame: problem(guest, FieldProblem{"new_password", Text{Key: "problem.password_reused"}}), Account: longAddress, Password: rules}},
		{"password", PasswordPage{Frame: member, Account: "ada@example.org", Password: rules}},
		{"password-problems", PasswordPage{Frame: problem(member, FieldProblem{"current_password", Text{Key: "problem.password"}}, FieldProblem{"new_password", Text{Key: "problem.password_short", Args: Args{"count": 15}}}), Account: "ada@example.org", Password: rules}},
		{"email", EmailPage{Frame: member, Email: "ada@example.org", Verified: true, Works: 24 * time.Hour, Undo: 7 * 24 * time.Hour}},
		{"email-waits", EmailPage{Frame: notice(devMember, "notice.address_asked"), Email: "ada@example.org", Verified: true, Pending: "bea@example.org", Works: 24 * time.Hour, Undo: 7 * 24 * time.Hour, Outbox: true}},
		{"email-problem", EmailPage{Frame: problem(member, FieldProblem{"email", Text{Key: "problem.email_same"}}), Email: "ada@example.org", New: "ada@example.org", Works: 24 * time.Hour, Undo: 7 * 24 * time.Hour}},
		{"email-long", EmailPage{Frame: long, Email: longAddress, Verified: true, Pending: longAddress, New: longAddress, Works: 24 * time.Hour, Undo: 7 * 24 * time.Hour}},
		{"names", NamesPage{Frame: member, Names: names[:1], Works: 24 * time.Hour, Undo: 7 * 24 * time.Hour, Most: 8}},
		{"names-several", NamesPage{Frame: notice(member, "notice.username_added"), Names: names, Works: 24 * time.Hour, Undo: 7 * 24 * time.Hour, Most: 8}},
		{"names-waits", NamesPage{Frame: notice(devMember, "notice.address_asked"), Names: names[:2], Pending: "bea@example.org", Works: 24 * time.Hour, Undo: 7 * 24 * time.Hour, Most: 8, Outbox: true}},
		{"names-problem", NamesPage{Frame: problem(member, FieldProblem{"new_name", Text{Key: "problem.name_taken"}}), Names: unproven, New: "lovelace", Works: 24 * time.Hour, Undo: 7 * 24 * time.Hour, Most: 8}},
		{"names-full", NamesPage{Frame: member, Names: names, Works: 24 * time.Hour, Undo: 7 * 24 * time.Hour, Most: len(names)}},
		{"names-long", NamesPage{Frame: long, Names: longNames, Pending: longAddress, New: longAddress, Works: 24 * time.Hour, Undo: 7 * 24 * time.Hour, Most: 8}},
		{"confirm-second", ConfirmLinkPage{Frame: member, Purpose: LinkSecond, Address: "bea@example.org", SameBrowser: true}},
		{"confirm-second-elsewhere", ConfirmLinkPage{Frame: guest, Purpose: LinkSecond, Address: "b•••@example.org", SameBrowser: true, SignIn: true}},
		{"confirm-address", ConfirmLinkPage{Frame: member, Purpose: LinkAddress, Address: "bea@example.org", SameBrowser: true}},
		{"confirm-address-elsewhere", ConfirmLinkPage{Frame: guest, Purpose: LinkAddress, Address: "b•••@example.org", SameBrowser: true}},
		{"confirm-undo", ConfirmLinkPage{Frame: guest, Purpose: LinkUndo, Address: "a•••@example.org", SameBrowser: true}},
		{"sign-up", SignUpPage{Frame: guest, Password: rules}},
		{"sign-up-name", SignUpPage{Frame: guest, AskName: true, Password: rules, Next: "/notes"}},
		{"sign-up-problems", SignUpPage{Frame: problem(guest, FieldProblem{"email", Text{Key: "problem.email"}}, FieldProblem{"password", Text{Key: "problem.password_short", Args: Args{"count": 15}}}), Email: "ada at example.org", AskName: true, Name: "Ada", Password: rules}},
		{"check-mail", CheckMailPage{Frame: guest, Address: "ada@example.org", Works: 24 * time.Hour}},
		{"check-mail-dev", CheckMailPage{Frame: notice(dev, "notice.sent_again"), Address: "ada@example.org", Works: 24 * time.Hour, Outbox: true, Resend: true}},
		{"confirm-verify", ConfirmLinkPage{Frame: guest, Purpose: LinkVerify, Address: "ada@example.org", SameBrowser: true}},
		{"confirm-activate", ConfirmLinkPage{Frame: guest, Purpose: LinkActivate, Address: "a•••@example.org", NewPassword: &rules}},
		{"rebind", RebindPage{Frame: guest, Address: "a•••@example.org"}},
		{"rebind-problem", RebindPage{Frame: problem(guest, FieldProblem{"password", Text{Key: "problem.password"}}), Address: "a•••@example.org"}},
		{"rebind-app", RebindAppPage{Frame: guest, Address: "ada@example.org", Key: enrol.Key, URI: enrol.URI, QR: enrol.QR}},
		{"rebind-app-problem", RebindAppPage{Frame: problem(guest, FieldProblem{"code", Text{Key: "problem.code"}}), Address: "ada@example.org", Key: enrol.Key, URI: enrol.URI, QR: enrol.QR}},
		{"confirm-other-browser", ConfirmLinkPage{Frame: guest, Purpose: LinkVerify, Address: "ada@example.org", NewPassword: &rules}},
		{"confirm-other-browser-problem", ConfirmLinkPage{Frame: problem(guest, FieldProblem{"password", Text{Key: "problem.password_common"}}), Purpose: LinkVerify, Address: "ada@example.org", NewPassword: &rules}},
		{"sign-up-app", SignUpAppPage{Frame: guest, Address: "ada@example.org", Key: enrol.Key, URI: enrol.URI, QR: enrol.QR}},
		{"sign-up-app-problem", SignUpAppPage{Frame: problem(guest, FieldProblem{"code", Text{Key: "problem.code"}}), Address: "ada@example.org", Key: enrol.Key, URI: enrol.URI, QR: enrol.QR}},
		{"claim", ClaimPage{Frame: guest, Password: rules}},
		{"claim-problems", ClaimPage{Frame: problem(guest, FieldProblem{"email", Text{Key: "problem.email_taken"}}, FieldProblem{"password", Text{Key: "problem.password_short", Args: Args{"count": 15}}}), Email: "ada@example.org", Name: "Ada", Password: rules}},
		{"claim-app", ClaimAppPage{Frame: guest, Address: "ada@example.org", Key: enrol.Key, URI: enrol.URI, QR: enrol.QR}},
		{"claim-app-problem", ClaimAppPage{Frame: problem(guest, FieldProblem{"code", Text{Key: "problem.code"}}), Address: "ada@example.org", Key: enrol.Key, URI: enrol.URI, QR: enrol.QR}},
		{"claim-app-late", ClaimAppPage{Frame: problem(guest, FieldProblem{Text: Text{Key: "problem.claim_late"}}), Address: "ada@example.org", Key: enrol.Key, URI: enrol.URI, QR: enrol.QR}},
		{"account", AccountPage{Frame: member, Email: "ada@example.org", EmailVerified: true, Factors: []FactorRow{password}, Sessions: 1}},
		{"account-two-steps", AccountPage{Frame: notice(member, "notice.totp_added"), Email: "ada@example.org", EmailVerified: true, Names: []string{"Bea.Ada@example.org", "Lovelace"}, Factors: []FactorRow{password, phone, spare}, Sessions: 3, MailLanguage: "en"}},
		{"account-unverified", AccountPage{Frame: member, Email: "ada@example.org", Factors: []FactorRow{off}, Sessions: 2}},
		{"account-acting", AccountPage{Frame: acting, Email: "ada@example.org", EmailVerified: true, Factors: []FactorRow{password, phone}, Sessions: 2}},
		{"account-acting-long", AccountPage{Frame: actingLong, Email: longAddress, Factors: []FactorRow{password}, Sessions: 1, MailLanguage: "en"}},
		{"account-codes", AccountPage{Frame: member, Email: "ada@example.org", EmailVerified: true, Factors: []FactorRow{password, phone, {Kind: "recovery", Added: phone.Added, Left: 10}}, Sessions: 1}},
		{"account-codes-few", AccountPage{Frame: member, Email: "ada@example.org", EmailVerified: true, Factors: []FactorRow{password, phone, {Kind: "recovery", Added: phone.Added, LastUsed: now.Add(-time.Hour), Left: 1}}, Sessions: 1}},
		{"recovery-codes", RecoveryCodesPage{Frame: notice(member, "notice.totp_added"), Codes: sampleCodes(), Next: "/auth/account"}},
		{"recovery-codes-problem", RecoveryCodesPage{Frame: problem(guest, FieldProblem{"kept", Text{Key: "problem.kept"}}), Codes: sampleCodes()}},
		{"recovery-renew", RenewCodesPage{Frame: member, Has: true, Left: 2}},
		{"recovery-renew-first", RenewCodesPage{Frame: member}},
		{"recover", RecoverPage{Frame: guest, Key: enrol.Key, URI: enrol.URI, QR: enrol.QR, Identifier: "ada@example.org", Left: 9, Keep: true, Next: "/inside"}},
		{"recover-problem", RecoverPage{Frame: problem(guest, FieldProblem{"code", Text{Key: "problem.code"}}), Key: enrol.Key, URI: enrol.URI, QR: enrol.QR, Identifier: "ada@example.org"}},
		{"recover-long", RecoverPage{Frame: guest, Key: enrol.Key, URI: enrol.URI, QR: enrol.QR, Identifier: longAddress}},
		{"recover-late", RecoverPage{Frame: guest, Identifier: "ada@example.org", Left: 1, Keep: true}},
		{"totp", enrol},
		{"totp-problems", enrolWrong},
		{"totp-remove", RemoveTOTPPage{Frame: member, Ref: "b7b0", Label: "Phone", Added: phone.Added}},
		{"history", HistoryPage{Frame: member, Rows: history, Older: "/auth/account/history?before=sample"}},
		{"history-changes", HistoryPage{Frame: member, Rows: history[3:], Show: "changes", Newest: "/auth/account/history?show=changes"}},
		{"history-none", HistoryPage{Frame: member, Show: "sign_ins"}},
		{"history-acting", HistoryPage{Frame: acting, Rows: history[:1]}},
		{"history-long", HistoryPage{Frame: long, Rows: []HistoryRow{{At: now.Add(-time.Hour), Kind: "session_binding_mismatch", Failed: true, Factor: "totp", By: "self", Browser: longWord, Platform: longWord, Address: "2001:db8:1111:2222:3333:4444:5555:6666"}}, Older: "/auth/account/history?before=sample", Newest: "/auth/account/history"}},
		{"sessions", SessionsPage{Frame: member, Sessions: []SessionRow{there, here, unknown}}},
		{"sessions-one", SessionsPage{Frame: notice(member, "notice.others_ended"), Sessions: []SessionRow{here}}},
		{"sessions-helped", SessionsPage{Frame: member, Sessions: []SessionRow{here, helped}}},
		{"sessions-acting", SessionsPage{Frame: acting, Sessions: []SessionRow{helping, here}}},
		{"sessions-acting-one", SessionsPage{Frame: acting, Sessions: []SessionRow{helping}}},
		{"end-others", EndOthersPage{Frame: member, Count: 3}},
		{"end-others-one", EndOthersPage{Frame: member, Count: 1}},
		{"sign-out", SignOutPage{Frame: member}},
		{"sign-out-problem", SignOutPage{Frame: problem(member, FieldProblem{Text: Text{Key: "error.trouble.text"}})}},
		{"sign-out-acting", SignOutPage{Frame: acting}},
		{"signed-out", SignedOutPage{Frame: guest}},
		{"signed-out-everywhere", SignedOutPage{Frame: guest, Everywhere: true}},
		{"outbox", OutboxPage{Frame: dev, Messages: mails}},
		{"outbox-empty", OutboxPage{Frame: notice(dev, "notice.outbox_cleared")}},
		{"home", HomePage{Frame: dev, SignUpOpen: true, Outbox: true, Version: "0.1.0"}},
		{"home-plain", HomePage{Frame: guest}},
		{"home-signed-in", HomePage{Frame: notice(devMember, "notice.signed_up"), Outbox: true}},
		{"home-signed-in-two-steps", HomePage{Frame: member, HasTOTP: true}},
		{"sign-in-long", SignInPage{Frame: failed, Identifier: longAddress, EmailOnly: true, SignUpOpen: true}},
		{"factor-recovery", FactorPage{Frame: guest, Kind: "recovery", Identifier: "ada@example.org", Step: 2, Steps: 2, Others: []string{"totp"}}},
		{"factor-recovery-failed", FactorPage{Frame: failed, Kind: "recovery", Identifier: "ada@example.org", Step: 2, Steps: 2, Others: []string{"totp"}}},
		{"factor-totp-long", FactorPage{Frame: guest, Kind: "totp", Identifier: longAddress, Step: 2, Steps: 2, Others: []string{"password", "totp"}}},
		{"check-mail-long", CheckMailPage{Frame: dev, Address: longAddress, Works: 24 * time.Hour, Outbox: true, Resend: true}},
		{"confirm-long", ConfirmLinkPage{Frame: guest, Purpose: LinkVerify, Address: longAddress, SameBrowser: true}},
		{"account-long", AccountPage{Frame: long, Email: longAddress, EmailVerified: true, Names: []string{"bea." + longAddress, longWord + "-" + longWord}, Factors: []FactorRow{password, {Kind: "totp", Ref: "d1", Label: longWord, Added: phone.Added}}, Sessions: 12345, MailLanguage: "en"}},
		{"totp-remove-long", RemoveTOTPPage{Frame: long, Ref: "d1", Label: longWord, Added: phone.Added}},
		{"sessions-long", SessionsPage{Frame: long, Sessions: []SessionRow{here, {Ref: "s4", Browser: longWord, Platform: longWord, Place: longWord, SignedIn: there.SignedIn, LastSeen: there.LastSeen, Factors: []string{"password", "totp"}}}}},
		{"home-long", HomePage{Frame: long, Version: "0.1.0-20260303142700-0123456789ab"}},
		{"outbox-long", OutboxPage{Frame: dev, Messages: []OutboxMessage{{To: longAddress, Subject: longWord + " " + longWord, At: now.Add(-time.Minute), Text: longWord + "-" + longWord + longWord + "\n\nhttp://localhost:8080/auth/verify?token=" + longWord + "-" + longWord}}}},
		{"error-missing", ErrorPage{Frame: withID(guest), Status: 404, Code: "not_found"}},
		{"error-denied", ErrorPage{Frame: withID(guest), Status: 403, Code: "forbidden"}},
		{"error-acting", ErrorPage{Frame: withID(acting), Status: 403, Code: "impersonating"}},
		{"error-not-acting", ErrorPage{Frame: withID(member), Status: 403, Code: "impersonation_refused"}},
		{"error-signed-out", ErrorPage{Frame: withID(guest), Status: 401, Code: "session_revoked"}},
		{"error-stale", ErrorPage{Frame: withID(guest), Status: 403, Code: "csrf_stale"}},
		{"error-expired", ErrorPage{Frame: withID(guest), Status: 409, Code: "flow_expired"}},
		{"error-link", ErrorPage{Frame: withID(guest), Status: 400, Code: "token_invalid"}},
		{"error-wait", ErrorPage{Frame: withID(guest), Status: 429, Code: "throttled", RetryAt: now.Add(90 * time.Second)}},
		{"error-wait-unknown", ErrorPage{Frame: withID(guest), Status: 429, Code: "rate_limited"}},
		{"error-conflict", ErrorPage{Frame: withID(guest), Status: 409, Code: "conflict"}},
		{"error-session-limit", ErrorPage{Frame: withID(guest), Status: 409, Code: "session_limit"}},
		{"error-pending", ErrorPage{Frame: withID(guest), Status: 403, Code: "workflow_pending", LinkTo: "/auth/sign-up/sent"}},
		{"error-large", ErrorPage{Frame: withID(guest), Status: 413, Code: "payload_too_large"}},
		{"error-request", ErrorPage{Frame: withID(guest), Status: 400, Code: "bad_request"}},
		{"error-busy", ErrorPage{Frame: withID(guest), Status: 503, Code: "busy"}},
		{"error-trouble", ErrorPage{Frame: withID(guest), Status: 503, Code: "unavailable"}},
		{"error-dev", ErrorPage{Frame: withID(dev), Status: 500, Code: "mail_missing", Cause: "Sign-up sends mail, and no sender is configured.", Cure: "Set Config.Mail, or close sign-up.", Docs: "https://docs.example/errors#mail_missing"}},
	}
}

// sampleCodes are a set of recovery codes.
func sampleCodes() []string {
	out := make([]string, 10)
	for i := range out {
		out[i] = "7KQ2M-4XW9T-0BHZC-JV8RN-5PEYD" + string(rune('0'+i))
	}
	return out
}

func withID(f Frame) Frame {
	f.RequestID = "0195a3c2-7d10-7c33-9a51-6d1c0a4f2b77"
	return f
}

// sampleQR is the code of the sample key, as people get it.
func sampleQR(uri string) QR {
	code, err := totp.NewQR(seal.NewSecret([]byte(uri)))
	if err != nil {
		panic(err) // it is a constant and fits
	}
	return drawn(code)
}
