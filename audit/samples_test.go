package audit

import (
	"time"

	"github.com/axess-go/axess/identity"
)

func id16[I identity.AnyID](n byte) I { return identity.FromBytes[I]([16]byte{0: n, 15: n}) }

var testMAC = "0a1b2c3d-" + "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

// samples has one event of every kind with every field set.
func samples() []Event {
	cred := id16[identity.CredentialID](3)
	return []Event{
		Authenticated{
			Method: "password_totp", Factors: []identity.Kind{"password", "totp"}, AAL: identity.AAL2,
			AMR: []string{"pwd", "otp", "mfa"}, Flow: FlowInteractive,
			Login: id16[identity.LoginID](1), Previous: id16[identity.SessionID](2),
		},
		AccountActivated{Outcome: Success, Cause: CauseAdmin, By: ByAdmin},
		AccountDeleted{Outcome: Success, Cause: CauseTerminated, By: ByAdmin, Sessions: 2},
		AccountSuspended{Outcome: Success, Cause: CauseAdmin, By: ByAdmin, Until: t0.Add(time.Hour), Sessions: 2},
		CSRFRejected{Reason: ReasonMismatch, Kind: TokenForm},
		CrossTenantRefused{Operation: "session.end", Wanted: id16[identity.TenantID](4)},
		FactorDisabled{Outcome: Success, Factor: "totp", Credential: cred, By: BySelf},
		FactorEnabled{Outcome: Success, Factor: "totp", Credential: cred, By: BySelf},
		PasswordCompromised{Outcome: Success, Credential: cred, By: ByAdmin},
		FactorReset{Outcome: Success, Factor: "totp", Credential: cred, By: ByAdmin},
		FactorSetup{Outcome: Success, Factor: "totp", Credential: cred, By: BySelf},
		FactorVerified{Outcome: Failure, Factor: "totp", Reason: ReasonMismatch, Step: 2, Steps: 2, Attempt: 1},
		IdentityLinked{Outcome: Success, Issuer: "https://id.example", By: BySelf},
		IdentityUnlinked{Outcome: Success, Issuer: "https://id.example", By: BySelf},
		ImpersonationEnded{Cause: CauseStopped, Duration: 90 * time.Second},
		ImpersonationStarted{Outcome: Failure, Reason: ReasonProtected, Stated: "ticket 4711: cannot see invoices", Until: t0.Add(15 * time.Minute)},
		LockoutCleared{Scope: ScopeUser, ClearedBy: ByAdmin},
		LockoutTriggered{Scope: ScopeUser, Until: t0.Add(time.Minute), Failures: 5, Window: 15 * time.Minute},
		LoginAttempt{Outcome: Failure, Method: "password", FirstFactor: "password", IdentifierMAC: testMAC, Reason: ReasonNotActive},
		LogoutAttempt{Outcome: Success, Cause: CauseLogout, Scope: ScopeSession},
		MethodDisabled{Outcome: Success, Method: "password", Scope: ScopeTenant, By: BySystem},
		MethodEnabled{Outcome: Success, Method: "password", Scope: ScopeTenant, By: BySystem},
		PasswordChanged{Outcome: Success, By: BySelf, Sessions: 2},
		PasswordRehashed{From: "argon2id-19456-2-1", To: "argon2id-65536-3-4"},
		PasswordReset{Outcome: Success, By: BySelf, Sessions: 2},
		PasswordResetRequested{Outcome: Failure, IdentifierMAC: testMAC, Reason: ReasonUnknownUser, Expires: t0.Add(30 * time.Minute)},
		ProvisionRefused{Outcome: Failure, Issuer: "https://id.example", IdentifierMAC: testMAC, Reason: ReasonUnlinked},
		RecoveryCodeUsed{Outcome: Success, Remaining: 3},
		RecoveryCodesGenerated{Outcome: Success, Count: 10},
		RoleGranted{Outcome: Success, Role: identity.RoleAdmin, By: BySystem},
		RoleRefused{Role: identity.RoleAdmin, Reason: ReasonIntegrity},
		RoleRevoked{Outcome: Success, Role: identity.RoleAdmin, By: ByAdmin},
		SchemaMigrated{From: 7, To: 9, Version: "v0.1.0", Operator: "deploy"},
		ServiceStarted{Version: "v0.1.0", ConfigDigest: "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"},
		ServiceStopped{Outcome: Success, Version: "v0.1.0"},
		SessionBindingMismatch{Binding: BindingAgent, Action: BindingReject},
		SessionInvalidated{Outcome: Success, Cause: CauseConcurrentLimit, Count: 1},
		SessionOpenFailed{KeyID: "0a1b2c3d", Reason: ReasonIntegrity},
		SignupCompleted{Outcome: Success},
		SignupStarted{Outcome: Failure, Reason: ReasonExists},
		PolicyClamped{Policy: "lockout", Scope: ScopeTenant, Fields: []string{"threshold"}},
		StepUp{Outcome: Failure, Required: []string{"totp"}, Achieved: identity.AAL2, Reason: ReasonLocked},
		TenantConfigChanged{Outcome: Success, Settings: []string{"network"}, By: BySystem},
		TenantCreated{Outcome: Success, Source: SourceBootstrap},
		TenantDeleted{Outcome: Success, Source: SourceOperator, PurgeAt: t0.Add(720 * time.Hour)},
		TenantPurged{
			Purged: id16[identity.TenantID](4), Phase: PurgeUsers, Users: 20, Credentials: 31, Methods: 4, Policies: 1, Links: 2, Grants: 1,
		},
		TenantSuspended{Outcome: Success, Source: SourceOperator},
		TenantUnsuspended{Outcome: Success, Source: SourceOperator},
		TenantsListed{By: BySystem},
		UserCreated{Outcome: Success, By: BySystem, Source: SourceClaim},
		UserErased{Outcome: Success, By: ByAdmin},
		AddressChangeRequested{Outcome: Success},
		UserUpdated{Outcome: Success, Fields: []string{"email_verified_at"}, By: BySelf},
	}
}
