package identity

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// humanJSON is the wire form of PRN-012. Ids are text; an absent one is left out.
type humanJSON struct {
	Kind       PrincipalKind  `json:"kind"`
	UserID     UserID         `json:"user_id"`
	TenantID   TenantID       `json:"tenant_id"`
	SessionID  *SessionID     `json:"session_id,omitempty"`
	DeviceID   *DeviceID      `json:"device_id,omitempty"`
	AuthnTime  *time.Time     `json:"authn_time,omitempty"`
	ACR        string         `json:"acr"`
	Factors    []factorJSON   `json:"factors,omitempty"`
	Actor      *actorJSON     `json:"actor,omitempty"`
	Attributes map[string]any `json:"attributes,omitempty"`
}

type factorJSON struct {
	Kind       Kind          `json:"kind"`
	At         time.Time     `json:"at"`
	Credential *CredentialID `json:"credential,omitempty"`
	AMR        []string      `json:"amr,omitempty"`
	Class      Class         `json:"class"`
}

// actorJSON is the administrator who acts as the person.
type actorJSON struct {
	UserID    UserID       `json:"user_id"`
	TenantID  TenantID     `json:"tenant_id"`
	AuthnTime time.Time    `json:"authn_time"`
	ACR       string       `json:"acr"`
	Factors   []factorJSON `json:"factors"`
}

// MarshalJSON writes the form of PRN-012. The system principal and the zero
// Human have none.
func (h Human) MarshalJSON() ([]byte, error) {
	if !h.Valid() || h.IsSystem() {
		return nil, fmt.Errorf("%w: not a person's, so it is not encoded", ErrPrincipalInvalid)
	}
	out := humanJSON{
		Kind: KindHuman, UserID: h.subject.User, TenantID: h.subject.Tenant,
		SessionID: optional(h.session), DeviceID: optional(h.device),
		ACR: h.Assurance().AAL.String(), Attributes: h.attrs.decode(),
	}
	if !h.authnTime.IsZero() {
		out.AuthnTime = &h.authnTime
	}
	out.Factors = factorsJSON(h.evidence)
	if a := h.actor; a != nil {
		out.Actor = &actorJSON{a.Subject.User, a.Subject.Tenant, a.AuthnTime, a.Assurance().AAL.String(), factorsJSON(a.Evidence)}
	}
	return encodeJSON(out)
}

// UnmarshalJSON reads the form of PRN-012 and validates like [NewHuman]. An
// unknown kind, unknown members, duplicate members and a level that the evidence
// does not give are refused (PRN-013).
func (h *Human) UnmarshalJSON(data []byte) error {
	if err := checkMembers(data); err != nil {
		return fmt.Errorf("%w: %w", ErrPrincipalInvalid, err)
	}
	if err := exactMembers(data); err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	dec.UseNumber()
	var in humanJSON
	if err := dec.Decode(&in); err != nil {
		return fmt.Errorf("%w: %w", ErrPrincipalInvalid, err)
	}
	if in.Kind != KindHuman {
		return fmt.Errorf("%w: unknown kind", ErrPrincipalInvalid)
	}
	f := HumanFields{
		Subject: Subject{in.TenantID, in.UserID}, Session: deref(in.SessionID), Device: deref(in.DeviceID),
		AuthnTime: deref(in.AuthnTime), Attributes: in.Attributes,
	}
	f.Evidence = evidenceOf(in.Factors)
	if a := in.Actor; a != nil {
		f.Actor = &Actor{Subject{a.TenantID, a.UserID}, a.AuthnTime, evidenceOf(a.Factors)}
		if a.ACR != f.Actor.Assurance().AAL.String() {
			return fmt.Errorf("%w: acr of the actor is not that of the factors", ErrPrincipalInvalid)
		}
	}
	out, err := NewHuman(f)
	if err != nil {
		return err
	}
	if in.ACR != out.Assurance().AAL.String() {
		return fmt.Errorf("%w: acr is not that of the factors", ErrPrincipalInvalid)
	}
	*h = out
	return nil
}

// exactMembers holds the names at both levels to their exact case.
func exactMembers(data []byte) error {
	err := onlyMembers(data, "kind", "user_id", "tenant_id", "session_id", "device_id", "authn_time", "acr", "factors", "actor", "attributes")
	if err != nil {
		return err
	}
	type factors struct {
		Factors []json.RawMessage `json:"factors"`
	}
	var top struct {
		factors
		Actor json.RawMessage `json:"actor"`
	}
	if err := json.Unmarshal(data, &top); err != nil {
		return fmt.Errorf("%w: %w", ErrPrincipalInvalid, err)
	}
	all := top.Factors
	if top.Actor != nil {
		if err := onlyMembers(top.Actor, "user_id", "tenant_id", "authn_time", "acr", "factors"); err != nil {
			return err
		}
		var actor factors
		if err := json.Unmarshal(top.Actor, &actor); err != nil {
			return fmt.Errorf("%w: %w", ErrPrincipalInvalid, err)
		}
		all = append(all, actor.Factors...)
	}
	for _, f := range all {
		if err := onlyMembers(f, "kind", "at", "credential", "amr", "class"); err != nil {
			return err
		}
	}
	return nil
}

func factorsJSON(list []Evidence) []factorJSON {
	var out []factorJSON
	for _, e := range list {
		out = append(out, factorJSON{e.Kind, e.At, optional(e.Credential), e.AMR, e.Class})
	}
	return out
}

func evidenceOf(list []factorJSON) []Evidence {
	var out []Evidence
	for _, e := range list {
		out = append(out, Evidence{e.Kind, e.At, deref(e.Credential), e.AMR, e.Class})
	}
	return out
}

func optional[T Tag](id ID[T]) *ID[T] {
	if id.IsZero() {
		return nil
	}
	return &id
}

func deref[T any](p *T) (zero T) {
	if p == nil {
		return zero
	}
	return *p
}
