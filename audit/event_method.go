package audit

// MethodEnabled says that a scope offers a method of signing in from now on, or
// offers it with other steps.
type MethodEnabled struct {
	Outcome Outcome `audit:"outcome"`
	Method  string  `audit:"method"`
	Scope   Scope   `audit:"scope"`
	By      By      `audit:"by"`
}

func (MethodEnabled) about() facts {
	return facts{kind: "method_enabled", class: Critical, outcomes: anyOf(Success, Failure)}
}

func (e MethodEnabled) fill(f *fields) { fillMethod(f, e.Outcome, e.Method, e.Scope, e.By) }

// MethodDisabled says that a scope no longer offers a method of signing in.
type MethodDisabled struct {
	Outcome Outcome `audit:"outcome"`
	Method  string  `audit:"method"`
	Scope   Scope   `audit:"scope"`
	By      By      `audit:"by"`
}

func (MethodDisabled) about() facts {
	return facts{kind: "method_disabled", class: Critical, outcomes: anyOf(Success, Failure)}
}

func (e MethodDisabled) fill(f *fields) { fillMethod(f, e.Outcome, e.Method, e.Scope, e.By) }

func fillMethod(f *fields, o Outcome, method string, scope Scope, by By) {
	f.outcome(o)
	f.text("method", method, isName)
	closed(f, "scope", scope, ScopeUser, ScopeTenant)
	closed(f, "by", by, BySelf, ByAdmin, BySystem)
}
