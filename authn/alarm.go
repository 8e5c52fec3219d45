package authn

import (
	"context"

	"github.com/axess-go/axess/metric"
)

// alarm is the reason of an alarm, in the log and as a label of authn_alarms: a
// closed list, so that neither can hold what somebody typed (AUN-172).
type alarm string

// The alarms. docs/operations.md says what to do.
const (
	alarmAccountReread alarm = "account_reread"
	alarmBlocklist     alarm = "blocklist"
	alarmCredential    alarm = "credential_corrupt"
	alarmUnreadable    alarm = "credential_unreadable"
	alarmDataIntegrity alarm = "data_integrity"
	alarmDevices       alarm = "devices"
	alarmEvent         alarm = "event_unreadable"
	alarmMisconfigured alarm = "factor_misconfigured"
	alarmGrant         alarm = "grant_not_authentic"
	alarmLedger        alarm = "ledger_outage"
	alarmLink          alarm = "link_not_authentic"
	alarmNoteLost      alarm = "note_lost"
	alarmPolicy        alarm = "policy_not_authentic"
	alarmPolicyUnread  alarm = "policy_unreadable"
	alarmProvisionSync alarm = "provision_sync"
	alarmRehash        alarm = "rehash"
	alarmUnavailable   alarm = "unavailable"
	alarmSecrets       alarm = "tenant_secrets"
	alarmTenantMails   alarm = "tenant_mails"
	alarmStreak        alarm = "streak"
)

// alarm reports what an operator must look at: it is never caused by typing.
func (s *Service) alarm(ctx context.Context, what alarm, err error) {
	if what == alarmLedger {
		s.metrics.Count(MetricLockoutStoreErrors)
	}
	s.metrics.Count("authn_alarms", metric.L(metric.Reason, string(what)))
	s.log.ErrorContext(ctx, "authn: "+string(what), "reason", string(what), "error", err)
}
